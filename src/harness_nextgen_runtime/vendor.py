"""What belongs to one vendor's API and not to HTTP, as one frozen value.

The generated client passes its vendor to the runtime; the runtime itself knows none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from harness_nextgen_runtime.error_bodies import read_error_body
from harness_nextgen_runtime.errors import ErrorDetails


@dataclass(frozen=True, slots=True)
class Vendor:
    """The names, headers and texts that are a vendor's own.

    The defaults suit any API that takes a Bearer token and has no notion of an account.
    """

    name: str = "API"
    """What messages call the service."""
    package: str = "client"
    """The distribution that the User-Agent names."""
    version: str = ""
    """Its version; when empty, the installed one is looked up."""
    logger: str = "client"
    base_url: str | None = None
    """The server that the API description names first, if it is a plain URL."""
    base_url_environment: str | None = "API_BASE_URL"
    api_key_header: str = "Authorization"
    api_key_prefix: str = "Bearer "
    api_key_environment: str | None = "API_KEY"
    api_key_help: str = "ask the service's owner for one"
    """Where a person gets a key."""
    account_header: str | None = None
    account_environment: str | None = None
    account_pattern: str | None = None
    """A regular expression that finds the account in an API key as its group 1."""
    account_help: str = "ask the service's owner for it"
    """Where a person finds the account."""
    advice: Mapping[int, str] = field(default_factory=dict[int, str])
    """What to do next, by status; over the texts that suit any service."""
    read_error: Callable[[bytes], ErrorDetails] = read_error_body
    """Reads the body of an error in the shapes that this service sends."""

"""One request on its way through the sandbox, and what a handler sees of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness_nextgen_sandbox.options import Options
from harness_nextgen_sandbox.store import Store

JSON = "application/json"
YAML = "application/yaml"
EXTENSION = "harness_sandbox"
"""Where an exchange is kept in the scope of ASGI."""


@dataclass(slots=True)
class Exchange:
    """A request: the sandbox that it came to, and what was found valid so far."""

    store: Store
    options: Options
    origin: str
    """Scheme and host as the client wrote them, or nothing."""
    parameters: dict[str, Any] = field(default_factory=dict[str, Any])
    body: Any = None
    media_type: str = JSON
    """Of the answer, where the operation has a choice: the one of the request."""
    sparse: bool = False
    """Whether the answer leaves out what the spec does not require."""


@dataclass(frozen=True, slots=True)
class Call:
    """What a handler works with: a valid request, inside a transaction."""

    db: sqlite3.Connection
    store: Store
    account: str
    """The account of the key, or none where the request came with a download token alone."""
    parameters: Mapping[str, Any]
    """Path, query and header parameters by name, with their defaults."""
    body: Any
    origin: str

    def get(self, name: str) -> str:
        """Return a parameter that is a text; nothing where it was not sent."""
        value = self.parameters.get(name)
        return "" if value is None else str(value)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a handler answers: plain data, bytes or nothing."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    media_type: str | None = None
    """Of bytes; plain data goes out in the format of the request."""


def get_exchange(scope: Mapping[str, Any]) -> Exchange:
    """Return the exchange of a request."""
    exchange: Exchange = scope["extensions"][EXTENSION]
    return exchange

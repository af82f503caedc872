"""What the runtime knows of an operation, as the generated code states it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Paging:
    """How the pages of a list are walked; from the description's ``x-pagination``.

    ``maximum_size`` is the largest page that every source allows. Header names are compared
    without case, and any of them may be missing from an answer.
    """

    page_parameter: str
    first_page: int
    size_parameter: str
    maximum_size: int | None = None
    total_items_headers: tuple[str, ...] = ()
    total_pages_headers: tuple[str, ...] = ()
    page_number_headers: tuple[str, ...] = ()
    page_size_headers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of the API: its names, and what a call of it needs to know."""

    id: str
    """The operationId."""
    method: str
    """The HTTP method in capitals."""
    path: str
    """The path with its templates, such as ``/modules/{module_id}``: what is logged."""
    paging: Paging | None = None
    takes_account: bool = False
    """The account header belongs to the request."""
    yaml: bool = False
    """Bodies may be YAML as well as JSON."""
    secret_query: tuple[str, ...] = ()
    """Query parameters that are credentials."""

    @property
    def is_idempotent(self) -> bool:
        """Whether a repetition has the effect of a single request (RFC 9110, section 9.2.2)."""
        return self.method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS")

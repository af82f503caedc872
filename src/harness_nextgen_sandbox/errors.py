"""Requests that are refused, which are answered with errors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus


class Refusal(Exception):
    """A request that is answered with an error."""

    def __init__(
        self,
        status: int,
        message: str,
        field: str | None = None,
        headers: Mapping[str, str] | None = None,
        shape: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.field = field
        """The parameter or the member of the body that is to blame."""
        self.headers = dict(headers or {})
        self.shape = shape
        """One of SHAPES; None: the shape of the API that the request is for."""


def missing(what: str, name: str) -> Refusal:
    """Make the refusal for something that is not there."""
    return Refusal(404, f"there is no {what} {name!r}")


def not_allowed(method: str, allowed: Iterable[str]) -> Refusal:
    """Make the refusal of a method that a path does not have."""
    return Refusal(405, f"{method} is not allowed here", headers={"Allow": ", ".join(allowed)})


def name_status(status: int) -> str:
    """Return the phrase of a status as a name: ``not_found``."""
    try:
        return HTTPStatus(status).phrase.lower().replace(" ", "_").replace("-", "_")
    except ValueError:
        return f"status_{status}"

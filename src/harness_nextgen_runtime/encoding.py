"""Encode Python values: as plain data for a body, as text for a path, a query or a header."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from enum import Enum
from typing import Any, TypeGuard
from urllib.parse import quote
from uuid import UUID

from harness_nextgen_runtime.errors import ConfigurationError
from harness_nextgen_runtime.times import write_date_time
from harness_nextgen_runtime.unset import UNSET
from harness_nextgen_runtime.uuids import write_uuid

PLAIN_TYPES = frozenset({str, int, float, bool, type(None)})
"""The types that JSON has by itself."""


def encode(value: Any) -> Any:
    """Return a value as plain data: models, enums, times and UUIDs inside it become what is sent.

    What is plain already, and what nobody can encode, is returned as it is.
    """
    if type(value) in PLAIN_TYPES:
        return value
    if hasattr(value, "to_dict"):
        return value.to_dict()
    if _is_list(value):
        return [encode(item) for item in value]
    if _is_mapping(value):
        return {key: encode(item) for key, item in value.items()}
    if isinstance(value, Enum):
        return value if value is UNSET else value.value
    if isinstance(value, datetime.datetime):
        return write_date_time(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, UUID):
        return write_uuid(value)
    return value


def as_text(value: object) -> str:
    """Write a value as JSON would, a text without its quotes: what queries and headers hold.

    Raises ConfigurationError for what is no such value: a call is not to be about a module whose
    id is "None" or "b'vpc'".
    """
    plain = encode(value)
    if isinstance(plain, str):
        return plain
    if isinstance(plain, bool | dict | list):
        return json.dumps(plain, separators=(",", ":"), ensure_ascii=False)
    if isinstance(plain, int | float):
        return str(plain)
    found = repr(value) if value is None or value is UNSET else type(value).__name__
    raise ConfigurationError(f"{found} cannot be a parameter: pass text, a number or a date")


def path_segment(value: object) -> str:
    """Quote a value as one segment of a path (RFC 3986, section 3.3); of a list, joins the items.

    Raises ConfigurationError, a ValueError, for what would lead to another path: an empty text,
    "." and "..". It is not enough to quote those: servers and proxies resolve "%2E%2E" too.
    """
    if _is_list(value) and value:
        return ",".join(path_segment(item) for item in value)
    text = "" if _is_list(value) else as_text(value)
    if text in ("", ".", ".."):
        raise ConfigurationError(f"{text!r} cannot stand in a path: nothing was sent")
    try:
        return quote(text, safe="")
    except UnicodeEncodeError:
        raise ConfigurationError("a part of the path is no Unicode text") from None


def encode_query(values: Mapping[str, object]) -> list[tuple[str, str]]:
    """Encode parameters as names and texts: a list repeats its name, UNSET and None are left out.

    Inside a list None is left out as well.
    """
    return [
        (name, as_text(item))
        for name, value in values.items()
        for item in (value if _is_list(value) else [value])
        if item is not None and item is not UNSET
    ]


def encode_headers(values: Mapping[str, object]) -> dict[str, str]:
    """Encode the values of headers as text: lists are joined, UNSET and None are left out."""
    return {
        name: ",".join(map(as_text, value)) if _is_list(value) else as_text(value)
        for name, value in drop_unset(values).items()
    }


def encode_cookies(values: Mapping[str, object]) -> dict[str, str]:
    """Encode cookies as a header, without those that are UNSET or None; none make no header."""
    pairs = [f"{name}={quote(as_text(value))}" for name, value in drop_unset(values).items()]
    return {"Cookie": "; ".join(pairs)} if pairs else {}


def drop_unset(values: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is UNSET or None."""
    return {
        name: value for name, value in values.items() if value is not None and value is not UNSET
    }


def split_commas(text: object) -> list[str]:
    """Split a text of items joined with commas; blanks around them and empty ones are dropped.

    What is no text, such as UNSET and None, has no items.
    """
    if not isinstance(text, str):
        return []
    return [item for part in text.split(",") if (item := part.strip())]


def _is_list(value: object) -> TypeGuard[list[Any] | tuple[Any, ...]]:
    return isinstance(value, list | tuple)


def _is_mapping(value: object) -> TypeGuard[Mapping[Any, Any]]:
    return isinstance(value, Mapping)

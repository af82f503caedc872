"""Read the body of an error, whatever it is: JSON of some shape, a page, a text, or nothing.

What the members of an object are called differs from service to service, and is given as
``BodyNames``; the defaults are those of RFC 9457 (problem details), of RFC 6749
(``error_description``) and of common use.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple, TypeGuard

from harness_nextgen_runtime.errors import ErrorDetails, FieldError


class BodyNames(NamedTuple):
    """The names under which the bodies of errors say things, the better ones first."""

    messages: tuple[str, ...] = ("message", "detail", "title", "error_description", "error")
    codes: tuple[str, ...] = ("code", "type")
    ids: tuple[str, ...] = ("id", "instance", "request_id", "requestId")
    nested: tuple[str, ...] = ()
    """Lists of objects that hold a message and code where the body itself has none."""
    fields: tuple[str, ...] = ("errors",)
    """Lists of objects that say something of one field each."""
    field_names: tuple[str, ...] = ("field", "path", "name", "pointer")
    field_messages: tuple[str, ...] = ("message", "error", "detail")
    temporary: str = "temporary"
    """The member that is true when the same request may succeed later."""


_SHOWN_TEXT = 300
_READ_TEXT = 20_000  # no page says more at its start, and the pattern takes its time
_MARKUP = r"<(script|style)\b.*?</\1>|<[^>]*>"


NEUTRAL_NAMES = BodyNames()


def read_error_body(content: bytes, names: BodyNames = NEUTRAL_NAMES) -> ErrorDetails:
    """Read what a body says; a body of any kind gives details, if only its first words."""
    text = content.decode("utf-8", errors="replace").lstrip("\ufeff").strip()
    try:
        body: Any = json.loads(text)
    except (ValueError, RecursionError):
        return ErrorDetails(message=shorten(text), body=text)
    if isinstance(body, str):
        return ErrorDetails(message=shorten(body), body=body)
    if not _is_object(body):
        return ErrorDetails(body=body)
    inner = [one for name in names.nested for one in _objects(body.get(name))]
    # What the body itself says comes before what its parts say, whatever the names.
    own_message = _first_text([body], names.messages)
    return ErrorDetails(
        message=shorten(own_message or _first_text(inner, names.messages)),
        code=_first_text([body], names.codes) or _first_text(inner, names.codes) or None,
        id=_first_text([body], names.ids) or None,
        fields=tuple(_read_fields(body, names)),
        temporary=body.get(names.temporary) is True,
        body=body,
    )


def _read_fields(body: dict[str, Any], names: BodyNames) -> Iterator[FieldError]:
    for entry in (one for name in names.fields for one in _objects(body.get(name))):
        name = _first_text([entry], names.field_names)
        message = _first_text([entry], names.field_messages)
        if name or message:
            yield FieldError(shorten(name), shorten(message))


def _first_text(bodies: list[dict[str, Any]], names: tuple[str, ...]) -> str:
    for body in bodies:
        for name in names:
            value = body.get(name)
            if isinstance(value, str) and value.strip():
                return value.strip()
            if name == "code" and isinstance(value, int) and not isinstance(value, bool):
                return str(value)
            if name == "error" and _is_object(value):
                nested = _first_text([value], ("message", "detail"))
                if nested:
                    return nested
    return ""


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if _is_list(value):
        yield from filter(_is_object, value)


def _is_list(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _is_object(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def shorten(text: str) -> str:
    """Return the first words of a text or a page, on one line, without what a terminal obeys."""
    if text.lstrip()[:1] == "<":
        import html

        text = html.unescape(
            re.sub(_MARKUP, " ", text[:_READ_TEXT], flags=re.DOTALL | re.IGNORECASE)
        )
    words = " ".join(text[:_READ_TEXT].split())
    shown = "".join(character if character.isprintable() else "\ufffd" for character in words)
    return shown if len(shown) <= _SHOWN_TEXT else f"{shown[:_SHOWN_TEXT]}…"

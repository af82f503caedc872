"""Read multipart/form-data (RFC 7578) byte for byte.

Starlette's parser decodes parts that have no file name as texts; an example file must stay as is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from harness_nextgen_sandbox.errors import Refusal


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a form."""

    name: str
    file_name: str | None
    content: bytes


class _Collector:
    """Gathers the parts from the events of the parser."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.ended = False
        self._headers: dict[bytes, bytes] = {}
        self._name = self._value = b""
        self._content: list[bytes] = []

    def callbacks(self) -> dict[str, Any]:
        """Return what the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._add_name,
            "on_header_value": self._add_value,
            "on_header_end": self._end_header,
            "on_part_data": self._add_data,
            "on_part_end": self._end_part,
            "on_end": self._end,
        }

    def _begin(self) -> None:
        self._headers, self._content = {}, []

    def _add_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _add_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name = self._value = b""

    def _add_data(self, data: bytes, start: int, end: int) -> None:
        self._content.append(data[start:end])

    def _end_part(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        if b"name" not in options:
            raise Refusal(400, "a part of the form has no name", "body")
        file_name = options.get(b"filename")
        self.parts.append(
            Part(
                _decode(options[b"name"]),
                None if file_name is None else _decode(file_name),
                b"".join(self._content),
            )
        )

    def _end(self) -> None:
        self.ended = True


def read_parts(content: bytes, content_type: str) -> list[Part]:
    """Return the parts of a form; raises Refusal for what is none."""
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if not boundary:
        raise Refusal(400, "the header Content-Type has no boundary", "Content-Type")
    collector = _Collector()
    try:
        callbacks: Any = collector.callbacks()
        parser = MultipartParser(boundary, callbacks)
        parser.write(content)
        parser.finalize()
    except FormParserError as error:
        raise Refusal(400, f"the body is no form in parts: {error}", "body") from None
    if not collector.ended:
        raise Refusal(400, "the body is no form in parts: it has no end", "body")
    return collector.parts


def _decode(name: bytes) -> str:
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        raise Refusal(400, "the name of a part is not in UTF-8", "body") from None

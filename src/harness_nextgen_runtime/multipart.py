"""Parts of multipart/form-data bodies (RFC 7578)."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO, TextIOBase
from typing import IO, Any, BinaryIO, TypeAlias, TypeGuard

from attrs import define

from harness_nextgen_runtime.decoding import mismatch
from harness_nextgen_runtime.encoding import as_text
from harness_nextgen_runtime.errors import ConfigurationError
from harness_nextgen_runtime.options import check_header

FileContent: TypeAlias = IO[bytes] | bytes | str
FileTypes: TypeAlias = tuple[str | None, FileContent, str | None]
"""A file name, its content and its media type, as httpx takes them."""
RequestFiles: TypeAlias = list[tuple[str, FileTypes]]


@define
class File:
    """A body of bytes, sent or received."""

    payload: BinaryIO
    file_name: str | None = None
    mime_type: str | None = None

    def to_tuple(self) -> FileTypes:
        """Return the file as httpx takes it in a multipart body.

        Raises ConfigurationError for what is no file that gives bytes, and for a media type that
        could be read as more headers.
        """
        payload: Any = self.payload
        is_text = isinstance(payload, TextIOBase)
        if is_text or not (isinstance(payload, bytes | str) or hasattr(payload, "read")):
            raise ConfigurationError(
                f"a File takes a file that is open in binary mode, not {type(payload).__name__}"
            )
        if self.mime_type is not None:
            check_header("Content-Type", self.mime_type)
        return self.file_name, self.payload, self.mime_type


def file(value: object) -> File:
    """Decode a body of bytes; a File stays what it is. Raises Mismatch for anything else."""
    if isinstance(value, File):
        return value
    if isinstance(value, bytes):
        return File(BytesIO(value))
    raise mismatch("bytes", value)


def encode_parts(members: Mapping[str, Any]) -> RequestFiles:
    """Encode the members of a model as parts: one each for the items of a list, none for null."""
    return [part for name, value in members.items() for part in _encode_part(name, value)]


def _encode_part(name: str, value: Any) -> RequestFiles:
    if value is None:
        return []
    if isinstance(value, bytes):
        value = File(BytesIO(value))
    if isinstance(value, File):
        return [(name, value.to_tuple())]
    if _is_list(value):
        return [part for item in value for part in _encode_part(name, item)]
    media_type = "application/json" if _is_object(value) else "text/plain"
    return [(name, (None, as_text(value).encode(), media_type))]


def _is_list(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _is_object(value: object) -> bool:
    return isinstance(value, dict)

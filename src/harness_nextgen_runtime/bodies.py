"""Turn the body of a request into what goes out, once for each attempt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeGuard
from urllib.parse import urlencode

from harness_nextgen_runtime import formats
from harness_nextgen_runtime.encoding import encode_query
from harness_nextgen_runtime.request import (
    FormBody,
    JsonBody,
    MultipartBody,
    Request,
)
from harness_nextgen_runtime.upload import Upload

if TYPE_CHECKING:
    from harness_nextgen_runtime.vendor import Vendor


class Payload:
    """A body that is known whole: it can be sent as often as needed."""

    def __init__(self, media_type: str | None, content: bytes | None) -> None:
        self.media_type = media_type
        self.content = content
        self.length: int | None = None
        """The Content-Length, where a stream knows it."""

    @property
    def is_spent(self) -> bool:
        """Whether it was begun and cannot be sent from its start again."""
        return False

    def open(self, *, asynchronous: bool) -> dict[str, Any]:
        """Return the arguments of ``httpx.Request`` that send it from its start."""
        return {} if self.content is None else {"content": self.content}

    def close(self) -> None:
        """Close what an attempt opened."""


class MultipartPayload(Payload):
    """Parts of a form; files in it are read from their start for each attempt."""

    def __init__(self, parts: list[tuple[str, Any]]) -> None:
        super().__init__(None, None)
        self._parts = parts
        self._opened = False

    @property
    def is_spent(self) -> bool:
        """Whether a part was read that has no way back to its start."""
        return self._opened and not all(_can_rewind(part) for _, part in self._parts)

    def open(self, *, asynchronous: bool) -> dict[str, Any]:
        """Return the arguments of ``httpx.Request`` that send it from its start."""
        self._opened = True
        return {"files": self._parts}


NOTHING = Payload(None, None)


def encode_body(request: Request, format: str, vendor: Vendor) -> Payload | Upload:
    """Encode the body of a request; raises ConfigurationError for what cannot be sent."""
    body = request.body
    if body is None:
        return NOTHING
    if isinstance(body, JsonBody):
        if format == "yaml" and request.operation.yaml:
            return Payload(formats.YAML, formats.encode_yaml(body.value, vendor.package))
        return Payload(formats.JSON, formats.encode_json(body.value))
    if isinstance(body, FormBody):
        text = urlencode(encode_query(body.fields))
        return Payload("application/x-www-form-urlencoded", text.encode())
    if isinstance(body, MultipartBody):
        return MultipartPayload(body.parts)
    return Upload(body)


def _can_rewind(part: Any) -> bool:
    content = part[1] if _is_tuple(part) else part
    if isinstance(content, str | bytes):
        return True
    seekable: Any = getattr(content, "seekable", None)
    return bool(seekable and seekable())


def _is_tuple(part: object) -> TypeGuard[tuple[Any, ...]]:
    return isinstance(part, tuple)

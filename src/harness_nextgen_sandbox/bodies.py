"""Read and check the bodies of requests, one reader for each media type of the spec."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.datastructures import Headers

from harness_nextgen_sandbox.errors import Refusal
from harness_nextgen_sandbox.exchange import JSON, YAML, Exchange, get_exchange
from harness_nextgen_sandbox.framework import AbstractRequestBodyValidator, MediaTypeDict
from harness_nextgen_sandbox.multipart import read_parts
from harness_nextgen_sandbox.plain import read_json, read_yaml
from harness_nextgen_sandbox.schemas import find_fault

MAXIMUM_BYTES = 256 * 1024 * 1024
"""The largest body; archives are kept in the database."""


class BodyValidator(AbstractRequestBodyValidator):  # type: ignore[misc]  # connexion has no types
    """Puts the body of a request into its exchange, or refuses it."""

    def read(self, content: bytes, exchange: Exchange, content_type: str) -> Any:
        """Return what the bytes mean; raises Refusal where there is no body at all."""
        if not content and not content_type:  # an empty file would have the latter
            raise Refusal(400, "the body is missing; it is required", "body")
        return content

    async def wrap_receive(self, receive: Any, *, scope: Any) -> tuple[Any, Any]:
        """Read and check; connexion calls this for each request that has a body by the spec."""
        exchange = get_exchange(scope)
        content = await _read_all(receive)
        content_type = Headers(scope=scope).get("content-type", "")
        exchange.body = self.read(content, exchange, content_type)
        return _receive_nothing, scope


class PlainBodyValidator(BodyValidator):
    """Reads plain data and checks it against the schema."""

    language = "JSON"
    media_type = JSON
    parse: Callable[[bytes], Any] = staticmethod(read_json)

    def read(self, content: bytes, exchange: Exchange, content_type: str) -> Any:
        """Return the data; raises Refusal that names the member which does not fit."""
        exchange.media_type = self.media_type
        if not content.strip():
            raise Refusal(400, "the body is empty; it is required", "body")
        value = type(self).parse(content)
        if fault := find_fault(self._schema, value):
            place, message = fault
            where = f"member {place!r} of the body" if place else "the body"
            raise Refusal(400, f"{where}: {message}", place or "body")
        return value


class YamlBodyValidator(PlainBodyValidator):
    """Reads YAML, which connexion does not know."""

    language = "YAML"
    media_type = YAML
    parse = staticmethod(read_yaml)


class MultipartBodyValidator(BodyValidator):
    """Reads the parts of a form byte for byte."""

    def read(self, content: bytes, exchange: Exchange, content_type: str) -> Any:
        """Return the parts; raises Refusal."""
        return read_parts(content, content_type)


BODIES = MediaTypeDict(
    {
        "application/json": PlainBodyValidator,
        "application/yaml": YamlBodyValidator,
        "text/markdown": BodyValidator,
        "application/octet-stream": BodyValidator,
        "multipart/form-data": MultipartBodyValidator,
    }
)


async def _read_all(receive: Any) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refusal(499, "the client went away before its body had come")
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > MAXIMUM_BYTES:
            raise Refusal(413, f"the body has more than {MAXIMUM_BYTES} bytes")
        chunks.append(chunk)
        if not message.get("more_body"):
            return b"".join(chunks)


async def _receive_nothing() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}

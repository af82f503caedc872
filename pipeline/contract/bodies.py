"""Bodies on the wire and in fixtures: what a media type makes of bytes, and back.

In a fixture a body is a JSON value, text, a list of parts, or Base64; the media type says which.
"""

from __future__ import annotations

import base64
import binascii
import json
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP

from pipeline.faults import BadInput
from pipeline.values import Json, is_array, is_object
from pipeline.yaml_reader import parse_yaml

MULTIPART = "multipart/form-data"
_YAML = ("application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml")


class UnreadableError(Exception):
    """A body that is not what its media type says; the message tells why."""


def find_media_type(headers: dict[str, str]) -> str:
    """Return the media type of a message without its parameters; empty where there is none."""
    for name, value in headers.items():
        if name.lower() == "content-type":
            return value.partition(";")[0].strip().lower()
    return ""


def is_json(media_type: str) -> bool:
    """Tell whether bodies of this type are JSON; Harness's errors of the registry are, too."""
    return media_type in ("application/json", "application/vnd.goa.error") or media_type.endswith(
        "+json"
    )


def is_yaml(media_type: str) -> bool:
    """Tell whether bodies of this type are YAML."""
    return media_type in _YAML


def read_body(content: bytes, content_type: str) -> Json:
    """Turn bytes into what a fixture holds; no bytes are None. Raises UnreadableError."""
    media_type = content_type.partition(";")[0].strip().lower()
    if not content:
        return None
    if media_type == MULTIPART:
        return _read_parts(content, content_type)
    if not (is_json(media_type) or is_yaml(media_type) or media_type.startswith("text/")):
        return base64.b64encode(content).decode()
    try:
        text = content.decode()
        return json.loads(text) if is_json(media_type) else text
    except ValueError as error:
        raise UnreadableError(f"is not {media_type}: {error}") from None


def write_body(body: Json, media_type: str) -> bytes:
    """Turn what a fixture holds into bytes; parts cannot be, since a boundary is made at random.

    Raises UnreadableError.
    """
    if body is None:
        return b""
    if is_json(media_type):
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    if not isinstance(body, str):
        raise UnreadableError(f"a body of {media_type or 'no media type'} is text in a fixture")
    if is_yaml(media_type) or media_type.startswith("text/"):
        return body.encode()
    return decode_base64(body)


def decode_base64(text: str) -> bytes:
    """Decode Base64; raises UnreadableError."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnreadableError(f"is not Base64: {error}") from None


def read_value(body: Json, media_type: str) -> Json:
    """Return the value that a schema speaks of: YAML is data there, and parts are members."""
    if is_yaml(media_type):
        try:
            return parse_yaml(body, "")
        except BadInput as error:
            raise UnreadableError(str(error)) from None
    if media_type == MULTIPART and is_array(body):
        return {part["name"]: part.get("body", "") for part in body}
    return body


def read_returned(body: Json, media_type: str) -> Json:
    """Return what a call gives for such a body, encoded: bytes of any kind are Base64."""
    if isinstance(body, str) and media_type.startswith("text/") and not is_yaml(media_type):
        return base64.b64encode(body.encode()).decode()
    return read_value(body, media_type)


def is_same(one: Json, other: Json) -> bool:
    """Tell whether two values are the same JSON: 1, 1.0 and true are three things there."""
    if is_object(one) and is_object(other):
        return one.keys() == other.keys() and all(is_same(one[key], other[key]) for key in one)
    if is_array(one) and is_array(other):
        return len(one) == len(other) and all(map(is_same, one, other))
    return type(one) is type(other) and bool(one == other)


def _read_parts(content: bytes, content_type: str) -> list[dict[str, Json]]:
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + content)
    if not message.is_multipart():
        raise UnreadableError("is not multipart/form-data: its boundary is nowhere")
    return [_read_part(part) for part in message.iter_parts()]


def _read_part(part: Message) -> dict[str, Json]:
    found: dict[str, Json] = {"name": part.get_param("name", "", "content-disposition")}
    if file_name := part.get_filename():
        found["file_name"] = file_name
    if "content-type" in part:
        found["content_type"] = part.get_content_type()
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    found["body"] = read_body(content, part.get_content_type())  # text/plain by default (RFC 7578)
    return found

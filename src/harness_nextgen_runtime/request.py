"""A request before it becomes HTTP: what the generated code hands to the client."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias

from harness_nextgen_runtime.errors import ConfigurationError
from harness_nextgen_runtime.operation import Operation

if TYPE_CHECKING:
    from harness_nextgen_runtime.model import MapModel

Content: TypeAlias = bytes | str | Path | BinaryIO | Iterable[bytes] | AsyncIterable[bytes]
"""What can be sent as it is: bytes, text, a file by its path or opened, or chunks."""

Progress: TypeAlias = Callable[[int, int | None], None]
"""Called with the bytes done so far and, where it is known, how many there are."""


# Plain classes where nobody compares or prints one: a dataclass costs a millisecond of every start.
class JsonBody:
    """Plain data, sent as JSON; or as YAML where the call asks for it and the operation allows."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    @classmethod
    def of(cls, model: MapModel[Any]) -> JsonBody:
        """Send a model; raises ConfigurationError for what is none, such as a dict."""
        return cls(_encode_model(model))


class ContentBody:
    """Content that is sent as it is, streamed where it is no text or bytes."""

    __slots__ = ("content", "media_type", "progress")

    def __init__(self, content: Content, media_type: str, progress: Progress | None = None) -> None:
        self.content = content
        self.media_type = media_type
        self.progress = progress


class FormBody:
    """Fields of an HTML form (application/x-www-form-urlencoded)."""

    __slots__ = ("fields",)

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self.fields = fields

    @classmethod
    def of(cls, model: MapModel[Any]) -> FormBody:
        """Send a model; raises ConfigurationError for what is none, such as a dict."""
        return cls(_encode_model(model))


class MultipartBody:
    """Parts of a multipart/form-data body, as httpx takes them in ``files``."""

    __slots__ = ("parts",)

    def __init__(self, parts: list[tuple[str, Any]]) -> None:
        self.parts = parts

    @classmethod
    def of(cls, model: Any) -> MultipartBody:
        """Send a model; raises ConfigurationError for what is none, such as a dict."""
        _check_model(model)
        return cls(model.to_multipart())


def _encode_model(model: MapModel[Any]) -> dict[str, Any]:
    _check_model(model)
    return model.to_dict()


def _check_model(model: object) -> None:
    # Not by its class, which would have to be imported before anything is sent.
    if isinstance(model, type) or not hasattr(model, "to_dict"):
        raise ConfigurationError(
            f"the body must be a model, not {type(model).__name__}: make one of the class that the "
            "method names, with from_dict() where you have a dict"
        )


Body: TypeAlias = JsonBody | ContentBody | FormBody | MultipartBody


@dataclass(slots=True, eq=False)
class Request:
    """One request: the quoted path, the query and headers as plain values, and the body.

    Values of ``query`` and ``headers`` may be UNSET or None (left out), text, bool, numbers,
    enums, dates, and lists of those (the name is repeated for each item). None of them is shown
    in a repr, since a parameter may be a credential.
    """

    operation: Operation
    path: str
    query: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)
    headers: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)
    body: Body | None = field(default=None, repr=False)

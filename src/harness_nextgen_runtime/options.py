"""The options of a client and of a single call, and how they combine: the nearest wins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypedDict

from harness_nextgen_runtime import constants
from harness_nextgen_runtime.errors import ConfigurationError

if TYPE_CHECKING:
    from harness_nextgen_runtime.errors import ApiError


def _check_seconds(name: str, seconds: object) -> float | None:
    if seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise ConfigurationError(f"{name} must be seconds above 0 or None, not {seconds!r}")
    if not 0 < seconds <= constants.LONGEST_TIMEOUT:
        raise ConfigurationError(
            f"{name} must be seconds above 0, at most {constants.LONGEST_TIMEOUT}, or None for no "
            f"end, not {seconds!r}"
        )
    return float(seconds)


@dataclass(frozen=True, slots=True)
class Timeout:
    """How long one attempt may wait, in seconds; None is for ever.

    ``connect`` is for the connection, ``read`` for each wait for a byte after that.
    """

    connect: float | None = constants.CONNECT_TIMEOUT
    read: float | None = constants.READ_TIMEOUT

    def __post_init__(self) -> None:
        _check_seconds("timeout", self.connect)
        _check_seconds("timeout", self.read)


class Retry(NamedTuple):
    """What ``on_retry`` is told: which retry comes next, after which error and wait."""

    number: int
    error: ApiError
    delay: float
    """Seconds."""


class CallOptions(TypedDict, total=False):
    """The options that a call and ``with_options`` take."""

    timeout: float | Timeout | None
    """Seconds, or the parts of it; None waits for ever."""
    deadline: float | None
    """Seconds for the whole call with all its retries; None sets no end."""
    max_retries: int
    """Retries after the first attempt; 0 turns them off."""
    headers: Mapping[str, str]
    """Sent in addition; they win over those of the client."""
    on_retry: Callable[[Retry], None] | None
    """Called before each wait."""
    format: Literal["json", "yaml"]
    """The format of bodies, on the operations that take both."""
    max_response_bytes: int
    """A larger answer is refused, unless it goes to a file."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options in force for a call."""

    timeout: Timeout = Timeout()
    deadline: float | None = None
    max_retries: int = constants.MAX_RETRIES
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    on_retry: Callable[[Retry], None] | None = None
    format: Literal["json", "yaml"] = "json"
    max_response_bytes: int = constants.MAX_RESPONSE_BYTES

    def merge(self, call: CallOptions | None) -> Options:
        """Return the options with those of a call over them; raises ConfigurationError."""
        if not call:
            return self
        changes: dict[str, Any] = dict(call)
        if changes.get("headers", ()) is None:
            del changes["headers"]
        if unknown := changes.keys() - CallOptions.__annotations__.keys():
            raise ConfigurationError(f"there is no option {sorted(unknown)[0]!r}")
        if "timeout" in changes and not isinstance(call.get("timeout"), Timeout):
            changes["timeout"] = Timeout(*(2 * [_check_seconds("timeout", changes["timeout"])]))
        if "deadline" in changes:
            _check_seconds("deadline", changes["deadline"])
        for name in ("max_retries", "max_response_bytes"):
            number = changes.get(name, 0)
            if not isinstance(number, int) or isinstance(number, bool) or number < 0:
                raise ConfigurationError(f"{name} must be a whole number from 0, not {number!r}")
        if call.get("format", "json") not in ("json", "yaml"):
            raise ConfigurationError(f"format must be 'json' or 'yaml', not {changes['format']!r}")
        if not callable(changes.get("on_retry") or callable):
            raise ConfigurationError(f"on_retry must be a function, not {changes['on_retry']!r}")
        if "headers" in changes:
            _check_mapping(changes["headers"])
            changes["headers"] = merge_headers(self.headers, changes["headers"])
        return replace(self, **changes)


def _check_mapping(headers: object) -> None:
    if not isinstance(headers, Mapping):
        raise ConfigurationError("headers must be a mapping of names to texts")


def merge_headers(base: Mapping[str, str], over: Mapping[str, str]) -> dict[str, str]:
    """Combine headers, whose names have no case; raises ConfigurationError for a bad one."""
    merged = dict(base)
    spelled = {name.lower(): name for name in merged}
    for name, value in over.items():
        check_header(name, value)
        if (known := spelled.get(name.lower())) is not None:
            del merged[known]
        spelled[name.lower()] = name
        merged[name] = value
    return merged


def check_header(name: object, value: object) -> None:
    """Refuse a header that could be read as more than one (RFC 9110, section 5.5)."""
    if not isinstance(value, str):
        raise ConfigurationError(f"the header {name!r} must be text, not {type(value).__name__}")
    if (
        not isinstance(name, str)
        or not name
        or not all(33 <= ord(one) <= 126 and one not in '"(),/:;<=>?@[\\]{}' for one in name)
    ):
        raise ConfigurationError(f"{name!r} is no name of a header")
    if any(one in value for one in "\r\n\0"):
        raise ConfigurationError(f"the header {name!r} must not hold line breaks")
    if not (value.isascii() and value.replace("\t", "").isprintable()):
        raise ConfigurationError(f"the header {name!r} must be ASCII text")
    if value != value.strip():
        raise ConfigurationError(f"the header {name!r} must not begin or end with a space")

"""JSON and YAML: write the body of a request, read that of a response.

YAML is read by the rules of its version 1.2 (core schema), so that ``yes``, ``12:30`` and
``2024-01-02`` are the texts that the server meant, and written so that readers of version 1.1
and 1.2 both see the same values. It takes PyYAML, which is installed with the extra ``[yaml]``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from harness_nextgen_runtime.error_bodies import shorten
from harness_nextgen_runtime.errors import ConfigurationError, DecodingError

if TYPE_CHECKING:
    import httpx

JSON = "application/json"
YAML = "application/yaml"

_DEEPEST = 500
_NULL = r"^(?:~|null|Null|NULL|)$"
_ONLY_WRITTEN = r"^(?:0o[0-7]+|[yYnN])$"  # Quoted, and read as texts.
_BOOL = r"^(?:true|True|TRUE|false|False|FALSE)$"
_INT = r"^[-+]?(?:0|[1-9][0-9]*)$"
_FLOAT = (
    r"^(?:[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*|(?=[eE])))(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
)


def encode_json(value: Any) -> bytes:
    """Write plain data as JSON; raises ConfigurationError for what JSON cannot say."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigurationError(f"the body cannot be written as JSON: {error}") from None
    try:
        return text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can escape
        return json.dumps(value, allow_nan=False, separators=(",", ":")).encode()


def encode_yaml(value: Any, package: str) -> bytes:
    """Write plain data as YAML; raises ConfigurationError for what it cannot say."""
    yaml, _, dumper = _yaml_tools(package)
    try:
        # YAML has more, such as .nan and !!binary, that no API means.
        json.dumps(value, allow_nan=False)
        text: str = yaml.dump(value, Dumper=dumper, sort_keys=False, allow_unicode=True)
        return text.encode()
    except (yaml.YAMLError, TypeError, ValueError, RecursionError) as error:
        raise ConfigurationError(f"the body cannot be written as YAML: {error}") from None


def read_data(response: httpx.Response) -> Any:
    """Return what a response holds: JSON, or YAML where its media type says so.

    Raises DecodingError, which names what came instead, for an empty body and for any other.
    """
    content = response.content
    media_type = response.headers.get("content-type", "")
    if "yaml" in media_type.lower():
        return _read_yaml(response, media_type)
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        reason = error
    if response.charset_encoding:  # JSON is UTF-8 (RFC 8259, section 8.1), but who knows
        try:
            return json.loads(response.text)
        except (ValueError, RecursionError):
            pass
    raise _unreadable(response, media_type, "JSON", reason)


def read_bytes(response: httpx.Response) -> bytes:
    """Return the body of a response as it is."""
    return response.content


def _read_yaml(response: httpx.Response, media_type: str) -> Any:
    yaml, loader, _ = _yaml_tools("")
    content = response.content
    try:
        text = content.decode()
        _refuse_bombs(yaml, yaml.parse(text, Loader=loader))
        if text.strip():
            return yaml.load(text, Loader=loader)
        reason: Exception = ValueError("nothing came")
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = error
    raise _unreadable(response, media_type, "YAML", reason)


def _refuse_bombs(yaml: Any, events: Iterable[Any]) -> None:
    depth = 0
    for event in events:
        # Aliases let a small text grow without end, and no API writes them.
        if isinstance(event, yaml.AliasEvent):
            raise ValueError("it has aliases")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            # libyaml's composer recurses without a limit: a deep text would end the process.
            if depth > _DEEPEST:
                raise ValueError("it is nested too deeply")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _unreadable(
    response: httpx.Response, media_type: str, expected: str, reason: Exception
) -> DecodingError:
    content = response.content
    if not content.strip():
        found = "an empty body"
    else:
        words = shorten(content.decode("utf-8", errors="replace"))
        found = f"{len(content)} bytes of {media_type or 'no media type'} ({reason}): {words!r}"
    return DecodingError(f"{response.status_code} should have brought {expected}, but was {found}")


@cache
def _yaml_tools(package: str) -> tuple[Any, Any, Any]:
    try:
        import yaml
    except ImportError:
        name = package or "harness-nextgen"
        raise ConfigurationError(
            f"format='yaml' takes a YAML library: pip install '{name}[yaml]'"
        ) from None

    # The ones on libyaml where PyYAML was built with it.
    loader_base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    dumper_base: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

    class Loader(loader_base):  # type: ignore[misc]
        yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            for name, _ in node.value:
                if isinstance(name, yaml.ScalarNode):
                    name.tag = "tag:yaml.org,2002:str"
            return loader_base.construct_mapping(self, node, deep)

    class Dumper(dumper_base):  # type: ignore[misc]
        def ignore_aliases(self, data: Any) -> bool:
            return True

    tools: tuple[Any, Any] = (Loader, Dumper)
    for kind, pattern in (("null", _NULL), ("bool", _BOOL), ("int", _INT), ("float", _FLOAT)):
        # To write, in addition to those of 1.1: what either version takes for a number is quoted.
        for tool in tools:
            tool.add_implicit_resolver(f"tag:yaml.org,2002:{kind}", re.compile(pattern), None)
    Dumper.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(_ONLY_WRITTEN), None)
    return yaml, Loader, Dumper

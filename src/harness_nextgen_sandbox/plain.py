"""Read and write plain data as JSON and as YAML."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, ClassVar, NoReturn, TypeGuard

import yaml

from harness_nextgen_sandbox.errors import Refusal

MAXIMUM_NODES = 200_000
"""How many values a document may have, aliases followed: a small YAML text can unfold endlessly."""
MAXIMUM_DEPTH = 100
"""How deep values may be nested; Python writes and compares them by recursion."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_dump: Any = vars(yaml)["dump"]  # which some versions of its types describe in part only


_NOT_IN_JSON = ("binary", "omap", "pairs", "set", "timestamp")


class _Loader(_LOADER):  # type: ignore[misc]  # one of two bases, by how PyYAML was built
    """Reads scalars by the core schema of YAML 1.2, as the client writes them."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}
    yaml_constructors: ClassVar[dict[Any, Any]] = {
        tag: construct
        for tag, construct in _LOADER.yaml_constructors.items()
        if tag not in {f"tag:yaml.org,2002:{kind}" for kind in _NOT_IN_JSON}
    }

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        """Read keys as texts, whatever they look like: JSON has no others."""
        for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
            if isinstance(key, yaml.ScalarNode):
                key.tag = "tag:yaml.org,2002:str"
        return _LOADER.construct_mapping(self, node, deep=deep)


class _Dumper(_DUMPER):  # type: ignore[misc]  # as above
    def ignore_aliases(self, data: Any) -> bool:
        """Write what occurs twice twice."""
        return True


def _construct_int(loader: Any, node: Any) -> int:
    """Read a number in base 10; PyYAML would read one that begins with 0 in base 8."""
    return int(loader.construct_scalar(node))


for _kind, _pattern in (
    ("null", r"^(?:~|null|Null|NULL|)$"),
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$"),
    ("int", r"^[-+]?[0-9]+$"),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*|(?=[eE])))(?:[eE][-+]?[0-9]+)?$"),
):
    for _tool in (_Loader, _Dumper):
        _tool.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", re.compile(_pattern), None)
_Loader.add_constructor("tag:yaml.org,2002:int", _construct_int)


def read_json(content: bytes) -> Any:
    """Read JSON; raises Refusal for what is none, or is not in UTF-8."""
    return _read(content, "JSON", lambda text: json.loads(text, parse_constant=_refuse_constant))


def read_yaml(content: bytes) -> Any:
    """Read YAML into what JSON can say; raises Refusal."""
    return _read(content, "YAML", lambda text: yaml.load(text, Loader=_Loader))


def write_json(value: Any) -> bytes:
    """Write plain data as JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def write_yaml(value: Any) -> bytes:
    """Write plain data as YAML."""
    text: str = _dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True)
    return text.encode()


def is_object(value: object) -> TypeGuard[dict[Any, Any]]:
    """Whether a value is an object of JSON, or a mapping of YAML."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Whether a value is a list."""
    return isinstance(value, list)


def _read(content: bytes, language: str, parse: Callable[[str], Any]) -> Any:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refusal(400, f"the body is not in UTF-8: byte {error.start} cannot be read") from None
    try:
        value = parse(text)
        _require_plain(value)
    except (ValueError, LookupError, RecursionError, yaml.YAMLError) as error:
        # PyYAML raises LookupError for a scalar that is not what its tag says: !!bool maybe.
        reason = " ".join(str(error).split()) or type(error).__name__
        raise Refusal(400, f"the body is no {language}: {reason[:300]}") from None
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _require_plain(value: Any) -> None:
    """Raise ValueError for what JSON cannot say, and for texts that UTF-8 cannot."""
    waiting: list[tuple[Any, int]] = [(value, 1)]
    seen = 0
    while waiting:
        one, depth = waiting.pop()
        seen += 1
        if seen > MAXIMUM_NODES:
            raise ValueError("it has too many values")
        if depth > MAXIMUM_DEPTH:
            raise ValueError(f"its values are nested more than {MAXIMUM_DEPTH} deep")
        if isinstance(one, str):
            _require_text(one)
        elif is_object(one):
            for key, member in one.items():
                _require_text(key)
                waiting.append((member, depth + 1))
        elif is_list(one):
            waiting.extend((item, depth + 1) for item in one)
        elif isinstance(one, float) and one - one != 0:
            raise ValueError("a number is not finite")
        elif not (one is None or isinstance(one, bool | int | float)):
            raise ValueError(f"{one!r} is no value of JSON")


def _require_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("a text has half of a surrogate pair") from None

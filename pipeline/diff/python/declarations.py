"""Declarations of Python as one line of text each, and what such a line says.

======================================  ===============================================
``class Module(Model)``                 a class with its bases
``def get(module_id: str) -> Module``   a function or method, without ``self``
``name: str | Unset = UNSET``           a field or attribute
``@property created_at: datetime``      what can be read and not set
``NAME_ASC = 'name,ASC'``               a member of an enum, or another name of something
======================================  ===============================================
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from enum import Enum

_PROPERTY = "@property "
_WIDTH = 100


class Kind(Enum):
    """How an argument may be passed, in the order in which Python has them."""

    POSITION_ONLY = "by position"
    EITHER = "by position or name"
    ANY_POSITIONS = "*"
    NAME_ONLY = "by name"
    ANY_NAMES = "**"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a function; ``default`` is None where it must be given."""

    name: str
    kind: Kind
    annotation: str | None = None
    default: str | None = None

    @property
    def is_required(self) -> bool:
        """Whether a call without it fails."""
        return self.default is None and self.kind not in (Kind.ANY_POSITIONS, Kind.ANY_NAMES)

    def __str__(self) -> str:
        stars = self.kind.value if self.kind in (Kind.ANY_POSITIONS, Kind.ANY_NAMES) else ""
        text = stars + self.name + (f": {self.annotation}" if self.annotation else "")
        if self.default is None:
            return text
        return f"{text} = {self.default}" if self.annotation else f"{text}={self.default}"


@dataclass(frozen=True, slots=True)
class Signature:
    """What a function takes and returns."""

    name: str
    parameters: tuple[Parameter, ...] = ()
    returns: str | None = None
    is_async: bool = False
    decorator: str = ""

    def __str__(self) -> str:
        return self.show()

    def show(self, only: Collection[str] | None = None) -> str:
        """Return the declaration; the parameters that are not in ``only`` as ``…``."""
        shown: list[str] = []
        by_name = by_position = False
        for one in self.parameters:
            if by_position and one.kind is not Kind.POSITION_ONLY:
                shown.append("/")
            if one.kind is Kind.NAME_ONLY and not by_name:
                shown.append("*")
            by_position = one.kind is Kind.POSITION_ONLY
            by_name = by_name or one.kind in (Kind.NAME_ONLY, Kind.ANY_POSITIONS)
            if only is None or one.name in only:
                shown.append(str(one))
            elif not shown or shown[-1] != "…":
                shown.append("…")
        if by_position:
            shown.append("/")
        head = f"{self.decorator} " if self.decorator else ""
        word = "async def" if self.is_async else "def"
        arrow = f" -> {self.returns}" if self.returns else ""
        return f"{head}{word} {self.name}({', '.join(shown)}){arrow}"

    def abridge(self, names: Collection[str]) -> str:
        """Return the declaration, without the parameters that are not asked for if it is long."""
        whole = self.show()
        return whole if len(whole) <= _WIDTH else self.show(names)

    def without(self, names: Iterable[str]) -> Signature:
        """Return the signature without some parameters."""
        left_out = set(names)
        return replace(
            self, parameters=tuple(one for one in self.parameters if one.name not in left_out)
        )


@dataclass(frozen=True, slots=True)
class ClassHead:
    """A class: its name and its bases."""

    name: str
    bases: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"class {self.name}({', '.join(self.bases)})" if self.bases else f"class {self.name}"


@dataclass(frozen=True, slots=True)
class Attribute:
    """A field, an attribute or a property."""

    name: str
    annotation: str
    default: str | None = None
    is_property: bool = False

    def __str__(self) -> str:
        head = _PROPERTY if self.is_property else ""
        tail = "" if self.default is None else f" = {self.default}"
        return f"{head}{self.name}: {self.annotation}{tail}"

    @property
    def setting(self) -> dict[str, str]:
        """The arguments of ``field(…)``, where the default is one; nothing for a plain default."""
        if self.default is None:
            return {}
        node = ast.parse(self.default, mode="eval").body
        if not (isinstance(node, ast.Call) and ast.unparse(node.func).endswith("field")):
            return {}
        return {one.arg: ast.unparse(one.value) for one in node.keywords if one.arg}

    @property
    def is_field(self) -> bool:
        """Whether the default is written as ``field(…)``."""
        return bool(self.setting) or (self.default or "").endswith("field()")

    @property
    def is_required(self) -> bool:
        """Whether whoever makes one must give it."""
        if self.is_field:
            return not {"default", "factory", "default_factory"} & self.setting.keys()
        return self.default is None


@dataclass(frozen=True, slots=True)
class Assignment:
    """A name and its value: the member of an enum, or another name of something."""

    name: str
    value: str

    def __str__(self) -> str:
        return f"{self.name} = {self.value}"


Declaration = Signature | ClassHead | Attribute | Assignment


def read_declaration(text: str) -> Declaration:
    """Return what a line says; raises SyntaxError for what is no declaration."""
    if text.startswith(_PROPERTY):
        return replace(_read_attribute(text.removeprefix(_PROPERTY)), is_property=True)
    decorator, _, rest = text.partition(" ") if text.startswith("@") else ("", "", text)
    if rest.startswith(("def ", "async def ")):
        return replace(_read_signature(rest), decorator=decorator)
    if text.startswith("class "):
        node = ast.parse(f"{text}: ...").body[0]
        if not isinstance(node, ast.ClassDef):
            raise SyntaxError(f"no declaration: {text}")
        return ClassHead(node.name, tuple(ast.unparse(base) for base in node.bases))
    node = _parse(text)
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return Assignment(node.targets[0].id, ast.unparse(node.value))
    return _read_attribute(text)


def _parse(text: str) -> ast.stmt:
    body = ast.parse(text).body
    if len(body) != 1:
        raise SyntaxError(f"no declaration: {text}")
    return body[0]


def _read_attribute(text: str) -> Attribute:
    node = _parse(text)
    if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
        raise SyntaxError(f"no declaration: {text}")
    default = ast.unparse(node.value) if node.value else None
    return Attribute(node.target.id, ast.unparse(node.annotation), default)


def _read_signature(text: str) -> Signature:
    node = ast.parse(f"{text}: ...").body[0]
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        raise SyntaxError(f"no declaration: {text}")
    returns = ast.unparse(node.returns) if node.returns else None
    return Signature(
        node.name,
        tuple(_read_parameters(node.args)),
        returns,
        is_async=isinstance(node, ast.AsyncFunctionDef),
    )


def _read_parameters(given: ast.arguments) -> Iterable[Parameter]:
    first = len(given.posonlyargs) + len(given.args) - len(given.defaults)
    for index, one in enumerate([*given.posonlyargs, *given.args]):
        kind = Kind.POSITION_ONLY if index < len(given.posonlyargs) else Kind.EITHER
        yield _parameter(one, kind, given.defaults[index - first] if index >= first else None)
    if given.vararg:
        yield _parameter(given.vararg, Kind.ANY_POSITIONS, None)
    for one, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        yield _parameter(one, Kind.NAME_ONLY, default)
    if given.kwarg:
        yield _parameter(given.kwarg, Kind.ANY_NAMES, None)


def _parameter(node: ast.arg, kind: Kind, default: ast.expr | None) -> Parameter:
    return Parameter(
        node.arg,
        kind,
        ast.unparse(node.annotation) if node.annotation else None,
        ast.unparse(default) if default else None,
    )

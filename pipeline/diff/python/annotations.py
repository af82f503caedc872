"""Annotations of Python as plain text in one spelling, and which of two takes more values.

Layout, quotes, ``Optional`` or ``| None``, and the place that a name is imported from make no
difference. Containers are compared by what they hold, as if nobody changed them in place.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from functools import cache
from typing import TypeAlias

Resolve: TypeAlias = Callable[[str], str]
"""Gives the name by which a reader knows what a dotted name of the source stands for."""

Member: TypeAlias = tuple["str | tuple[str, str]", tuple["Type", ...]]
"""One alternative: its name, or the kind and text of a literal; and what stands in brackets."""
Type: TypeAlias = frozenset[Member]
"""The alternatives of an annotation."""


class Relation(Enum):
    """What a new annotation takes, beside the old."""

    SAME = "the same"
    WIDER = "more"
    NARROWER = "less"
    OTHER = "other"


UNSET = "Unset"

_BUILTINS = {"Dict": "dict", "FrozenSet": "frozenset", "List": "list", "Set": "set",
             "Tuple": "tuple", "Type": "type"}  # fmt: skip
# What a value of the first is as well (PEP 484 for the numbers).
_PARENTS = {
    "OpenStrEnum": ("str",), "StrEnum": ("str",), "OpenIntEnum": ("int",), "IntEnum": ("int",),
    "bool": ("int",), "int": ("float",), "str": ("Sequence",), "bytes": ("Sequence",),
    "list": ("Sequence",), "tuple": ("Sequence",), "dict": ("Mapping",), "set": ("Collection",),
    "frozenset": ("Collection",), "Sequence": ("Collection",), "Mapping": ("Collection",),
    "Collection": ("Iterable",), "Generator": ("Iterator",), "Iterator": ("Iterable",),
    "datetime.datetime": ("datetime.date",),
}  # fmt: skip
_EVERYTHING = ("Any", "object")


def normalise(text: str, resolve: Resolve = str) -> str:
    """Return an annotation in the one spelling; raises SyntaxError for what is no expression."""
    return ast.unparse(_respell(_parse(text), resolve))


def normalise_value(text: str, resolve: Resolve = str) -> str:
    """Return any other expression, such as a default, with its names as readers know them."""
    tree = _Names(resolve).visit(_parse(text))
    return ast.unparse(tree)


def relate(old: str, new: str, parents: Mapping[str, tuple[str, ...]]) -> Relation:
    """Tell whether ``new`` takes the values that ``old`` takes, more, fewer, or others.

    ``parents`` names the bases of the classes of the package.
    """
    before, after = read_type(old), read_type(new)
    if before == after:
        return Relation.SAME
    known = {**_PARENTS, **parents}
    wider, narrower = _is_within(before, after, known), _is_within(after, before, known)
    if wider and narrower:
        return Relation.SAME
    return Relation.WIDER if wider else Relation.NARROWER if narrower else Relation.OTHER


def without(text: str, name: str) -> str:
    """Return an annotation without one of its alternatives, unless it is the only one."""
    kept = [one for one in _alternatives(_parse(text)) if ast.unparse(one) != name]
    return ast.unparse(_join(kept)) if kept else text


def admits(text: str, name: str) -> bool:
    """Tell whether an annotation names this as one of its alternatives."""
    return any(ast.unparse(one) == name for one in _alternatives(_parse(text)))


@cache
def names_in(text: str) -> frozenset[str]:
    """Return all names in an annotation, at any depth."""
    return frozenset(_names(read_type(text)))


@cache
def read_type(text: str) -> Type:
    """Return the alternatives of an annotation in the one spelling."""
    return _read(_parse(text))


def _parse(text: str) -> ast.expr:
    return ast.parse(text.strip(), mode="eval").body


class _Names(ast.NodeTransformer):
    """Puts the names that readers know for those of the source."""

    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return _parse(self._resolve(node.id))

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        dotted = _dotted(node)
        if dotted:
            return _parse(self._resolve(dotted))
        return ast.Attribute(self.visit(node.value), node.attr, ast.Load())


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        base = _dotted(node.value)
        return f"{base}.{node.attr}" if base else ""
    return node.id if isinstance(node, ast.Name) else ""


def _respell(node: ast.expr, resolve: Resolve) -> ast.expr:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _respell(_parse(node.value), resolve)
    if name := _dotted(node):
        known = resolve(name)
        return _parse(_BUILTINS.get(known, known))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _join([_respell(one, resolve) for one in (node.left, node.right)])
    if isinstance(node, ast.List):
        return ast.List([_respell(one, resolve) for one in node.elts], ast.Load())
    if isinstance(node, ast.Subscript):
        origin = ast.unparse(_respell(node.value, resolve))
        if origin == "Literal":
            return ast.Subscript(_parse(origin), node.slice, ast.Load())
        items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        spelled = [_respell(one, resolve) for one in items]
        if origin == "Union":
            return _join(spelled)
        if origin == "Optional":
            return _join([*spelled, ast.Constant(None)])
        if origin == "Annotated":
            return spelled[0]
        inner = spelled[0] if len(spelled) == 1 else ast.Tuple(spelled, ast.Load())
        return ast.Subscript(_parse(origin), inner, ast.Load())
    return node


def _join(nodes: list[ast.expr]) -> ast.expr:
    """Join alternatives, each once, in their order."""
    distinct = {ast.unparse(one): one for node in nodes for one in _alternatives(node)}
    first, *rest = distinct.values()
    joined = first
    for one in rest:
        joined = ast.BinOp(joined, ast.BitOr(), one)
    return joined


def _alternatives(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        yield from _alternatives(node.left)
        yield from _alternatives(node.right)
    else:
        yield node


def _read(node: ast.expr) -> Type:
    members: set[Member] = set()
    for one in _alternatives(node):
        if not isinstance(one, ast.Subscript):
            inner = one.elts if isinstance(one, ast.List) else []
            name = "[]" if isinstance(one, ast.List) else ast.unparse(one)
            members.add((name, tuple(_read(item) for item in inner)))
            continue
        items = one.slice.elts if isinstance(one.slice, ast.Tuple) else [one.slice]
        origin = ast.unparse(one.value)
        if origin == "Literal":
            for item in items:
                value = item.value if isinstance(item, ast.Constant) else None
                members.add(((type(value).__name__, ast.unparse(item)), ()))
        else:
            members.add((origin, tuple(_read(item) for item in items)))
    return frozenset(members)


def _names(kind: Type) -> Iterator[str]:
    for name, inner in kind:
        yield name if isinstance(name, str) else f"Literal[{name[1]}]"
        for one in inner:
            yield from _names(one)


def _is_within(one: Type, other: Type, parents: Mapping[str, tuple[str, ...]]) -> bool:
    return all(any(_member_is(mine, its, parents) for its in other) for mine in one)


def _member_is(one: Member, other: Member, parents: Mapping[str, tuple[str, ...]]) -> bool:
    name, inner = one
    other_name, other_inner = other
    if one == other or other_name in _EVERYTHING:
        return True
    if name == other_name:
        if not other_inner:
            return True
        return len(inner) == len(other_inner) and all(
            _is_within(mine, its, parents) for mine, its in zip(inner, other_inner, strict=True)
        )
    if not isinstance(name, str):
        return _member_is((name[0], ()), other, parents)
    return any(
        _member_is((parent, inner), other, parents)
        for parent in parents.get(name, ())
        if parent != name
    )

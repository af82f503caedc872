"""A Python package as griffe reads it, with names and declarations as its users know them.

Nothing of the package is imported. griffe gives what is written; what attrs makes of a class is
left to the caller.
"""

from __future__ import annotations

import ast
import logging
from collections.abc import Collection, Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeGuard

import griffe

from pipeline.diff.python.annotations import normalise, normalise_value
from pipeline.diff.python.declarations import (
    Assignment,
    Attribute,
    ClassHead,
    Kind,
    Parameter,
    Signature,
)
from pipeline.faults import BadInput, Fault, Place

# Modules whose names are known without them.
_PLAIN_MODULES = ("builtins", "collections.abc", "typing", "typing_extensions")
_CALLS = "pipeline"

_KINDS = {
    griffe.ParameterKind.positional_only: Kind.POSITION_ONLY,
    griffe.ParameterKind.positional_or_keyword: Kind.EITHER,
    griffe.ParameterKind.var_positional: Kind.ANY_POSITIONS,
    griffe.ParameterKind.keyword_only: Kind.NAME_ONLY,
    griffe.ParameterKind.var_keyword: Kind.ANY_NAMES,
}
# griffe tells of names that it cannot resolve; a file that it cannot read is found out here.
logging.getLogger("griffe").setLevel(logging.CRITICAL)


class _NoteCalls(griffe.Extension):
    """Keeps, for each method, the names whose attributes it uses: griffe drops the body."""

    def on_function_instance(
        self, *, node: ast.AST | griffe.ObjectNode, func: griffe.Function, **_: Any
    ) -> None:
        assert isinstance(node, ast.AST)
        if func.parent is None or not func.parent.is_class or func.name.startswith("_"):
            return
        func.extra[_CALLS]["uses"] = {
            (one.value.id, one.attr)
            for one in ast.walk(node)
            if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name)
        }


class Package:
    """A package that was read."""

    def __init__(
        self, module: griffe.Module, plain: tuple[str, ...], named: Collection[str]
    ) -> None:
        self.module = module
        self._plain = plain
        self._named = named
        self._open: set[str] = set()
        self._resolve = cache(self._find_name)
        self._spell = cache(self._normalise)

    @cached_property
    def exports(self) -> tuple[str, ...]:
        """The names in ``__all__``."""
        return exports_of(self.module)

    def find_module(self, path: str) -> griffe.Module | None:
        """Return a module by its dotted path within the package; None where there is none."""
        found: griffe.Object | griffe.Alias = self.module
        for name in path.split("."):
            if name not in found.members:
                return None
            found = found.members[name]
        return found if isinstance(found, griffe.Module) else None

    def follow(self, path: str) -> griffe.Object | None:
        """Return what a full dotted path stands for in this package; None for foreign names."""
        head, _, rest = path.partition(".")
        if head != self.module.name:
            return None
        found: griffe.Object | griffe.Alias = self.module
        for name in rest.split(".") if rest else ():
            if name not in found.members:
                return None
            found = found.members[name]
            if isinstance(found, griffe.Alias):
                target = self.follow(found.target_path)
                if target is None:
                    return None
                found = target
        assert isinstance(found, griffe.Object)
        return found

    def path_of(self, scope: griffe.Object, dotted: str) -> str:
        """Return the full path of a name that a module uses."""
        first, _, rest = dotted.partition(".")
        member = scope.module.members.get(first)
        if isinstance(member, griffe.Alias):
            path = member.target_path
        else:
            path = first if member is None else member.path
        return f"{path}.{rest}" if rest else path

    def spell(self, scope: griffe.Object, expression: object, *, value: bool = False) -> str:
        """Return an annotation, or a value, with its names as a reader knows them."""
        return self._spell(scope.module, str(expression), value)

    def _normalise(self, module: griffe.Module, text: str, value: bool) -> str:
        def resolve(dotted: str) -> str:
            return self._resolve(module, dotted)

        return normalise_value(text, resolve) if value else normalise(text, resolve)

    def _find_name(self, module: griffe.Module, dotted: str) -> str:
        path = self.path_of(module, dotted)
        found = self.follow(path)
        if _is_alias(found) and path not in self._named and path not in self._open:
            # What users cannot name is what it stands for; one that names itself stays.
            self._open.add(path)
            spelled = self.spell(found, found.value)
            self._open.discard(path)
            return spelled
        home, _, name = path.rpartition(".")
        if home in _PLAIN_MODULES or path.split(".")[0] in self._plain:
            return name
        return path

    def read_class(self, cls: griffe.Class) -> ClassHead:
        """Return a class with its bases."""
        return ClassHead(cls.name, tuple(self.spell(cls, base) for base in cls.bases))

    def read_function(self, function: griffe.Function) -> Signature:
        """Return the signature of a function; of a method without its first parameter."""
        parameters = [
            Parameter(
                one.name,
                _KINDS[one.kind or griffe.ParameterKind.positional_or_keyword],
                None if one.annotation is None else self.spell(function, one.annotation),
                None
                if one.default is None or one.kind in _STARRED
                else self._read_default(function, one.default),
            )
            for one in function.parameters
        ]
        is_method = function.parent is not None and function.parent.is_class
        decorators = {str(one.value) for one in function.decorators}
        named = [name for name in ("classmethod", "staticmethod") if name in decorators]
        if is_method and "staticmethod" not in named:
            parameters = parameters[1:]
        return Signature(
            function.name,
            tuple(parameters),
            None if function.returns is None else self.spell(function, function.returns),
            is_async="async" in function.labels,
            decorator=f"@{named[0]}" if named else "",
        )

    def _read_default(self, scope: griffe.Object, default: object) -> str:
        text = str(default)
        is_name = text.replace(".", "").isidentifier()
        found = self.follow(self.path_of(scope, text)) if is_name else None
        if isinstance(found, griffe.Attribute) and isinstance(found.parent, griffe.Module):
            constant = str(found.value)
            if constant[:1].isdigit():
                return constant  # what it is, since callers get that
        return self.spell(scope, text, value=True)

    def read_attribute(self, attribute: griffe.Attribute) -> Attribute | Assignment:
        """Return a field, property or attribute with its annotation; a bare name with its value."""
        value = attribute.value
        default = None if value is None else self._read_default(attribute, value)
        if "property" in attribute.labels:
            return Attribute(
                attribute.name, self.spell(attribute, attribute.annotation or "Any"), None, True
            )
        if attribute.annotation is None:
            return Assignment(attribute.name, default or "...")
        return Attribute(attribute.name, self.spell(attribute, attribute.annotation), default)


def _is_alias(found: griffe.Object | None) -> TypeGuard[griffe.Attribute]:
    """Tell whether this is another name of a type, which a module gives it."""
    return (
        isinstance(found, griffe.Attribute)
        and isinstance(found.parent, griffe.Module)
        and str(found.annotation) in ("None", "TypeAlias")
        and isinstance(found.value, griffe.ExprBinOp | griffe.ExprSubscript)
    )


_STARRED = (griffe.ParameterKind.var_positional, griffe.ParameterKind.var_keyword)


def read_package(
    folder: Path, plain: tuple[str, ...] = (), named: Collection[str] = frozenset()
) -> Package:
    """Read the package in ``folder``; names of the packages in ``plain`` are shown without them.

    ``named`` holds the paths of the other names of types that are kept. Raises BadInput where there
    is no package, and for a file that is no Python.
    """
    if not (folder / "__init__.py").is_file():
        raise BadInput(Fault(Place(str(folder)), "no Python package is here; name its folder"))
    loader = griffe.GriffeLoader(
        search_paths=[folder.parent],
        extensions=griffe.load_extensions(_NoteCalls),
        allow_inspection=False,
        store_source=False,
    )
    try:
        module = loader.load(folder.name, try_relative_path=False)
    except (griffe.LoadingError, UnicodeDecodeError, ValueError, SyntaxError):
        _require_readable(folder, frozenset())
        raise
    assert isinstance(module, griffe.Module)
    _require_readable(folder, {one.path for one in _walk(module)})
    return Package(module, (folder.name, *plain), named)


def uses_of(function: griffe.Function) -> set[tuple[str, str]]:
    """Return each name and attribute of it that the body of a function uses."""
    found: set[tuple[str, str]] = function.extra[_CALLS].get("uses", set())
    return found


def exports_of(module: griffe.Module) -> tuple[str, ...]:
    """Return the names in a module's ``__all__``, in their order."""
    return tuple(str(name) for name in module.exports or ())


def _walk(module: griffe.Module) -> Iterator[griffe.Module]:
    yield module
    for one in module.members.values():
        if isinstance(one, griffe.Module):
            yield from _walk(one)


def _require_readable(folder: Path, known: Collection[str]) -> None:
    """Raise BadInput for the first file that griffe passed over since it is no Python."""
    for path in sorted(folder.rglob("*.py")):
        relative = path.relative_to(folder.parent).with_suffix("")
        parts = relative.parts[:-1] if relative.name == "__init__" else relative.parts
        if ".".join(parts) in known:
            continue
        try:
            ast.parse(path.read_bytes(), filename=str(path))
        except SyntaxError as error:
            place = Place(str(path), error.lineno, error.offset)
            raise BadInput(Fault(place, f"{error.msg}: regenerate the client")) from None
        except ValueError:
            raise BadInput(Fault(Place(str(path)), "is no Python: regenerate the client")) from None

"""What the reference holds, and how docstrings become it: hooks of Sphinx, used by docs/conf.py."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from enum import Enum
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docutils.nodes import Element, TextElement
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

CLIENT = "harness_nextgen"
SANDBOX = "harness_nextgen_sandbox"

_CODE = re.compile(r"(``.+?``|`[^`]+`)")
_MARKUP = re.compile(r"[*|]|(?<=\w)_(?!\w)")
_NAPOLEON = 500
"""When napoleon rewrites docstrings, as all listeners do that name no other priority."""


def connect(app: Sphinx) -> None:
    """Connect the hooks."""
    app.connect("autodoc-process-docstring", prepare, priority=_NAPOLEON - 1)
    app.connect("autodoc-process-docstring", restore, priority=_NAPOLEON + 1)
    app.connect("autodoc-process-signature", drop_constructor)
    app.connect("autodoc-process-bases", show_public_base)
    app.connect("autodoc-skip-member", skip_member)
    app.connect("missing-reference", find_by_last_name)


def list_public() -> Iterator[str]:
    """Yield the name of everything that the reference must describe."""
    client = import_module(CLIENT)
    types = import_module(f"{CLIENT}.types")
    for name in client.__all__:
        # What both export is described once.
        yield f"{CLIENT}.types.{name}" if name in types.__all__ else f"{CLIENT}.{name}"
    for module in ("errors", "models", "types"):
        exporting = import_module(f"{CLIENT}.{module}")
        for name in exporting.__all__:
            yield f"{CLIENT}.{module}.{name}"
            yield from _list_parts(f"{CLIENT}.{module}.{name}", getattr(exporting, name))
    for resource in list_resources():
        name = f"{resource.__module__}.{resource.__qualname__}"
        yield name
        yield from (f"{name}.{method}" for method in list_methods(resource))
    yield f"{CLIENT}.Harness.with_options"
    yield f"{CLIENT}.AsyncHarness.with_options"
    yield from (f"{SANDBOX}.{name}" for name in import_module(SANDBOX).__all__)
    yield f"{SANDBOX}.pytest_plugin.harness_sandbox"


def list_resources() -> Iterator[type]:
    """Yield the classes of the client's resources, each in its blocking form."""
    package = import_module(f"{CLIENT}.resources")
    for found in iter_modules(package.__path__):
        module = import_module(f"{package.__name__}.{found.name}")
        for name, value in vars(module).items():
            own = inspect.isclass(value) and value.__module__ == module.__name__
            if own and name.endswith("Resource") and not name.startswith("Async"):
                yield value


def list_methods(resource: type) -> Iterator[str]:
    """Yield the names of a resource's methods."""
    return (
        name
        for name, value in vars(resource).items()
        if inspect.isfunction(value) and not name.startswith("_")
    )


def prepare(
    app: Sphinx, what: str, name: str, value: Any, options: object, lines: list[str]
) -> None:
    """Make a docstring ready for napoleon.

    Texts of an API are Markdown or plain, and what reStructuredText would read into them is
    escaped; a model gets its fields with their types.
    """
    fields = _list_fields(value) if inspect.isclass(value) else {}
    if what == "data":
        lines[:] = _find_text_of_data(name.rsplit(".", 1)[-1], value)
    elif what == "class" and fields:
        lines[:] = _describe_model(value, fields, lines)
    elif str(getattr(value, "__module__", "")).startswith(f"{CLIENT}."):
        lines[:] = map(escape, lines)
    app.env.temp_data["docstring"] = (name, list(lines))


def drop_constructor(
    app: Sphinx, what: str, name: str, value: Any, options: object, arguments: str, returned: str
) -> None:
    """Leave out what a class is made from: its text says it, where readers make one themselves."""
    if what in ("class", "exception"):
        app.env.current_document.autodoc_annotations.pop(name, None)


def restore(
    app: Sphinx, what: str, name: str, value: Any, options: object, lines: list[str]
) -> None:
    """Take back what napoleon makes of an attribute's text: a type of the words before a colon."""
    if what in ("attribute", "data", "property") and app.env.temp_data["docstring"][0] == name:
        lines[:] = app.env.temp_data["docstring"][1]


def escape(line: str) -> str:
    """Escape what reStructuredText would obey, but in code."""
    parts = _CODE.split(line)
    return "".join(
        part if index % 2 else _MARKUP.sub(r"\\\g<0>", part) for index, part in enumerate(parts)
    )


def show_public_base(
    app: Sphinx, name: str, value: type, options: object, bases: list[type]
) -> None:
    """Name the nearest base that is public, where a class derives from one that is not."""
    if any(base.__name__.startswith("_") for base in bases):
        public = (base for base in value.__mro__[1:] if not base.__name__.startswith("_"))
        bases[:] = [next(public)]


def skip_member(
    app: Sphinx, what: str, name: str, value: Any, skip: bool, options: object
) -> bool | None:
    """Show the members of enums, which have no docstrings; leave out what a client alone makes."""
    if name == "__init__":
        return True if "client" in inspect.signature(value).parameters else None
    return False if isinstance(value, Enum) and isinstance(value, str | int) else None


def find_by_last_name(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, content: TextElement
) -> Element | None:
    """Find what a docstring or an annotation names by the last part of its name alone."""
    if node.get("refdomain") != "py":
        return None
    domain = env.domains.python_domain
    last = node["reftarget"].rsplit(".", 1)[-1]
    if last.endswith(("Resource", "WithRawResponse")):
        last = last.removeprefix("Async").removesuffix("WithRawResponse")
    found = [
        known
        for known, entry in domain.objects.items()
        if known.rsplit(".", 1)[-1] == last and entry.objtype in ("class", "data", "exception")
        if not entry.aliased
    ]
    if len(found) != 1:
        return None
    return domain.resolve_xref(
        env,
        node["refdoc"],
        app.builder,
        "obj",
        found[0],
        node,
        content,
    )


def _list_parts(name: str, value: Any) -> Iterator[str]:
    """Yield the names of what a model or an enum consists of."""
    if not inspect.isclass(value):
        return
    for field in _list_fields(value):
        yield f"{name}.{field}"
    if issubclass(value, Enum) and issubclass(value, str | int):
        for member in value:
            yield f"{name}.{member.name}"
    if value.__name__ == "CallOptions":
        for option in value.__annotations__:
            yield f"{name}.{option}"


def _list_fields(kind: type) -> dict[str, str]:
    """Return the fields of a model with their types as written; nothing for what is none."""
    from harness_nextgen_runtime.model import MapModel

    if not issubclass(kind, MapModel):
        return {}
    return {
        name: str(annotation)
        for name, annotation in kind.__annotations__.items()
        if not name.startswith("_")
    }


def _find_text_of_data(name: str, value: Any) -> list[str]:
    """Return what the source says of a value that is no class, wherever it is defined."""
    from sphinx.pycode import ModuleAnalyzer

    package = import_module(f"{CLIENT}_runtime")
    for found in iter_modules(package.__path__, f"{package.__name__}."):
        if getattr(import_module(found.name), name, None) is value:
            told = ModuleAnalyzer.for_module(found.name).find_attr_docs()
            if ("", name) in told:
                return told["", name]
    return []


def _describe_model(kind: type, fields: dict[str, str], lines: list[str]) -> list[str]:
    """Replace the section about a model's fields by an entry with a type for each of them."""
    begin = lines.index("Attributes:") if "Attributes:" in lines else len(lines)
    told: dict[str, str] = {}
    name = ""
    for line in lines[begin + 1 :]:
        found = re.match(r"    (\w+): (.*)", line)
        if found and found[1] in fields:
            name = found[1]
            told[name] = found[2]
        elif name:
            told[name] += f" {line.strip()}"
    described = [escape(line) for line in lines[:begin]] + [""]
    for name, annotation in fields.items():
        text = escape(told.get(name, ""))
        described += [f".. attribute:: {name}", f"   :type: {annotation}", "", f"   {text}", ""]
    return described

"""What became of the Python surface of a client between two trees, as its callers meet it.

Severity is what a program sees that was right with the old client: it fails or does not pass a
type check (breaking), it goes on and may meet what it does not expect (dangerous), or it goes on.
Callers are taken to read what methods return and to make what they take; so a field that may be
left out breaks those who read it, and one that must be given those who make it.

One edit is told once. A method of ``AsyncHarness`` that changes as that of ``Harness`` does, its
raw form, and the low-level functions of the same operation are told with the method.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from pipeline.diff.change import PythonChange, Severity
from pipeline.diff.python.classes import (
    compare_fields,
    compare_heads,
    compare_members,
    find_moved,
    find_renamed_fields,
    is_enum,
    judge_added_member,
    judge_type,
)
from pipeline.diff.python.declarations import (
    Assignment,
    Attribute,
    ClassHead,
    Declaration,
    Signature,
    read_declaration,
)
from pipeline.diff.python.edits import Edit, Parents, touched_names
from pipeline.diff.python.folding import fold_edits
from pipeline.diff.python.renames import Renames, find_renames
from pipeline.diff.python.roles import find_roles
from pipeline.diff.python.signatures import compare_signatures
from pipeline.diff.python.surface import IMPORT, name_methods, twins_of
from pipeline.values import Json

_PATH_PARAMETER = re.compile(r"\{[^}]*\}")


def compare_python(old: Json, new: Json) -> list[PythonChange]:
    """Return each change of the surface that a caller can notice, in the order of symbols.

    What the runtime exports is compared where both surfaces hold it.
    """
    renames = find_renames(old, new)
    with_runtime = old["runtime"] is not None and new["runtime"] is not None
    comparison = _Comparison(
        _Side(old, renames, with_runtime=with_runtime),
        _Side(new, Renames({}, {}), with_runtime=with_runtime),
        renames,
    )
    clients = [*old["clients"], *new["clients"]]
    told = fold_edits(list(comparison.compare()), clients, name_methods(old, new))
    return [
        PythonChange(
            symbol,
            edit.severity,
            _quote(edit.what),
            edit.before and _quote(edit.before),
            edit.after and _quote(edit.after),
        )
        for symbol, edit in sorted(told, key=lambda one: (one[0], one[1].key))
    ]


class _Side:
    """One surface, with its symbols under the names that they have in the new one."""

    def __init__(self, surface: Json, renames: Renames, *, with_runtime: bool) -> None:
        self._twins = twins_of(surface)
        self._renames = renames
        self._own: dict[str, str | None] = {
            **surface["symbols"],
            **(surface["runtime"] if with_runtime else {}),
        }
        self._names = {renames.follow(one): one for one in (*self._twins.list_twins(), *self._own)}
        self._found: dict[str, Declaration | str | None] = {}
        self.clients: list[str] = [renames.follow(one) for one in surface["clients"]]
        self.symbols = frozenset(renames.follow(one) for one in self._own)

    def name(self, symbol: str) -> str:
        """Return what a symbol is called on this side."""
        found: str = self._names.get(symbol, symbol)
        return found

    def find(self, symbol: str) -> Declaration | str | None:
        """Return what is declared; a text for what is imported, None for what is not there."""
        if symbol not in self._found:
            self._found[symbol] = self._read(symbol)
        return self._found[symbol]

    def holds_methods(self, resource: str) -> bool:
        """Tell whether a resource has methods on this side, whatever they are called now."""
        return any(one.startswith(f"{resource}.") for one in self._own)

    def declared(self) -> dict[str, Declaration]:
        """Return all that is written down of this side."""
        found: dict[str, Declaration] = {}
        for symbol in self.symbols:
            declared = self.find(symbol)
            if declared is not None and not isinstance(declared, str):
                found[symbol] = declared
        return found

    def find_own(self, name: str) -> Declaration | str | None:
        """Return what is declared of a symbol of this side, in the names of this side."""
        text = self._own[name] if name in self._own else self._twins.find(name)
        return text if text is None or text.startswith(IMPORT) else read_declaration(text)

    def _read(self, symbol: str) -> Declaration | str | None:
        was = self._names.get(symbol)
        if was is None:
            return None
        found = self.find_own(was)
        if found is None or isinstance(found, str):
            return found
        text = str(found)
        respelled = self._renames.respell(text)
        return found if respelled == text else read_declaration(respelled)


class _Comparison:
    """Two surfaces, and what holds for all of their symbols."""

    def __init__(self, old: _Side, new: _Side, renames: Renames) -> None:
        self._old = old
        self._new = new
        self._renamed = frozenset(renames.symbols)
        before, after = old.declared(), new.declared()
        self._roles = find_roles(before)
        self._parents = _find_parents({**after, **before})
        self._symbols = sorted(old.symbols | new.symbols)
        # Told with another: what is in a class that is gone, a field that has another name.
        self._settled: set[str] = set()

    def compare(self) -> Iterator[tuple[str, Edit]]:
        """Yield each edit with its symbol: the old one for what is gone or has another name."""
        for symbol in self._symbols:
            if symbol in self._settled or any(one in self._settled for one in _homes(symbol)):
                continue
            if self._is_inner(symbol):
                continue
            was = self._old.name(symbol)
            before, after = self._old.find(symbol), self._new.find(symbol)
            if was in self._renamed:
                what = f"`{was}` is called `{symbol}`"
                shown = _show(self._old.find_own(was)), _show(after)
                yield was, Edit(("renamed",), Severity.BREAKING, what, *shown)
            if before is None and after is None:
                continue
            if before is None or after is None:
                yield from self._compare_presence(symbol, before, after)
            elif isinstance(before, ClassHead) and isinstance(after, ClassHead):
                yield from self._compare_classes(symbol, before, after)
            elif before != after:
                for edit in self._compare_declared(symbol, before, after):
                    yield symbol, edit

    def _is_inner(self, symbol: str) -> bool:
        """Tell whether this makes what callers are only given, such as pages and errors."""
        home, _, name = symbol.rpartition(".")
        is_type = home.startswith(("types.", "errors."))
        cls = home.rpartition(".")[2].removeprefix("Async")
        return name == "__init__" and is_type and not self._roles.is_made(cls)

    def _compare_presence(
        self, symbol: str, before: Declaration | str | None, after: Declaration | str | None
    ) -> Iterator[tuple[str, Edit]]:
        side, declared = (self._new, after) if before is None else (self._old, before)
        if self._is_resource(symbol, declared):
            if side.holds_methods(symbol):
                return  # told by them
        else:
            self._settled.add(symbol)
        if before is None:
            severity, note = self._judge_added(symbol, declared)
            yield symbol, Edit(("added",), severity, f"it was added{note}", None, _show(after))
        else:
            yield (
                self._old.name(symbol),
                Edit(("removed",), Severity.BREAKING, "it is gone", _show(before), None),
            )

    def _judge_added(self, symbol: str, declared: Declaration | str | None) -> tuple[Severity, str]:
        home = self._new.find(_home(symbol))
        if not isinstance(home, ClassHead):
            return Severity.COMPATIBLE, ""
        if isinstance(declared, Assignment):
            return judge_added_member(home, self._roles), ""
        is_given = isinstance(declared, Attribute) and not declared.is_property
        if not is_given or not _is_model(_home(symbol)):
            return Severity.COMPATIBLE, ""
        if isinstance(declared, Attribute) and declared.is_required:
            if self._roles.is_made(home.name):
                return Severity.BREAKING, " and must be given"
            return Severity.COMPATIBLE, ""
        return Severity.COMPATIBLE, ""

    def _compare_classes(
        self, symbol: str, before: ClassHead, after: ClassHead
    ) -> Iterator[tuple[str, Edit]]:
        for edit in compare_heads(before, after, self._roles, self._parents):
            yield symbol, edit
        if is_enum(before) != is_enum(after):
            self._settled.add(symbol)
        elif is_enum(before):
            yield from self._compare_values(symbol)
        elif _is_model(symbol):
            yield from self._compare_constructors(symbol, after.name)

    def _compare_values(self, symbol: str) -> Iterator[tuple[str, Edit]]:
        """Tell the members of an enum that have another name for the same value."""
        gone = self._list_values(symbol, self._old, self._new)
        come = self._list_values(symbol, self._new, self._old)
        for value, name in gone.items():
            if value in come:
                self._settled |= {f"{symbol}.{name}", f"{symbol}.{come[value]}"}
                yield (
                    f"{symbol}.{name}",
                    Edit(("renamed", name, come[value]), Severity.BREAKING,
                         f"`{name}` is called `{come[value]}`",
                         f"{name} = {value}", f"{come[value]} = {value}"),
                )  # fmt: skip

    def _list_values(self, symbol: str, side: _Side, other: _Side) -> dict[str, str]:
        found = {one: side.find(one) for one in side.symbols if _home(one) == symbol}
        return {
            its.value: its.name
            for one, its in found.items()
            if isinstance(its, Assignment) and other.find(one) is None
        }

    def _compare_constructors(self, symbol: str, name: str) -> Iterator[tuple[str, Edit]]:
        """Tell the fields with another name, and those that change the places of arguments."""
        before = self._old.find(f"{symbol}.__init__")
        after = self._new.find(f"{symbol}.__init__")
        self._settled.add(f"{symbol}.__init__")
        if not isinstance(before, Signature) or not isinstance(after, Signature):
            return
        mine, theirs = (
            [
                found
                for one in signature.parameters
                if isinstance(found := side.find(f"{symbol}.{one.name}"), Attribute)
            ]
            for side, signature in ((self._old, before), (self._new, after))
        )
        renamed = find_renamed_fields(mine, theirs)
        for one, other in renamed.items():
            self._settled |= {f"{symbol}.{one}", f"{symbol}.{other}"}
            yield (
                f"{symbol}.{one}",
                Edit(("renamed", one, other), Severity.BREAKING, f"`{one}` is called `{other}`",
                     _show(self._old.find(f"{symbol}.{one}")),
                     _show(self._new.find(f"{symbol}.{other}"))),
            )  # fmt: skip
        if not self._roles.is_made(name):
            return
        places = find_moved(before, after, renamed, mine, theirs)
        if places is None:
            return
        for cause in places.causes or ("",):
            what = (
                f"`{cause}` stands before others, whose places move for callers by position"
                if cause
                else "its arguments have other places for callers by position"
            )
            edit = Edit(("place", cause), places.severity, what, before.show(), after.show())
            yield f"{symbol}.{cause}" if cause else symbol, edit

    def _compare_declared(
        self, symbol: str, before: Declaration | str, after: Declaration | str
    ) -> Iterator[Edit]:
        if isinstance(before, Signature) and isinstance(after, Signature):
            yield from compare_signatures(before, after, self._parents)
        elif isinstance(before, Attribute) and isinstance(after, Attribute):
            yield from self._compare_attributes(symbol, before, after)
        elif isinstance(before, Assignment) and isinstance(after, Assignment):
            is_operation = before.name == after.name == "OPERATION"
            yield from (
                _compare_operations(before, after, is_renamed=self._old.name(symbol) != symbol)
                if is_operation
                else compare_members(before, after)
            )
        else:
            kinds = tuple(_say_kind(one) for one in (before, after))
            what = f"it is {kinds[1]} now, was {kinds[0]}"
            self._settled.add(symbol)
            yield Edit(("kind",), Severity.BREAKING, what, _show(before), _show(after))

    def _compare_attributes(
        self, symbol: str, before: Attribute, after: Attribute
    ) -> Iterator[Edit]:
        home = self._old.find(_home(symbol))
        if not isinstance(home, ClassHead):
            # A resource, or a name for a type, whose value is the type.
            is_alias = before.annotation == after.annotation == "TypeAlias"
            types = [str(one.default if is_alias else one.annotation) for one in (before, after)]
            made, read = self._roles.is_made(after.name), self._roles.is_read(after.name)
            severity = judge_type(types[0], types[1], made=made, read=read, parents=self._parents)
            if severity is not None:
                yield Edit(("type",), severity, f"it is `{types[1]}`, was `{types[0]}`",
                           str(before), str(after), touched_names(types[0], types[1]))  # fmt: skip
            return
        name = home.name if symbol.count(".") > 1 else ""
        yield from compare_fields(
            before,
            after,
            made=self._roles.is_made(name) and symbol.count(".") > 1,
            read=self._roles.is_read(name) or symbol.count(".") == 1,
            parents=self._parents,
        )

    def _is_resource(self, symbol: str, declared: Declaration | str | None) -> bool:
        is_attribute = isinstance(declared, Attribute) and not declared.is_property
        return is_attribute and symbol.partition(".")[0] in (*self._old.clients, *self._new.clients)


def _compare_operations(
    old_text: Assignment, new_text: Assignment, *, is_renamed: bool
) -> Iterator[Edit]:
    """Tell where a function sends its request: programs go on, and ask another address.

    That errors name it otherwise is told where its module is not called otherwise anyway.
    """
    old, new = (_read_call(one.value) for one in (old_text, new_text))
    before, after = (_PATH_PARAMETER.split(one["path"]) for one in (old, new))
    if old["method"] != new["method"] or before != after:
        key = ("operation",) if len(before) == len(after) else ("operation", "arguments")
        what = f"it sends {new['method']} {new['path']}, was {old['method']} {old['path']}"
        yield Edit(key, Severity.DANGEROUS, what, str(old_text), str(new_text))
    if old["id"] != new["id"] and not is_renamed:
        what = f"errors name the operation `{new['id']}`, was `{old['id']}`"
        yield Edit(("operation-id",), Severity.DANGEROUS, what, str(old_text), str(new_text))


def _read_call(text: str) -> dict[str, str]:
    call = ast.parse(text, mode="eval").body
    assert isinstance(call, ast.Call)
    return {str(one.arg): ast.literal_eval(one.value) for one in call.keywords}


def _find_parents(declared: Mapping[str, Declaration]) -> Parents:
    return {
        one.name: tuple(base.partition("[")[0] for base in one.bases)
        for one in declared.values()
        if isinstance(one, ClassHead)
    }


def _show(declared: Declaration | str | None) -> str | None:
    if isinstance(declared, Signature):
        return declared.abridge(())
    return None if declared is None else str(declared)


def _quote(text: str) -> str:
    """Return a text with the quotes that the formatter of the client puts."""
    return text if '"' in text else text.replace("'", '"')


def _say_kind(declared: Declaration | str) -> str:
    if isinstance(declared, Signature):
        return "a function"
    if isinstance(declared, ClassHead):
        return "an enum" if is_enum(declared) else "a class"
    if isinstance(declared, Attribute):
        return "a property" if declared.is_property else "an attribute"
    return "a value" if isinstance(declared, Assignment) else "an import"


def _is_model(symbol: str) -> bool:
    return symbol.startswith("models.")


def _home(symbol: str) -> str:
    return symbol.rpartition(".")[0]


def _homes(symbol: str) -> Iterator[str]:
    while symbol := _home(symbol):
        yield symbol

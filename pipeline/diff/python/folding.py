"""Tell an edit once that shows in many declarations.

A method stands for its twin in the asynchronous client, for its raw form, and for the low-level
functions of its operation; a field for the argument of the constructor.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from pipeline.diff.python.edits import Edit
from pipeline.diff.python.twins import FORMS, RAW

Told = tuple[str, Edit]
_STATED = (".decode_success", ".sync")
"""The functions of a low-level module that the others follow from."""
_FUNCTIONS = (*FORMS, "decode_success", "sync")


def fold_edits(
    found: Sequence[Told], clients: Collection[str], methods: Mapping[str, str]
) -> list[Told]:
    """Return the edits without those that tell the same; the worst severity of them holds.

    ``methods`` names the method for each low-level module.
    """
    told = _fold_forms(found, clients)
    told = _fold_operations(told, methods)
    return _fold_fields(told)


def _fold_forms(found: Sequence[Told], clients: Collection[str]) -> list[Told]:
    groups: dict[tuple[str, tuple[str, ...]], list[Told]] = {}
    for symbol, edit in found:
        groups.setdefault((_plain_name(symbol, clients), edit.key), []).append((symbol, edit))
    told: list[Told] = []
    for (plain, _), members in groups.items():
        members.sort(key=lambda one: (_rank(one[0], plain), one[0]))
        symbol, first = members[0]
        rest = [edit for _, edit in members[1:] if _tells_more(edit, first)]
        severity = max(edit.severity for _, edit in members if edit not in rest)
        stands_for_all = len(members) > 1 or symbol.endswith(_STATED)
        shown = plain if stands_for_all else symbol
        told.append((shown, replace(first, severity=severity)))
        told += [(shown, edit) for edit in rest[:1]]
    return told


def _fold_operations(found: Sequence[Told], methods: Mapping[str, str]) -> list[Told]:
    places = {(symbol, edit.key): index for index, (symbol, edit) in enumerate(found)}
    told: list[Told | None] = list(found)
    for index, (symbol, edit) in enumerate(found):
        method = methods.get(symbol)
        if method is None:
            continue
        place = places.get((method, edit.key))
        if edit.key == ("operation", "arguments"):
            place = _find_argument(found, method)
        if place is None:
            if edit.key[0].startswith("operation"):
                told[index] = (method, edit)
            continue
        kept = told[place]
        assert kept is not None
        mine = kept[1]
        if edit.key == ("returns",):
            # What a low-level function returns has errors beside it, which judge it coarsely.
            if not _tells_more(edit, mine):
                told[index] = None
            continue
        is_more = edit.key in (("renamed",), ("operation", "arguments"))
        what = f"{mine.what}; {edit.what}" if is_more else mine.what
        told[place] = (method, replace(mine, what=what, severity=max(mine.severity, edit.severity)))
        told[index] = None
    return [one for one in told if one is not None]


def _find_argument(found: Sequence[Told], method: str) -> int | None:
    """Find the argument of a method that came to its path, or left it."""
    keys = ("argument-added", "argument-removed")
    places = [index for index, (symbol, edit) in enumerate(found)
              if symbol == method and edit.key[0] in keys]  # fmt: skip
    return places[0] if places else None


def _fold_fields(found: Sequence[Told]) -> list[Told]:
    """Fold what the constructor repeats, and the place of a field into what became of it."""
    fields = {symbol: index for index, (symbol, edit) in enumerate(found) if edit.key[0] != "place"}
    told: list[Told | None] = list(found)
    for index, (symbol, edit) in enumerate(found):
        home, _, name = symbol.rpartition(".")
        if edit.key[0] == "place":
            field = symbol
        elif name == "__init__" and edit.key[0].startswith("argument-"):
            field = f"{home}.{edit.key[1]}"
        else:
            continue
        place = fields.get(field)
        kept = told[place] if place is not None else None
        if place is None or kept is None:
            continue
        mine = kept[1]
        what = f"{mine.what}; {edit.what}" if edit.severity > mine.severity else mine.what
        told[place] = (field, replace(mine, what=what, severity=max(mine.severity, edit.severity)))
        told[index] = None
    return [one for one in told if one is not None]


def _plain_name(symbol: str, clients: Collection[str]) -> str:
    """Return the symbol that stands for this one and its other forms."""
    steps = [step for step in symbol.split(".") if step != RAW]
    if steps[0] in clients:
        steps[0] = _blocking(steps[0], clients)
    elif steps[0] == "types" and len(steps) > 1:
        steps[1] = steps[1].removeprefix("Async")
    elif steps[0] == "api" and len(steps) == 4 and steps[3] in _FUNCTIONS:
        steps.pop()
    return ".".join(steps)


def _blocking(name: str, clients: Collection[str]) -> str:
    plain = name.removeprefix("Async")
    return plain if plain in clients else name


def _rank(symbol: str, plain: str) -> int:
    """Put the symbol itself first, and the function that the others follow from."""
    if symbol == plain:
        return 0
    return 1 if symbol.endswith(".sync") or RAW not in symbol else 2


def _tells_more(edit: Edit, than: Edit) -> bool:
    """Tell whether a result changed in a way that the other edit does not show."""
    implied = {"None", "RawResponse"}
    if not than.touched.isdisjoint({"Download", "AsyncDownload"}):
        implied |= {"File", "bytes"}
    return not edit.touched <= than.touched | implied

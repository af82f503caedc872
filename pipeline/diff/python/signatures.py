"""What became of the arguments and the result of a function, and whom that breaks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from pipeline.diff.change import Severity
from pipeline.diff.python.annotations import UNSET, without
from pipeline.diff.python.declarations import Kind, Parameter, Signature
from pipeline.diff.python.edits import Edit, Parents, judge_given, judge_taken, touched_names

_BY_POSITION = (Kind.POSITION_ONLY, Kind.EITHER)
_BY_NAME = (Kind.EITHER, Kind.NAME_ONLY)
_OPEN = (Kind.ANY_POSITIONS, Kind.ANY_NAMES)


def compare_signatures(old: Signature, new: Signature, parents: Parents) -> Iterator[Edit]:
    """Yield each difference of two functions as their callers meet it."""
    renamed = find_renamed(old.parameters, new.parameters)
    before = {one.name: one for one in old.parameters}
    after = {one.name: one for one in new.parameters}

    # What only a list of pages takes comes and goes with it.
    implied = {"prefetch"} if _is_walked(old) != _is_walked(new) else set[str]()

    def tell(key: tuple[str, ...], severity: Severity, what: str, *names: str) -> Edit:
        return Edit(key, severity, what, old.abridge(names), new.abridge(names))

    for name, parameter in before.items():
        if name in renamed:
            other = renamed[name]
            is_named = parameter.kind in _BY_NAME
            severity = Severity.BREAKING if is_named else Severity.COMPATIBLE
            what = f"the argument `{name}` is called `{other}`"
            yield tell(("argument-renamed", name, other), severity, what, name, other)
        elif name not in after and name not in implied:
            what = f"the argument `{_starred(parameter)}` is gone"
            yield tell(("argument-removed", name), Severity.BREAKING, what, name)
    for name, parameter in after.items():
        if name not in {*before, *renamed.values(), *implied}:
            severity, note = _judge_added(parameter, old, new, renamed)
            what = f"the argument `{_starred(parameter)}` was added{note}"
            yield tell(("argument-added", name), severity, what, name)
    for name, parameter in before.items():
        other_parameter = after.get(renamed.get(name, name))
        if other_parameter is not None:
            names = (name, other_parameter.name)
            pushed = _find_pushed(other_parameter.name, old, new, renamed)
            for edit in _compare_parameters(parameter, other_parameter, pushed, parents):
                yield tell(edit.key, edit.severity, edit.what, *names)
    if moved := _find_moved(old, new, renamed):
        what = f"the arguments {_list(moved)} changed places"
        yield tell(("arguments-reordered",), Severity.BREAKING, what, *moved)
    if old.is_async != new.is_async:
        what = "it must be awaited now" if new.is_async else "it is not awaited any more"
        yield tell(("awaited",), Severity.BREAKING, what)
    if old.decorator != new.decorator:
        what = f"it is {new.decorator or 'a plain method'} now"
        yield tell(("decorator",), Severity.BREAKING, what)
    gave, gives = old.returns or "Any", new.returns or "Any"
    judged = judge_given(gave, gives, parents)
    if judged is not None:
        edit = tell(("returns",), judged, f"it returns `{gives}`, was `{gave}`", *implied)
        yield replace(edit, touched=touched_names(gave, gives))


def find_renamed(old: Sequence[Parameter], new: Sequence[Parameter]) -> dict[str, str]:
    """Find the parameters that evidently have a new name only.

    Each is alone between the same neighbours on both sides, of the same type and default.
    """
    common = {one.name for one in old} & {one.name for one in new}
    found: dict[str, str] = {}
    theirs = _split(new, common)
    for place, mine in _split(old, common).items():
        others = theirs.get(place, [])
        if len(mine) == len(others) == 1:
            one, other = mine[0], others[0]
            if replace(one, name=other.name) == other:
                found[one.name] = other.name
    return found


def _split(
    parameters: Sequence[Parameter], common: set[str]
) -> dict[tuple[Kind, str, str], list[Parameter]]:
    """Group the parameters of one side only by kind and by their neighbours of both sides."""
    groups: dict[tuple[Kind, str, str], list[Parameter]] = {}
    for index, one in enumerate(parameters):
        if one.name not in common:
            before = next((p.name for p in reversed(parameters[:index]) if p.name in common), "")
            after = next((p.name for p in parameters[index:] if p.name in common), "")
            groups.setdefault((one.kind, before, after), []).append(one)
    return groups


def _judge_added(
    parameter: Parameter, old: Signature, new: Signature, renamed: Mapping[str, str]
) -> tuple[Severity, str]:
    if parameter.is_required:
        return Severity.BREAKING, " and must be given"
    pushed = _find_pushed(parameter.name, old, new, renamed)
    if pushed:
        return Severity.BREAKING, f" before `{pushed}`, which moves for callers by position"
    return Severity.COMPATIBLE, ""


def _compare_parameters(
    old: Parameter, new: Parameter, pushed: str, parents: Parents
) -> Iterator[Edit]:
    name = new.name
    if old.kind is not new.kind:
        ways = [one for one in (_BY_POSITION, _BY_NAME) if old.kind in one and new.kind not in one]
        severity = Severity.BREAKING if ways or pushed else Severity.COMPATIBLE
        what = f"the argument `{name}` is given {new.kind.value}, was {old.kind.value}"
        what += f", and stands before `{pushed}`" if pushed else ""
        yield Edit(("argument-kind", name), severity, what)
    before, after = old.annotation or "Any", new.annotation or "Any"
    if old.is_required != new.is_required:
        if new.is_required:
            what = f"the argument `{name}` must be given"
            yield Edit(("argument-required", name), Severity.BREAKING, what)
        else:
            what = f"the argument `{name}` may be left out"
            yield Edit(("argument-optional", name), Severity.COMPATIBLE, what)
        before, after = without(before, UNSET), without(after, UNSET)
    elif old.default != new.default:
        key = ("argument-default", name, str(old.default), str(new.default))
        what = f"the default of `{name}` is `{new.default}`, was `{old.default}`"
        yield Edit(key, Severity.DANGEROUS, what)
    judged = judge_taken(before, after, parents)
    if judged is not None:
        what = f"the argument `{name}` takes `{after}`, was `{before}`"
        yield Edit(("argument-type", name, before, after), judged, what)


def _find_moved(old: Signature, new: Signature, renamed: Mapping[str, str]) -> list[str]:
    """Find the positional parameters that are in another order."""
    before, after = _list_positional(old, renamed), _list_positional(new, {})
    first = [name for name in before if name in after]
    second = [name for name in after if name in before]
    return [name for name, other in zip(first, second, strict=True) if name != other]


def _find_pushed(name: str, old: Signature, new: Signature, renamed: Mapping[str, str]) -> str:
    """Return the positional parameter that one pushes that was given by name alone, if any."""
    before, after = _list_positional(old, renamed), _list_positional(new, {})
    if name in before or name not in after:
        return ""
    return next((one for one in after[after.index(name) :] if one in before), "")


def _list_positional(signature: Signature, renamed: Mapping[str, str]) -> list[str]:
    return [
        renamed.get(one.name, one.name) for one in signature.parameters if one.kind in _BY_POSITION
    ]


def _is_walked(signature: Signature) -> bool:
    return (signature.returns or "").partition("[")[0] in ("Pages", "AsyncPages")


def _starred(parameter: Parameter) -> str:
    return f"{parameter.kind.value if parameter.kind in _OPEN else ''}{parameter.name}"


def _list(names: Sequence[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)

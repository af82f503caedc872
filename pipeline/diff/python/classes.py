"""What became of the classes, fields and members of enums, and whom that breaks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.diff.change import Severity
from pipeline.diff.python.annotations import UNSET, Relation, admits, relate, without
from pipeline.diff.python.declarations import Assignment, Attribute, ClassHead, Kind, Signature
from pipeline.diff.python.edits import Edit, Parents, judge_given, judge_taken
from pipeline.diff.python.roles import Roles

_OPEN = {"OpenStrEnum": "StrEnum", "OpenIntEnum": "IntEnum"}
_ENUMS = frozenset({"Enum", "enum.Enum", "enum.StrEnum", "enum.IntEnum", *_OPEN, *_OPEN.values()})
_MAPS = ("MapModel", "Model")


def is_enum(head: ClassHead) -> bool:
    """Tell whether a class is an enum."""
    return not _ENUMS.isdisjoint(head.bases)


def is_open(head: ClassHead) -> bool:
    """Tell whether an enum takes values that it does not list."""
    return not _OPEN.keys().isdisjoint(head.bases)


def say_kind(head: ClassHead) -> str:
    """Return what a class is in a word."""
    return "an enum" if is_enum(head) else "a class"


def compare_heads(old: ClassHead, new: ClassHead, roles: Roles, parents: Parents) -> Iterator[Edit]:
    """Yield what another base means to callers."""
    if old.bases == new.bases:
        return
    if is_enum(old) != is_enum(new):
        yield _edit(("kind",), Severity.BREAKING, f"it is {say_kind(new)} now, was {say_kind(old)}",
                    old, new)  # fmt: skip
        return
    made, read = roles.is_made(old.name), roles.is_read(old.name)
    if is_enum(old) and is_open(old) != is_open(new):
        if is_open(new):
            severity = Severity.DANGEROUS if read else Severity.COMPATIBLE
            what = "it takes values that it does not list now"
        else:
            severity, what = Severity.BREAKING, "it refuses values that it does not list now"
        yield _edit(("openness",), severity, what, old, new)
        if {_OPEN.get(one, one) for one in old.bases} == {_OPEN.get(one, one) for one in new.bases}:
            return
    before, after = _member_type(old), _member_type(new)
    if before and after:
        judged = judge_type(before, after, made=made, read=read, parents=parents)
        if judged is not None:
            what = f"its further members are `{after}`, were `{before}`"
            yield _edit(("additional", before, after), judged, what, old, new)
        return
    lost = [one for one in old.bases if one not in new.bases]
    gained = [one for one in new.bases if one not in old.bases]
    # A base that another one has anyway is not lost.
    if missed := [one for one in lost if not _has_base(new, one, parents)]:
        what = f"it is no {_list(missed)} any more"
        yield _edit(("bases",), Severity.BREAKING, what, old, new)
    elif gained:
        yield _edit(("bases",), Severity.COMPATIBLE, f"it is a {_list(gained)} too", old, new)


def compare_fields(
    old: Attribute, new: Attribute, *, made: bool, read: bool, parents: Parents
) -> Iterator[Edit]:
    """Yield what became of a field or property: for whom reads it, and for whom gives it."""
    name = new.name
    said: list[str] = []
    worst: list[Severity] = []

    def say(severity: Severity, what: str) -> None:
        worst.append(severity)
        said.append(what)

    if old.is_property != new.is_property:
        if new.is_property:
            say(Severity.BREAKING if made else Severity.COMPATIBLE,
                f"`{name}` is a property: it can be read and not given")  # fmt: skip
        else:
            say(Severity.COMPATIBLE, f"`{name}` is a field now")
    for setting, what in (("init", "given"), ("kw_only", "given by position")):
        is_default = "True" if setting == "init" else "False"
        before, after = (one.setting.get(setting, is_default) for one in (old, new))
        if before != after:
            lost = after != is_default
            say(Severity.BREAKING if lost and made else Severity.COMPATIBLE,
                f"`{name}` can{'not' if lost else ''} be {what}")  # fmt: skip
    before, after = old.annotation, new.annotation
    if not old.is_property and not new.is_property and old.is_required != new.is_required:
        if new.is_required:
            say(Severity.BREAKING if made else Severity.COMPATIBLE, f"`{name}` must be given")
            if admits(before, UNSET) and not admits(after, UNSET):
                before = without(before, UNSET)
        else:
            unset = admits(after, UNSET) and not admits(before, UNSET)
            say(Severity.BREAKING if unset and read else Severity.COMPATIBLE,
                f"`{name}` may be left out" + (", and is UNSET then" if unset else ""))  # fmt: skip
            after = without(after, UNSET) if unset else after
    elif old.default != new.default and made and not (old.setting or new.setting):
        say(Severity.DANGEROUS, f"the default of `{name}` is `{new.default}`, was `{old.default}`")
    severity = judge_type(before, after, made=made, read=read, parents=parents)
    if severity is not None:
        say(severity, f"`{name}` is `{after}`, was `{before}`")
    if said:
        yield _edit(("field", name, *said), max(worst), "; ".join(said), old, new)


def compare_members(old: Assignment, new: Assignment) -> Iterator[Edit]:
    """Yield what became of a member of an enum, or of another name of something.

    A member is used by its name, so programs go on with another value. What they kept or compare
    as text does not match it any more, and nothing tells them.
    """
    if old.value != new.value:
        what = f"the value of `{new.name}` is `{new.value}`, was `{old.value}`"
        yield _edit(("value", old.value, new.value), Severity.DANGEROUS, what, old, new)


def judge_type(old: str, new: str, *, made: bool, read: bool, parents: Parents) -> Severity | None:
    """Judge a type by whether callers give values of it or get them."""
    judged = [judge_taken(old, new, parents)] if made else []
    judged += [judge_given(old, new, parents)] if read else []
    known = [one for one in judged if one is not None]
    return max(known) if known else None


def judge_added_member(head: ClassHead | None, roles: Roles) -> Severity:
    """Judge a new member of an enum: callers that handle all of a closed one may meet another."""
    if head is None or is_open(head) or not roles.is_read(head.name):
        return Severity.COMPATIBLE
    return Severity.DANGEROUS


def find_renamed_fields(old: Sequence[Attribute], new: Sequence[Attribute]) -> dict[str, str]:
    """Find the fields that evidently have a new name only: the same place, type and default."""
    common = {one.name for one in old} & {one.name for one in new}
    theirs = _split(new, common)
    found: dict[str, str] = {}
    for place, mine in _split(old, common).items():
        others = theirs.get(place, [])
        if len(mine) == len(others) == 1:
            one, other = mine[0], others[0]
            if (one.annotation, one.default) == (other.annotation, other.default):
                found[one.name] = other.name
    return found


@dataclass(frozen=True, slots=True)
class Places:
    """What other places of a constructor's arguments do to those who give them by position."""

    severity: Severity
    causes: tuple[str, ...]
    """The fields that came, went or may be left out on one side; none for a mere reordering."""


def find_moved(
    old: Signature,
    new: Signature,
    renamed: Mapping[str, str],
    old_fields: Sequence[Attribute],
    new_fields: Sequence[Attribute],
) -> Places | None:
    """Tell whether an argument of a constructor that stays has another place, and why.

    Those that had to be given are given by position by many programs: they break. Others are so by
    few, who would give one for the other without notice.
    """
    before = [renamed.get(one.name, one.name) for one in old.parameters if one.kind is Kind.EITHER]
    after = [one.name for one in new.parameters if one.kind is Kind.EITHER]
    places = {name: index for index, name in enumerate(after)}
    moved = {name for index, name in enumerate(before) if places.get(name, index) != index}
    if not moved:
        return None
    must, must_now = (
        {renamed.get(one.name, one.name) for one in fields if one.is_required}
        for fields in (old_fields, new_fields)
    )
    severity = Severity.BREAKING if must & moved else Severity.DANGEROUS
    last = max((places[name] for name in moved if name in places), default=0)
    came = [name for name in after[:last] if name not in before]
    went = [name for name in before if name not in places]
    turned = [name for name in before if name in places and (name in must) != (name in must_now)]
    rest = [name for name in before if name in places and name not in turned]
    is_reordered = rest != sorted(rest, key=places.__getitem__)
    return Places(severity, () if is_reordered else (*came, *went, *turned))


def _split(fields: Sequence[Attribute], common: set[str]) -> dict[tuple[str, str], list[Attribute]]:
    groups: dict[tuple[str, str], list[Attribute]] = {}
    for index, one in enumerate(fields):
        if one.name not in common:
            before = next((f.name for f in reversed(fields[:index]) if f.name in common), "")
            after = next((f.name for f in fields[index:] if f.name in common), "")
            groups.setdefault((before, after), []).append(one)
    return groups


def _member_type(head: ClassHead) -> str | None:
    """Return the type of the members of an object that have no field."""
    for base in head.bases:
        name, _, inner = base.partition("[")
        if name in _MAPS:
            return inner.removesuffix("]") or "Any"
    return None


def _has_base(head: ClassHead, base: str, parents: Parents) -> bool:
    return any(relate(one, base, parents) in (Relation.SAME, Relation.WIDER) for one in head.bases)


def _edit(key: tuple[str, ...], severity: Severity, what: str, old: object, new: object) -> Edit:
    return Edit(key, severity, what, str(old), str(new))


def _list(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)

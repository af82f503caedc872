"""Compare the keywords of two schemas that hold a value of one type to account."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import TypeAlias

from pipeline.diff.tree import Opened, strip_wording
from pipeline.overlay.merge import same
from pipeline.values import Json, Location, is_array

Found: TypeAlias = tuple[str, Location | None, Location | None, str]
"""A rule, the places on both sides, and what was done."""

_HINTS = frozenset({"password"})
"""Formats that only tell how to show a value."""
_PYTHON_KINDS = {"date": "date", "date-time": "datetime", "uuid": "UUID", "binary": "File"}
"""The formats for which the client has a type of its own, as its generator has them."""
_RANGES = (("int32", "int64", None), ("float", "double", None))
"""The formats of numbers, each within the next."""
_LOWER = {"minLength": "length", "minItems": "count of items", "minProperties": "count of members"}
_UPPER = {"maxLength": "length", "maxItems": "count of items", "maxProperties": "count of members"}
_CONDITIONS = (
    "dependentRequired", "dependentSchemas", "propertyNames",
    "contains", "minContains", "maxContains", "unevaluatedItems",
)  # fmt: skip
_CONTENT = ("contentEncoding", "contentMediaType", "contentSchema")
_WORDING = ("title", "description", "example", "examples", "externalDocs", "$comment")
_ELSEWHERE = frozenset(
    {
        "$ref", "additionalProperties", "allOf", "anyOf", "discriminator", "items", "nullable",
        "oneOf", "patternProperties", "prefixItems", "properties", "readOnly", "required", "type",
        "writeOnly", "$defs", "definitions", "$schema", "$id", "$anchor", "if", "then",
        "else", "not", "unevaluatedProperties",
    }
)  # fmt: skip


def compare_constraints(old: Opened, new: Opened) -> Iterator[Found]:
    """Yield each edit of a keyword; of types that no value shares, nothing beyond that."""
    for keyword in _WORDING:
        yield from _compare_plain(old, new, keyword, "wording", f"the {keyword} changed")
    yield from _compare_null(old, new)
    rules, did = ("deprecated", "undeprecated"), ("is deprecated now", "is deprecated no more")
    yield from _compare_flag(old, new, "deprecated", rules, did)
    types = list(_compare_types(old, new))
    yield from types
    if not types:
        yield from _compare_formats(old, new)
        yield from _compare_limits(old, new)
    elif not _are_disjoint(old, new):
        # What comes with a type that was not there, or goes with one, is of the same edit.
        for found in _compare_limits(old, new):
            was, is_now = (_find_types(one) is not None for one in (old, new))
            if (was or found[1]) and (is_now or found[2]):
                yield found


def _compare_limits(old: Opened, new: Opened) -> Iterator[Found]:
    """Compare what a value of the same type may be."""
    yield from _compare_enums(old, new)
    yield from _compare_bounds(old, new)
    yield from _compare_rule(old, new, "pattern", "pattern")
    for keyword in _CONDITIONS:
        yield from _compare_rule(old, new, keyword, "condition")
    yield from _compare_conditionals(old, new)
    yield from _compare_unevaluated(old, new)
    for keyword in _CONTENT:
        yield from _compare_plain(old, new, keyword, "content-changed", f"{keyword} changed")
    yield from _compare_plain(old, new, "default", "default-changed", "")
    yield from _compare_plain(old, new, "xml", "xml-changed", "the XML form changed")
    yield from _compare_others(old, new)


def show(value: Json) -> str:
    """Show a value in a sentence: as JSON, shortened."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"


def join_names(names: Iterable[str]) -> str:
    """Join names in a sentence."""
    return " or ".join(names)


def say_changed(what: str, before: Json, after: Json) -> str:
    """Say that a value came, went or became another."""
    if before is None:
        return f"{what} {show(after)} was added"
    if after is None:
        return f"{what} {show(before)} was removed"
    return f"{what} changed from {show(before)} to {show(after)}"


def _compare_types(old: Opened, new: Opened) -> Iterator[Found]:
    if old.list_types() == new.list_types():
        return
    before, after = _find_types(old), _find_types(new)
    if before == after:
        return
    if _is_null_alone(old, new):
        before, after = (
            types if types is None or not one.null else types | {"null"}
            for types, one in ((before, old), (after, new))
        )
    widens, narrows = _takes(after, before), _takes(before, after)
    if widens and narrows:
        return
    rule = "type-widened" if widens else "type-narrowed" if narrows else "type-changed"
    did = f"the type changed from {_name_types(before)} to {_name_types(after)}"
    first, second = old.find("type"), new.find("type")
    yield rule, first and first[0], second and second[0], did


def _find_types(opened: Opened) -> frozenset[str] | None:
    """Find the types that a value can have: the values of an enum say theirs themselves."""
    types = opened.list_types()
    return _types_of_enum(opened) if types is None else types


def _are_disjoint(old: Opened, new: Opened) -> bool:
    before, after = _find_types(old), _find_types(new)
    if before is None or after is None:
        return False
    return not any(_takes(after, frozenset({one})) for one in before) and not any(
        _takes(before, frozenset({one})) for one in after
    )


def _takes(types: frozenset[str] | None, others: frozenset[str] | None) -> bool:
    """Tell whether each value of ``others`` is one of ``types``."""
    if types is None:
        return True
    if others is None:
        return False
    return all(one in types or (one == "integer" and "number" in types) for one in others)


def _types_of_enum(opened: Opened) -> frozenset[str] | None:
    said = opened.find("enum")
    if said is None or not is_array(said[1]):
        return None
    return _types_of(said[1])


def _types_of(values: list[Json]) -> frozenset[str]:
    return frozenset(_name_type(value) for value in values if value is not None)


def _name_type(value: Json) -> str:
    if isinstance(value, bool):
        return "boolean"
    names = {"str": "string", "int": "integer", "float": "number", "list": "array"}
    return names.get(type(value).__name__, "object")


def _name_types(types: frozenset[str] | None) -> str:
    return "any" if types is None else join_names(sorted(types)) or "none"


def _compare_null(old: Opened, new: Opened) -> Iterator[Found]:
    # What has no type takes null already.
    if _is_null_alone(old, new):
        return  # null is a type there like any other
    if old.null and not new.null and not _takes_null(new):
        yield "no-longer-nullable", old.null, None, "may be null no more"
    if new.null and not old.null and not _takes_null(old):
        yield "now-nullable", None, new.null, "may be null now"


def _is_null_alone(old: Opened, new: Opened) -> bool:
    """Tell whether one side takes null and nothing else."""
    return any(one.null and one.list_types() == frozenset() for one in (old, new))


def _takes_null(opened: Opened) -> bool:
    """Tell whether a schema that says nothing of null takes it: one that names no type does."""
    said = opened.find("enum") or opened.find("const") or opened.alternatives
    return opened.list_types() is None and not said


def _compare_flag(
    old: Opened, new: Opened, keyword: str, rules: tuple[str, str], did: tuple[str, str]
) -> Iterator[Found]:
    was, is_now = old.is_set(keyword), new.is_set(keyword)
    if was != is_now:
        first, second = old.find(keyword), new.find(keyword)
        yield rules[was], first and first[0], second and second[0], did[was]


def _compare_formats(old: Opened, new: Opened) -> Iterator[Found]:
    was, is_now = old.find("format"), new.find("format")
    before, after = (
        one and one[1] if one and one[1] not in _HINTS else None for one in (was, is_now)
    )
    if before == after:
        return
    kinds = old.list_types() or frozenset()
    did = say_changed("format", before, after)
    places = was and was[0], is_now and is_now[0]
    for ranges in _RANGES:
        if before in ranges and after in ranges and kinds <= {"integer", "number"}:
            wider = ranges.index(after) > ranges.index(before)
            yield "format-widened" if wider else "format-narrowed", *places, did
            return
    if _PYTHON_KINDS.get(str(before)) != _PYTHON_KINDS.get(str(after)):
        yield "kind-changed", *places, did
    elif before is None:
        yield "pattern-added", *places, did
    elif after is None:
        yield "pattern-dropped", *places, did
    else:
        yield "format-changed", *places, did


def _compare_enums(old: Opened, new: Opened) -> Iterator[Found]:
    was, is_now = _read_values(old), _read_values(new)
    if was is None and is_now is None:
        return
    if was is None or is_now is None:
        rule = "enum-added" if is_now else "enum-dropped"
        listed = ", ".join(show(value) for value in (is_now[1] if is_now else []))
        did = f"is limited to {listed} now" if is_now else "is limited to listed values no more"
        yield rule, was and was[0], is_now and is_now[0], did
        return
    removed = [one for one in was[1] if not _holds(is_now[1], one)]
    added = [one for one in is_now[1] if not _holds(was[1], one)]
    gone, come = (", ".join(show(one) for one in values) for values in (removed, added))
    known = _takes(_types_of(was[1]), _types_of(is_now[1]))
    if removed and added:
        did = f"the value {gone} became {come}"
        if len(removed) > 1 or len(added) > 1:
            did = f"the values {gone} became {come}"
        rule = "enum-values-changed" if known else "enum-kinds-changed"
        yield rule, was[0], is_now[0], did
    elif removed:
        did = f"the value {gone} is gone" if len(removed) == 1 else f"the values {gone} are gone"
        yield "enum-value-removed", was[0], is_now[0], did
    elif added:
        rule = "enum-value-added" if known else "enum-kind-added"
        yield rule, was[0], is_now[0], f"can be {come} now"


def _read_values(opened: Opened) -> tuple[Location, list[Json]] | None:
    """Read the values that an enum or const allows; null is told by what else says so."""
    if said := opened.find("const"):
        return said[0], [said[1]]
    found: tuple[Location, list[Json]] | None = None
    for location, values in opened.find_all("enum"):
        listed = [value for value in values if value is not None]
        if found is None:
            found = location, listed
        else:
            found = found[0], [value for value in found[1] if _holds(listed, value)]
    return found


def _holds(values: list[Json], value: Json) -> bool:
    return any(_is_equal(one, value) for one in values)


def _compare_bounds(old: Opened, new: Opened) -> Iterator[Found]:
    yield from _compare_bound(old, new, _read_least, "least value", operator.gt)
    yield from _compare_bound(old, new, _read_greatest, "greatest value", operator.lt)
    for keyword, what in _LOWER.items():
        yield from _compare_bound(old, new, _reader(keyword, 0), f"least {what}", operator.gt)
    for keyword, what in _UPPER.items():
        yield from _compare_bound(old, new, _reader(keyword, None), f"greatest {what}", operator.lt)
    yield from _compare_multiples(old, new)
    rules = ("bound-tightened", "bound-relaxed")
    did = ("may not repeat items any more", "may repeat items now")
    yield from _compare_flag(old, new, "uniqueItems", rules, did)


_Limit: TypeAlias = tuple[Fraction, int]
"""A value, and a step inwards when the limit is exclusive."""
_Bound: TypeAlias = tuple[Location | None, _Limit | None, str]
"""Where a limit stands, the limit, and how it reads."""


def _compare_bound(
    old: Opened,
    new: Opened,
    read: Callable[[Opened], _Bound],
    what: str,
    is_tighter: Callable[[_Limit, _Limit], bool],
) -> Iterator[Found]:
    (first, before, shown), (second, after, now) = read(old), read(new)
    if before == after:
        return
    if before is None or after is None:
        rule = "bound-tightened" if before is None else "bound-relaxed"
    else:
        rule = "bound-tightened" if is_tighter(after, before) else "bound-relaxed"
    yield rule, first, second, f"the {what} changed from {shown} to {now}"


def _read_least(opened: Opened) -> _Bound:
    return _read_limit(opened, "minimum", "exclusiveMinimum", 1, max)


def _read_greatest(opened: Opened) -> _Bound:
    return _read_limit(opened, "maximum", "exclusiveMaximum", -1, min)


def _read_limit(
    opened: Opened,
    keyword: str,
    exclusive: str,
    inwards: int,
    choose: Callable[[list[tuple[_Limit, Location]]], tuple[_Limit, Location]],
) -> _Bound:
    """Read the tightest limit: OpenAPI 3.0 says by a flag that it is exclusive, 3.1 by a number."""
    found: list[tuple[_Limit, Location]] = []
    for part in opened.parts:
        value, other = part.value.get(keyword), part.value.get(exclusive)
        if _is_number(value):
            step = inwards if other is True else 0
            found.append(((Fraction(str(value)), step), (*part.location, keyword)))
        if _is_number(other):
            found.append(((Fraction(str(other)), inwards), (*part.location, exclusive)))
    if not found:
        return None, None, "none"
    limit, location = choose(found)
    return location, limit, f"{_show_number(limit[0])}{' (exclusive)' if limit[1] else ''}"


def _reader(keyword: str, default: int | None) -> Callable[[Opened], _Bound]:
    def read(opened: Opened) -> _Bound:
        found = [one for one in opened.find_all(keyword) if _is_number(one[1])]
        if not found:
            limit = None if default is None else (Fraction(default), 0)
            return None, limit, "none" if default is None else str(default)
        choose = min if default is None else max
        location, value = choose(found, key=lambda one: one[1])
        return location, (Fraction(str(value)), 0), _show_number(Fraction(str(value)))

    return read


def _compare_multiples(old: Opened, new: Opened) -> Iterator[Found]:
    was, is_now = old.find("multipleOf"), new.find("multipleOf")
    before = Fraction(str(was[1])) if was else None
    after = Fraction(str(is_now[1])) if is_now else None
    if before == after:
        return
    if before is None or (after is not None and (after / before).denominator == 1):
        rule = "bound-tightened"
    elif after is None or (before / after).denominator == 1:
        rule = "bound-relaxed"
    else:
        rule = "bound-changed"
    did = say_changed("multipleOf", was and was[1], is_now and is_now[1])
    yield rule, was and was[0], is_now and is_now[0], did


def _compare_rule(old: Opened, new: Opened, keyword: str, kind: str) -> Iterator[Found]:
    was, is_now = old.find(keyword), new.find(keyword)
    if was is None and is_now is None:
        return
    if keyword == "minContains":  # which is 1 where it is left out
        was, is_now = (None if one and one[1] == 1 else one for one in (was, is_now))
    if was is None and is_now is None:
        return
    if was and is_now and _is_equal(strip_wording(was[1]), strip_wording(is_now[1])):
        return
    ending = "changed" if was and is_now else "added" if is_now else "dropped"
    did = say_changed(
        f"the {keyword}" if kind == "pattern" else f"`{keyword}`",
        *(one and one[1] for one in (was, is_now)),
    )
    yield f"{kind}-{ending}", was and was[0], is_now and is_now[0], did


def _compare_conditionals(old: Opened, new: Opened) -> Iterator[Found]:
    """Compare ``if``, ``then`` and ``else``, which are one condition."""
    was, is_now = _read_conditional(old), _read_conditional(new)
    if was is None and is_now is None:
        return
    if was and is_now and _is_equal(strip_wording(was[1]), strip_wording(is_now[1])):
        return
    ending = "changed" if was and is_now else "added" if is_now else "dropped"
    did = f"a condition by `if` was {'removed' if ending == 'dropped' else ending}"
    yield f"condition-{ending}", was and was[0], is_now and is_now[0], did


def _read_conditional(opened: Opened) -> tuple[Location, Json] | None:
    said = opened.find("if")
    if said is None:
        return None
    rest = [found and found[1] for found in (opened.find("then"), opened.find("else"))]
    return (said[0], [said[1], *rest]) if any(one is not None for one in rest) else None


def _compare_unevaluated(old: Opened, new: Opened) -> Iterator[Found]:
    keyword = "unevaluatedProperties"
    was, is_now = old.find(keyword), new.find(keyword)
    before, after = (True if one is None else one[1] for one in (was, is_now))
    if _is_equal(before, after):
        return
    rule = "condition-changed"
    if after is False or before is True:
        rule = "members-closed"
    elif before is False or after is True:
        rule = "members-opened"
    yield rule, was and was[0], is_now and is_now[0], f"`{keyword}` changed"


def _compare_plain(old: Opened, new: Opened, keyword: str, rule: str, did: str) -> Iterator[Found]:
    was, is_now = old.find(keyword), new.find(keyword)
    if was is None and is_now is None:
        return
    if was and is_now and _is_equal(was[1], is_now[1]):
        return
    said = did or say_changed(f"the {keyword}", was and was[1], is_now and is_now[1])
    yield rule, was and was[0], is_now and is_now[0], said


def _compare_others(old: Opened, new: Opened) -> Iterator[Found]:
    """Tell of keywords that no standard has: an extension does nothing by itself."""
    known = {
        *_CONDITIONS, *_CONTENT, *_WORDING, *_ELSEWHERE, *_LOWER, *_UPPER, "default", "xml",
        "deprecated", "format", "enum", "const", "pattern", "minimum", "maximum", "multipleOf",
        "exclusiveMinimum", "exclusiveMaximum", "uniqueItems",
    }  # fmt: skip
    names = dict.fromkeys(key for part in (*old.parts, *new.parts) for key in part.value)
    for keyword in names:
        if keyword not in known:
            rule = "extension-changed" if keyword.startswith("x-") else "unknown-changed"
            yield from _compare_plain(old, new, keyword, rule, f"`{keyword}` changed")


def _is_equal(one: Json, other: Json) -> bool:
    """Tell whether two values are one in JSON, where 10 and 10.0 are the same number."""
    if _is_number(one) and _is_number(other):
        return bool(one == other)
    return same(one, other)


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _show_number(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else str(float(value))

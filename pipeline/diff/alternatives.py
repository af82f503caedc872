"""Compare what a value can be one of: ``oneOf``, ``anyOf``, and discriminators between them."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.diff.constraints import join_names, show
from pipeline.diff.pair import Pair, is_component, is_open, read_shape
from pipeline.diff.tree import ALTERNATIVES, Choice, Opened, Roots, Tree
from pipeline.values import Json, Location, is_object


def compare_alternatives(pair: Pair) -> None:
    """Compare the lists of alternatives that both sides have, and tell of others."""
    olds = {choice.keyword: choice for choice in pair.before.alternatives}
    news = {choice.keyword: choice for choice in pair.after.alternatives}
    if olds.keys() != news.keys() and len(olds) == len(news) == 1:
        was, is_now = *olds.values(), *news.values()
        rule = "choice-widened" if is_now.keyword == "anyOf" else "choice-narrowed"
        did = f"{was.keyword} became {is_now.keyword}"
        pair.tell(rule, was.location, is_now.location, did)
        _match(pair, was.roots, is_now, was.location)
        return
    for keyword in ALTERNATIVES:
        if keyword in olds and keyword in news:
            _match(pair, olds[keyword].roots, news[keyword], olds[keyword].location)
        elif keyword in olds:
            place = olds[keyword].location
            pair.tell("alternatives-removed", place, pair.new[0], f"{keyword} was removed")
        elif keyword in news:
            place = news[keyword].location
            pair.tell("alternatives-added", pair.old[0], place, f"{keyword} was added")


def compare_choice_with_one(pair: Pair) -> bool:
    """Compare a choice with a schema that is one of it; False where this is not the case."""
    before, after = pair.before, pair.after
    if len(before.alternatives) + len(after.alternatives) != 1:
        return False
    plain, chosen = (after, before) if before.alternatives else (before, after)
    if not plain.parts or any(chosen.find(one) for one in ("properties", "items", "enum")):
        return False
    if not plain.only and not any(
        plain.find(one) for one in ("type", "properties", "items", "enum", "additionalProperties")
    ):
        return False
    choice = chosen.alternatives[0]
    only = (
        plain.only[0].roots if plain.only else (pair.new if before.alternatives else pair.old)[:1]
    )
    if before.alternatives:
        alone = Choice(choice.keyword, pair.new[0], only)
        _match(pair, choice.roots, alone, choice.location)
    else:
        _match(pair, only, choice, pair.old[0])
    return True


def compare_discriminators(pair: Pair) -> None:
    """Compare what tells alternatives apart, and what its values mean."""
    keyword = "discriminator"
    was, is_now = _find_discriminator(pair.before), _find_discriminator(pair.after)
    if was is None and is_now is None:
        return
    if was is None or is_now is None:
        rule = f"{keyword}-added" if is_now else f"{keyword}-removed"
        did = "has a discriminator now" if is_now else "has no discriminator any more"
        pair.tell_of(keyword, rule, was, is_now, did)
        return
    (first, one), (second, other) = was, is_now
    name, now = one.get("propertyName"), other.get("propertyName")
    if name != now:
        did = f"the discriminator changed from {show(name)} to {show(now)}"
        pair.tell(f"{keyword}-changed", first, second, did)
    _compare_mappings(pair, (*first, "mapping"), (*second, "mapping"))


def name_alternative(tree: Tree, location: Location) -> str:
    """Name an alternative for a person: the component, its title, or what it says."""
    end = tree.follow(location)
    if is_component(end):
        return f"`{end[-1]}`"
    node = tree.at(end)
    if is_object(node) and isinstance(node.get("title"), str):
        return show(node["title"])
    kinds = tree.open((location,)).list_types()
    return join_names(sorted(kinds)) if kinds else show(node)


def _match(pair: Pair, olds: Roots, choice: Choice, at_old: Location) -> None:
    """Pair the alternatives of both sides and compare the pairs; the rest came or went."""
    left = list(choice.roots)
    unmatched: list[Location] = []
    for one in olds:
        if other := _find_counterpart(pair, one, left):
            left.remove(other)
            pair.add((one,), (other,))
        else:
            unmatched.append(one)
    for one in list(unmatched):
        if alike := [other for other in left if _is_alike(pair, one, other)]:
            left.remove(alike[0])
            unmatched.remove(one)
            pair.add((one,), (alike[0],))
    for one in unmatched:
        did = f"the alternative {name_alternative(pair.old_tree, one)} was removed"
        pair.tell("alternative-removed", one, choice.location, did)
    for other in left:
        did = f"the alternative {name_alternative(pair.new_tree, other)} was added"
        rule = "alternative-added"
        if choice.keyword == "oneOf" and _overlaps(pair.new_tree, other, choice.roots):
            rule = "alternative-overlaps"
        pair.tell(rule, at_old, other, did)


def _find_counterpart(pair: Pair, one: Location, others: Iterable[Location]) -> Location | None:
    """Find the same component on the other side, or else the same schema."""
    end = pair.old_tree.follow(one)
    rest = list(others)
    if is_component(end):
        for other in rest:
            if pair.new_tree.follow(other) == end:
                return other
    shape = read_shape(pair.old_tree, (one,))
    for other in rest:
        if read_shape(pair.new_tree, (other,)) == shape:
            return other
    return None


def _is_alike(pair: Pair, one: Location, other: Location) -> bool:
    """Tell whether an alternative can be an edited form of another."""
    first, second = pair.old_tree.follow(one), pair.new_tree.follow(other)
    both = is_component(first) and is_component(second)
    if both and not _is_renamed(pair, first, second):
        return False  # one of the two is still there under its name
    before, after = pair.old_tree.open((one,)), pair.new_tree.open((other,))
    if before.list_types() != after.list_types():
        return False
    olds, news = before.list_properties(), after.list_properties()
    return (not olds and not news) or bool(olds.keys() & news.keys())


def _is_renamed(pair: Pair, was: Location, is_now: Location) -> bool:
    return pair.new_tree.at(was) is None and pair.old_tree.at(is_now) is None


def _overlaps(tree: Tree, one: Location, others: Iterable[Location]) -> bool:
    """Tell whether values fit two alternatives, of which only one may: integers, or all."""
    rest = [other for other in others if other != one]
    if any(is_open(tree, (place,)) for place in (one, *rest)):
        return True
    numbers = frozenset({"integer", "number"})
    kinds = tree.open((one,)).list_types()
    return bool(kinds and kinds <= numbers) and any(
        (tree.open((other,)).list_types() or frozenset()) & numbers for other in rest
    )


def _compare_mappings(pair: Pair, first: Location, second: Location) -> None:
    olds, news = (
        said if is_object(said) else {}
        for said in (pair.old_tree.at(first), pair.new_tree.at(second))
    )
    there = _list_alternatives(pair.old_tree, pair.before)
    here = _list_alternatives(pair.new_tree, pair.after)
    meant = _read_mapping(pair.old_tree, olds, there), _read_mapping(pair.new_tree, news, here)
    for value in dict.fromkeys([*olds, *news]):
        was, is_now = meant[0].get(value), meant[1].get(value)
        at_old = (*first, value) if value in olds else None
        at_new = (*second, value) if value in news else None
        if was and is_now and (was == is_now or _is_renamed(pair, was, is_now)):
            pair.add((was,), (is_now,))  # which may be no alternative
        if was == is_now:
            continue
        # An alternative that came or went takes its value along: that is told already.
        if was is None:
            if not here or is_now in there:
                did = f"the discriminator has the value {show(value)} now"
                pair.tell("mapping-added", at_old, at_new, did)
        elif is_now is None:
            if not there or was in here:
                did = f"the discriminator has no value {show(value)} any more"
                pair.tell("mapping-removed", at_old, at_new, did)
        elif not _is_renamed(pair, was, is_now):
            did = f"the value {show(value)} of the discriminator means another schema"
            pair.tell("mapping-changed", at_old, at_new, did)


def _find_discriminator(opened: Opened) -> tuple[Location, dict[str, Json]] | None:
    # No meta-schema of OpenAPI 3.1 says what it has to be.
    found = opened.find("discriminator")
    return (found[0], found[1]) if found and is_object(found[1]) else None


def _list_alternatives(tree: Tree, opened: Opened) -> set[Location]:
    choices = [*opened.alternatives, *opened.only]
    return {tree.follow(one) for choice in choices for one in choice.roots}


def _read_mapping(
    tree: Tree, mapping: dict[str, Json], alternatives: set[Location]
) -> dict[str, Location | None]:
    """Read what each value of a discriminator means: a component's name means it by itself."""
    named: dict[str, Location | None] = {
        value: (found := tree.find_schema(target)) and tree.follow(found)
        for value, target in mapping.items()
    }
    for place in alternatives:
        if is_component(place) and place not in named.values():
            named.setdefault(str(place[-1]), place)
    return named

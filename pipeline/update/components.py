"""Say what the upstream says with our components, where it says the same.

Harness writes parameters and errors out at each operation; our document names them once. And what
has a name in both may have another one. Neither is a change of the API, so the upstream's document
is first rewritten to share what ours shares, under our names, and then compared.

Both documents are walked side by side. What stands in theirs where ours refers to a component is a
candidate for that component; the most frequent one becomes its content. A place where theirs has
something else keeps it, written out.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeAlias, TypeVar

from pipeline.extract import reach_components
from pipeline.faults import BadInput, Fault, Place
from pipeline.openapi import split_pointer
from pipeline.overlay.merge import same
from pipeline.update.shape import (
    LISTS,
    MAPS,
    SETS,
    SHARED,
    How,
    find_default,
    find_part,
    follower,
    identify,
    is_reference,
    is_wording,
    pair,
)
from pipeline.values import Json, is_array, is_object

_T = TypeVar("_T", bound=Hashable)
_Pair: TypeAlias = tuple[str, Json, Json]
"""A kind of object, and one of it from each document."""
_Name: TypeAlias = tuple[str, str]
"""The section and the name of a component."""


def share_components(ours: Json, theirs: Json, path: str = "the upstream document") -> Json:
    """Return what ``theirs`` says, with the components of ``ours`` where they fit.

    The result means the same as ``theirs``. It holds the components that it needs, and those that
    ``ours`` holds without need where ``theirs`` has them. ``path`` names the document in faults.
    Raises BadInput for a reference that leads back to itself and not to a component.
    """
    return _Sharing(ours, theirs, path).share()


class Comparing:
    """Tells whether objects of two documents are the same but for their wording."""

    def __init__(self, ours: Json, theirs: Json) -> None:
        self._follow_ours = follower(ours)
        self._follow_theirs = follower(theirs)
        self._known: dict[tuple[str, int, int], bool] = {}

    def agree(self, kind: str, ours: Json, theirs: Json) -> bool:
        """Tell whether two objects say the same, references followed, words left aside."""
        first = self._follow_both(kind, ours, theirs)
        passed: set[tuple[str, int, int]] = set()
        waiting = [first]
        holds = True
        # What leads back to itself is taken for granted, which is right when all the rest agrees.
        while waiting and holds:
            pair_of_kind = waiting.pop()
            key = _identify_pair(pair_of_kind)
            if key not in passed:
                passed.add(key)
                holds = (
                    self._known[key] if key in self._known else self._look(pair_of_kind, waiting)
                )
        self._known.update(dict.fromkeys(passed if holds else [_identify_pair(first)], holds))
        return holds

    def _follow_both(self, kind: str, ours: Json, theirs: Json) -> _Pair:
        return kind, self._follow_ours(ours), self._follow_theirs(theirs)

    def _look(self, both: _Pair, waiting: list[_Pair]) -> bool:
        """Compare two objects without what is inside them, which is added to ``waiting``."""
        kind, ours, theirs = both
        if not is_object(ours) or not is_object(theirs):
            return same(ours, theirs)
        for name in {**ours, **theirs}:
            if is_wording(kind, name):
                continue
            if name not in ours or name not in theirs:
                there, absent = (ours, theirs) if name in ours else (theirs, ours)
                default = find_default(kind, name, absent)
                if default is None or not same(there[name], default):
                    return False
            elif part := find_part(kind, name):
                if not self._look_inside(part, ours[name], theirs[name], waiting):
                    return False
            elif not same(ours[name], theirs[name]):
                is_set = kind == "schema" and name in SETS
                if not is_set or not same_set(ours[name], theirs[name]):
                    return False
        return True

    def _look_inside(
        self, part: tuple[How, str], ours: Json, theirs: Json, waiting: list[_Pair]
    ) -> bool:
        how, kind = part
        if how in LISTS and is_array(ours) and is_array(theirs):
            names = identify(part, ours, theirs, self._follow_ours, self._follow_theirs)
            if set(names[0]) != set(names[1]) or (how == "sequence" and names[0] != names[1]):
                return False
        elif how in MAPS and is_object(ours) and is_object(theirs):
            mine, yours = (
                {one for one in named if not _is_extension(how, one)} for named in (ours, theirs)
            )
            if mine != yours:
                return False
        elif how != "one":
            return same(ours, theirs)
        found = pair(how, kind, ours, theirs, self._follow_ours, self._follow_theirs)
        waiting += [self._follow_both(kind, *both) for both in found]
        return True


def _identify_pair(both: _Pair) -> tuple[str, int, int]:
    kind, ours, theirs = both
    return kind, id(ours), id(theirs)


def same_set(ours: Json, theirs: Json) -> bool:
    """Tell whether two lists hold the same values, in whatever order."""
    return (
        is_array(ours)
        and is_array(theirs)
        and len(ours) == len(theirs)
        and all(any(same(one, other) for other in theirs) for one in ours)
    )


def _is_extension(how: str, name: str) -> bool:
    return how == "open map" and name.startswith("x-")


class _Sharing:
    def __init__(self, ours: Json, theirs: Json, path: str) -> None:
        self._ours = ours
        self._theirs = theirs
        self._path = path
        self._follow_ours = follower(ours)
        self._follow_theirs = follower(theirs)
        self._across = Comparing(ours, theirs)
        self._within = Comparing(theirs, theirs)
        self._named = {
            id(self._follow_theirs(one))
            for section in SHARED
            for one in self._list_components(section).values()
        }
        """The objects of theirs that are components, by identity."""
        self._seen: set[tuple[str, int, int]] = set()
        self._candidates: dict[_Name, list[Json]] = {}
        self._content: dict[_Name, Json] = {}
        """Our components, and what theirs has for each."""
        self._foreign: dict[_Name, Json] = {}
        """Components that only theirs has, by the names that they get."""
        self._names: dict[int, _Name] = {}
        """The names that objects of theirs get, by identity."""
        self._waiting: list[_Name] = []
        self._inlining: list[str] = []

    def share(self) -> Json:
        ours, theirs = (
            {key: member for key, member in one.items() if key != "components"}
            for one in (self._ours, self._theirs)
        )
        self._gather("document", ours, theirs)
        unused = self._gather_namesakes(ours)
        for name, candidates in self._candidates.items():
            self._content[name] = self._choose(name, candidates)
        for name, content in self._content.items():
            if id(content) not in self._names or self._find_namesake(name) is content:
                self._names[id(content)] = name
        value = self._build_object("document", ours, theirs)
        self._waiting += unused
        if components := self._build_components():
            value["components"] = components
        return value

    def _gather(self, kind: str, ours: Json, theirs: Json) -> None:
        """Note what theirs has wherever ours refers to a component."""
        waiting = [(kind, ours, theirs)]
        while waiting:
            kind, ours, theirs = waiting.pop()
            passed: list[_Name] = []
            while is_reference(ours) and (name := _read_name(kind, ours["$ref"])):
                ours = _find(self._ours, name)
                if name in passed:
                    break
                passed.append(name)
                self._candidates.setdefault(name, []).append(theirs)
            theirs = self._follow_theirs(theirs)
            key = (kind, id(ours), id(theirs))
            if key in self._seen or not is_object(ours) or not is_object(theirs):
                continue
            self._seen.add(key)
            for member in ours.keys() & theirs.keys():
                if not is_wording(kind, member) and (part := find_part(kind, member)):
                    how, inner = part
                    both = (ours[member], theirs[member], self._follow_ours, self._follow_theirs)
                    waiting += [(inner, *found) for found in pair(how, inner, *both)]

    def _gather_namesakes(self, ours: Json) -> list[_Name]:
        """Note what has the name of a component that no place in theirs stands for.

        Returns those of them that ours holds without need.
        """
        reached = reach_components(ours, self._ours)
        unused: list[_Name] = []
        for section, members in self._ours.get("components", {}).items():
            for name in members if section in SHARED else ():
                namesake = self._find_namesake((section, name))
                if namesake is None or (section, name) in self._candidates:
                    continue
                self._gather(SHARED[section], {"$ref": _write_name((section, name))}, namesake)
                if (section, name) not in reached:
                    unused.append((section, name))
        return unused

    def _choose(self, name: _Name, candidates: list[Json]) -> Json:
        """Return the candidate that most places have; ours breaks a tie, then the name."""
        kind = SHARED[name[0]]
        groups: list[list[Json]] = []
        known: dict[int, list[Json]] = {}
        for candidate in map(self._follow_theirs, candidates):
            group = known.get(id(candidate))
            if group is None:
                alike = (one for one in groups if self._within.agree(kind, one[0], candidate))
                if (group := next(alike, None)) is None:
                    groups.append(group := list[Json]())
                known[id(candidate)] = group
            group.append(candidate)
        ours, namesake = _find(self._ours, name), self._find_namesake(name)

        def rank(group: list[Json]) -> tuple[int, bool, bool]:
            is_namesake = any(one is namesake for one in group)
            return len(group), self._across.agree(kind, ours, group[0]), is_namesake

        best = max(groups, key=rank) if len(groups) > 1 else groups[0]
        # What is a component there has a name, under which other places refer to it.
        return next((one for one in best if one is namesake or id(one) in self._named), best[0])

    def _find_namesake(self, name: _Name) -> Json:
        return self._follow_theirs(_find(self._theirs, name))

    def _list_components(self, section: str) -> dict[str, Json]:
        found: dict[str, Json] = self._theirs.get("components", {}).get(section, {})
        return found

    def _build_components(self) -> dict[str, Json]:
        built: dict[_Name, Json] = {}
        while self._waiting:
            name = self._waiting.pop()
            if name in built:
                continue
            kind = SHARED[name[0]]
            if name in self._content:
                built[name] = self._build(kind, _find(self._ours, name), self._content[name], name)
            else:
                built[name] = self._build(kind, None, self._foreign[name])
        components: dict[str, Json] = {}
        for section, members in self._theirs.get("components", {}).items():
            if section not in SHARED and section != "examples":
                components[section] = members
        for section in SHARED:
            mine: dict[str, Json] = self._ours.get("components", {}).get(section, {})
            named = [
                self._names.get(id(self._follow_theirs(one)), (section, ""))[1]
                for one in self._list_components(section).values()
            ]
            present = {name for at, name in built if at == section}
            order = merge_order(
                [name for name in mine if name in present],
                [name for name in dict.fromkeys([*named, *sorted(present)]) if name in present],
            )
            if order:
                components[section] = {name: built[section, name] for name in order}
        return components

    def _build(self, kind: str, ours: Json, theirs: Json, within: _Name | None = None) -> Json:
        """Rewrite what theirs says at a place of ours; None where ours has nothing there.

        ``within`` is the component that is being built, which cannot stand for itself.
        """
        if not is_object(theirs):
            return theirs
        if is_reference(ours):
            name = _read_name(kind, ours["$ref"])
            if (
                name in self._content
                and name != within
                and self._within.agree(kind, self._content[name], theirs)
            ):
                return self._refer(name)
            if is_reference(theirs):
                return self._build_reference(kind, None, theirs)
            ours = self._follow_ours(ours)
        if is_reference(theirs):
            return self._build_reference(kind, ours, theirs)
        return self._build_object(kind, ours, theirs)

    def _build_reference(self, kind: str, ours: Json, theirs: Json) -> Json:
        reference = theirs["$ref"]
        target = self._follow_theirs(theirs)
        name = self._name_target(kind, theirs)
        if is_object(ours) and reference not in self._inlining:
            is_ours = name in self._content
            if (
                name is None
                or self._across.agree(kind, ours, target)
                or (not is_ours and _resemble(kind, ours, target))
            ):
                return self._write_out(kind, ours, reference, target)
        if name is not None:
            return self._refer(name)
        if reference in self._inlining:
            message = f"the reference {reference!r} leads back to itself: make it a component"
            raise BadInput(Fault(Place(self._path), message))
        return self._write_out(kind, ours, reference, target)

    def _write_out(self, kind: str, ours: Json, reference: str, target: Json) -> Json:
        self._inlining.append(reference)
        built = self._build(kind, ours, target)
        self._inlining.pop()
        return built

    def _name_target(self, kind: str, theirs: dict[str, Json]) -> _Name | None:
        """Return the name that gets what a reference leads to; None for what is no component."""
        last = theirs
        target = _find(self._theirs, _read_name(kind, last["$ref"]))
        while is_reference(target) and target is not theirs:
            last = target
            target = _find(self._theirs, _read_name(kind, last["$ref"]))
        name = _read_name(kind, last["$ref"])
        if name is None or target is None:
            return None
        if id(target) not in self._names:
            section, base = name
            number = 1
            while name in self._content or name in self._foreign:
                number += 1
                name = (section, f"{base}{number}")
            self._names[id(target)] = name
            self._foreign[name] = target
        return self._names[id(target)]

    def _refer(self, name: _Name) -> Json:
        self._waiting.append(name)
        return {"$ref": _write_name(name)}

    def _build_object(self, kind: str, ours: Json, theirs: dict[str, Json]) -> dict[str, Json]:
        mine: dict[str, Json] = ours if is_object(ours) else {}
        built: dict[str, Json] = {}
        for key, member in theirs.items():
            if is_wording(kind, key):
                built[key] = member
            elif mine and key not in mine and _is_default(kind, key, theirs):
                continue  # ours leaves it unsaid
            elif key == "$ref" and isinstance(member, str):
                name = self._name_target(kind, theirs)
                built[key] = self._refer(name)["$ref"] if name else member
            elif part := find_part(kind, key):
                built[key] = self._build_part(part, mine.get(key), member)
            else:
                built[key] = member
        for key in mine.keys() - theirs.keys():
            if not is_wording(kind, key) and _is_default(kind, key, mine):
                built[key] = mine[key]  # theirs leaves it unsaid
        if kind == "schema" and is_object(theirs.get("discriminator")):
            built["discriminator"] = self._build_discriminator(theirs)
        return built

    def _build_part(self, part: tuple[How, str], ours: Json, theirs: Json) -> Json:
        how, kind = part
        if how == "one":
            return self._build(kind, ours, theirs)
        if how in LISTS and is_array(theirs):
            mine: list[Json] = ours if is_array(ours) else []
            names = identify(part, mine, theirs, self._follow_ours, self._follow_theirs)
            known = dict(zip(names[0], mine, strict=True))
            return [
                self._build(kind, known.get(name), item)
                for name, item in zip(names[1], theirs, strict=True)
            ]
        if how in MAPS and is_object(theirs):
            by_name: dict[str, Json] = ours if is_object(ours) else {}
            return {
                name: item
                if _is_extension(how, name)
                else self._build(kind, by_name.get(name), item)
                for name, item in theirs.items()
            }
        return theirs

    def _build_discriminator(self, theirs: dict[str, Json]) -> Json:
        """Rewrite a discriminator; the values that it takes from names are to stay the same."""
        said: dict[str, Json] = theirs["discriminator"]
        mapping: Json = said.get("mapping", {})
        if not is_object(mapping):
            return said
        targets = {
            value: f"#/components/schemas/{target}"
            if target in self._list_components("schemas")
            else target
            for value, target in mapping.items()
            if isinstance(target, str)
        }
        mapped = set(targets.values())
        for key in ("oneOf", "anyOf"):
            items: Json = theirs.get(key)
            for item in items if is_array(items) else ():
                if is_reference(item) and item["$ref"] not in mapped:
                    implied = _read_name("schema", item["$ref"])
                    if implied and self._name_target("schema", item) != implied:
                        targets[implied[1]] = item["$ref"]
        rewritten: dict[str, str] = {}
        for value, target in targets.items():
            name = self._name_target("schema", {"$ref": target})
            rewritten[value] = self._refer(name)["$ref"] if name else target
        return {**said, "mapping": rewritten} if rewritten else said


def merge_order(ours: Sequence[_T], theirs: Sequence[_T]) -> list[_T]:
    """Return ours with what only theirs has, each behind what it stands behind there."""
    order = list(ours)
    known = set(ours)
    previous: _T | None = None
    leading: list[_T] = []
    for one in theirs:
        if one in known:
            if leading:
                at = order.index(one)
                order[at:at] = leading
                leading = []
        elif previous is None:
            leading.append(one)
            continue
        else:
            order.insert(order.index(previous) + 1, one)
            known.add(one)
        previous = one
    return [*order, *leading]


def _is_default(kind: str, key: str, node: dict[str, Json]) -> bool:
    default = find_default(kind, key, node)
    return default is not None and same(node[key], default)


def _resemble(kind: str, ours: dict[str, Json], theirs: Json) -> bool:
    """Tell whether what ours writes out and theirs names is the same thing, somewhat changed."""
    if kind != "schema":
        return True
    if not is_object(theirs) or ours.get("type") != theirs.get("type"):
        return False
    mine, yours = ours.get("properties", {}), theirs.get("properties", {})
    return mine.keys() & yours.keys() != set() or not (mine or yours)


def _find(document: Json, name: _Name | None) -> Json:
    """Return a component; None when there is none of this name."""
    if name is None:
        return None
    section = document.get("components", {}).get(name[0], {})
    return section.get(name[1]) if is_object(section) else None


def _read_name(kind: str, reference: str) -> _Name | None:
    steps = split_pointer(reference) if reference.startswith("#/components/") else ()
    if len(steps) == 3 and SHARED.get(steps[1]) == kind:
        return steps[1], steps[2]
    return None


def _write_name(name: _Name) -> str:
    section, key = name
    return f"#/components/{section}/{key.replace('~', '~0').replace('/', '~1')}"

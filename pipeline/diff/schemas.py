"""Compare schemas, by what they let a value be (JSON Schema, OpenAPI 3.0 and 3.1)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from pipeline.diff.change import Direction, Severity
from pipeline.diff.constraints import compare_constraints, join_names, show
from pipeline.diff.findings import Findings
from pipeline.diff.tree import ALTERNATIVES, Choice, Opened, Roots, Tree, strip_wording
from pipeline.values import Json, Location, is_object


class SchemaComparison:
    """The comparison of all schemas of two documents; each pair is compared once a direction."""

    def __init__(self, old: Tree, new: Tree, findings: Findings) -> None:
        self._old = old
        self._new = new
        self._findings = findings
        self._waiting: deque[tuple[Roots, Roots, Direction]] = deque()
        self._seen: set[tuple[Roots, Roots, Direction]] = set()
        self._probed: set[tuple[Roots, Roots, Direction]] = set()

    def add(self, old: Roots, new: Roots, *directions: Direction) -> None:
        """Have two schemas compared in the directions that hold them."""
        for direction in directions:
            pair = (self._old.list_ends(old), self._new.list_ends(new), direction)
            if pair in self._seen:
                continue
            self._seen.add(pair)
            self._compare_names(old, new, direction)
            self._waiting.append(pair)

    def run(self) -> None:
        """Compare what was added, and all that lies below it."""
        while self._waiting:
            self._compare(*self._waiting.popleft())

    def _compare_names(self, old: Roots, new: Roots, direction: Direction) -> None:
        """Note a component that has another name now; a name that both sides have is no rename."""
        if len(old) != 1 or len(new) != 1:
            return
        before, after = self._old.follow(old[0]), self._new.follow(new[0])
        if not (_is_component(before) and _is_component(after)) or before == after:
            return
        if self._new.at(before) is None and self._old.at(after) is None:
            did = f"is `{after[-1]}` now"
            self._findings.tell("schema-renamed", before, after, did, direction)

    def _compare(self, old: Roots, new: Roots, direction: Direction) -> None:
        before, after = self._old.open(old), self._new.open(new)
        at_old = before.parts[0].location if before.parts else (old[0] if old else None)
        at_new = after.parts[0].location if after.parts else (new[0] if new else None)
        if self._compare_choice_with_one(before, after, old, new, direction):
            return
        if _is_equal(before, after):
            self._compare_parts(before, after, old, new, direction)
            return
        is_other = False
        for rule, at_first, at_second, did in compare_constraints(before, after):
            # A keyword that one side has not is placed where it would stand there.
            keyword = (at_first or at_second or ("type",))[-1]
            first = at_first or (at_old and (*at_old, keyword))
            second = at_second or (at_new and (*at_new, keyword))
            self._findings.tell(rule, first, second, did, direction)
            is_other = is_other or rule == "type-changed"
        kinds = before.list_types(), after.list_types()
        if is_other or (None in kinds and kinds[0] != kinds[1]):
            return  # what lies below is no edit of what lay there
        self._compare_parts(before, after, old, new, direction)

    def _compare_parts(
        self, before: Opened, after: Opened, old: Roots, new: Roots, direction: Direction
    ) -> None:
        at_old = before.parts[0].location if before.parts else (old[0] if old else None)
        at_new = after.parts[0].location if after.parts else (new[0] if new else None)
        self._compare_properties(before, after, old, new, direction)
        self._compare_members(before, after, at_old, at_new, direction)
        self._compare_items(before, after, at_old, at_new, direction)
        self._compare_alternatives(before, after, old, new, direction)
        self._compare_exclusions(before, after, at_old, at_new, direction)
        self._compare_discriminators(before, after, at_old, at_new, direction)

    # Properties

    def _compare_properties(
        self, before: Opened, after: Opened, old: Roots, new: Roots, direction: Direction
    ) -> None:
        olds, news = before.list_properties(), after.list_properties()
        must, now = before.list_required(), after.list_required()
        removed = [name for name in olds if name not in news]
        added = [name for name in news if name not in olds]
        for name, other in self._pair_renamed(olds, removed, news, added, must, now):
            did = f"was renamed to `{other}`"
            self._findings.tell(
                "property-renamed", olds[name][0], news[other][0], did, direction, name=name
            )
            removed.remove(name)
            added.remove(other)
            must.pop(name, None)
            now.pop(other, None)
            self.add(olds[name], news[other], direction)
        for name in removed:
            must.pop(name, None)
            now.pop(name, None)
            if not _is_hidden(self._old.open(olds[name]), direction):
                self._findings.tell(
                    "property-removed", olds[name][0], None, "was removed", direction, name=name
                )
        for name in added:
            was, is_now = must.pop(name, None), now.pop(name, None)
            if _is_hidden(self._new.open(news[name]), direction):
                continue
            needed = is_now is not None and was is None
            rule = "required-property-added" if needed else "property-added"
            did = "was added, and is required" if needed else "was added"
            self._findings.tell(rule, None, news[name][0], did, direction, name=name)
        for name in [name for name in olds if name in news]:
            self._compare_property(
                name, olds[name], news[name], must.pop(name, None), now.pop(name, None), direction
            )
        for name in dict.fromkeys([*must, *now]) if old and new else ():
            at_old, at_new = (*old[0], "required"), (*new[0], "required")
            self._tell_required(name, must.get(name), now.get(name), at_old, at_new, direction)

    def _compare_property(
        self,
        name: str,
        old: Roots,
        new: Roots,
        must: Location | None,
        now: Location | None,
        direction: Direction,
    ) -> None:
        before, after = self._old.open(old), self._new.open(new)
        was_hidden, is_hidden = _is_hidden(before, direction), _is_hidden(after, direction)
        keyword = "readOnly" if direction == "request" else "writeOnly"
        if was_hidden != is_hidden:
            kind = "read-only" if direction == "request" else "write-only"
            rule = f"now-{kind}" if is_hidden else f"no-longer-{kind}"
            did = f"is {kind} now" if is_hidden else f"is no longer {kind}"
            if not is_hidden and now and direction == "request":
                rule, did = f"required-{rule}", f"{did}, and is required"
            self._findings.tell(
                rule, (*old[0], keyword), (*new[0], keyword), did, direction, name=name
            )
        if was_hidden or is_hidden:
            return
        if (must is None) != (now is None):
            self._tell_required(name, must, now, old[0], new[0], direction)
        self.add(old, new, direction)

    def _tell_required(
        self,
        name: str,
        must: Location | None,
        now: Location | None,
        at_old: Location,
        at_new: Location,
        direction: Direction,
    ) -> None:
        if (must is None) == (now is None):
            return
        rule = "property-now-required" if now else "property-now-optional"
        did = "is required now" if now else "is optional now"
        self._findings.tell(rule, must or at_old, now or at_new, did, direction, name=name)

    def _pair_renamed(
        self,
        olds: dict[str, Roots],
        removed: list[str],
        news: dict[str, Roots],
        added: list[str],
        must: dict[str, Location],
        now: dict[str, Location],
    ) -> Iterator[tuple[str, str]]:
        """Pair what went with what came where all but the name is the same."""
        free = list(added)
        for name in list(removed):
            shape = (_shape(self._old, olds[name]), name in must)
            alike = [
                other for other in free if shape == (_shape(self._new, news[other]), other in now)
            ]
            if other := pick_alike(name, alike, alone=len(removed) == len(added) == 1):
                free.remove(other)
                yield name, other

    # Members without a name, items

    def _compare_members(
        self,
        before: Opened,
        after: Opened,
        at_old: Location | None,
        at_new: Location | None,
        direction: Direction,
    ) -> None:
        keyword = "additionalProperties"
        was, is_now = _read_members(before, keyword), _read_members(after, keyword)
        if was.state == "typed" and is_now.state == "typed":
            self.add(was.roots, is_now.roots, direction)
        elif was.state != is_now.state:
            rule, did = _MEMBERS[was.state, is_now.state]
            first = was.place or (at_old and (*at_old, keyword))
            second = is_now.place or (at_new and (*at_new, keyword))
            self._findings.tell(rule, first, second, did, direction)
        olds, news = _list_patterns(before), _list_patterns(after)
        for pattern in dict.fromkeys([*olds, *news]):
            if pattern in olds and pattern in news:
                self.add(olds[pattern], news[pattern], direction)
                continue
            rule = "members-untyped" if pattern in olds else "members-typed"
            did = f"members named like {pattern!r} " + (
                "have no schema any more" if pattern in olds else "have a schema now"
            )
            first = olds[pattern][0] if pattern in olds else None
            second = news[pattern][0] if pattern in news else None
            self._findings.tell(rule, first, second, did, direction)

    def _compare_items(
        self,
        before: Opened,
        after: Opened,
        at_old: Location | None,
        at_new: Location | None,
        direction: Direction,
    ) -> None:
        olds = tuple(location for location, _ in before.find_all("items"))
        news = tuple(location for location, _ in after.find_all("items"))
        closed = [
            any(value is False for _, value in one.find_all("items")) for one in (before, after)
        ]
        if closed[0] != closed[1]:
            rule = "items-opened" if closed[0] else "items-closed"
            did = "takes further items now" if closed[0] else "takes no further items any more"
            first = olds[0] if olds else at_old and (*at_old, "items")
            second = news[0] if news else at_new and (*at_new, "items")
            self._findings.tell(rule, first, second, did, direction)
        elif olds and news:
            self.add(olds, news, direction)
        elif olds and not self._is_open(self._old, olds):
            second = at_new and (*at_new, "items")
            self._findings.tell(
                "items-untyped", olds[0], second, "says no more what its items are", direction
            )
        elif news and not self._is_open(self._new, news):
            first = at_old and (*at_old, "items")
            self._findings.tell(
                "items-typed", first, news[0], "says now what its items are", direction
            )
        firsts, seconds = _list_prefix(before), _list_prefix(after)
        for one, other in zip(firsts, seconds, strict=False):
            self.add((one,), (other,), direction)
        # An item that has no schema of its own has that of all items.
        left, right = firsts[len(seconds) :], seconds[len(firsts) :]
        if left and news:
            for location in left:
                self.add((location,), news, direction)
            return
        if right and olds:
            for location in right:
                self.add(olds, (location,), direction)
            return
        for location in left:
            did = f"item {location[-1]} has no schema of its own any more"
            self._findings.tell("items-untyped", location, None, did, direction)
        for location in right:
            did = f"item {location[-1]} has a schema of its own now"
            self._findings.tell("items-typed", None, location, did, direction)

    @staticmethod
    def _is_open(tree: Tree, roots: Roots) -> bool:
        opened = tree.open(roots)
        return not opened.alternatives and all(
            not strip_wording(part.value) for part in opened.parts
        )

    # Alternatives

    def _compare_alternatives(
        self, before: Opened, after: Opened, old: Roots, new: Roots, direction: Direction
    ) -> None:
        olds = {choice.keyword: choice for choice in before.alternatives}
        news = {choice.keyword: choice for choice in after.alternatives}
        if olds.keys() != news.keys() and len(olds) == len(news) == 1:
            was, is_now = *olds.values(), *news.values()
            rule = "choice-widened" if is_now.keyword == "anyOf" else "choice-narrowed"
            did = f"{was.keyword} became {is_now.keyword}"
            self._findings.tell(rule, was.location, is_now.location, did, direction)
            self._match(was.roots, is_now, was.location, direction)
            return
        for keyword in ALTERNATIVES:
            if keyword in olds and keyword in news:
                was, is_now = olds[keyword], news[keyword]
                self._match(was.roots, is_now, was.location, direction)
            elif keyword in olds:
                place = olds[keyword].location
                did = f"{keyword} was removed"
                self._findings.tell("alternatives-removed", place, new[0], did, direction)
            elif keyword in news:
                place = news[keyword].location
                did = f"{keyword} was added"
                self._findings.tell("alternatives-added", old[0], place, did, direction)

    def _compare_choice_with_one(
        self, before: Opened, after: Opened, old: Roots, new: Roots, direction: Direction
    ) -> bool:
        """Compare a choice with a schema that is one of it; False where this is not the case."""
        if len(before.alternatives) + len(after.alternatives) != 1:
            return False
        plain, chosen = (after, before) if before.alternatives else (before, after)
        if not plain.parts or any(chosen.find(one) for one in ("properties", "items", "enum")):
            return False
        choice = chosen.alternatives[0]
        only = plain.only[0].roots if plain.only else (new if before.alternatives else old)[:1]
        if not plain.only and not any(
            plain.find(one)
            for one in ("type", "properties", "items", "enum", "additionalProperties")
        ):
            return False
        if before.alternatives:
            self._match(
                choice.roots, Choice(choice.keyword, new[0], only), choice.location, direction
            )
        else:
            self._match(only, choice, old[0], direction)
        return True

    def _match(self, olds: Roots, choice: Choice, at_old: Location, direction: Direction) -> None:
        """Pair the alternatives of both sides and compare the pairs; the rest came or went."""
        left = list(choice.roots)
        unmatched: list[Location] = []
        for one in olds:
            if other := self._find_counterpart(one, left):
                left.remove(other)
                self.add((one,), (other,), direction)
            else:
                unmatched.append(one)
        for one in list(unmatched):
            alike = [other for other in left if self._is_alike(one, other)]
            if alike:
                left.remove(alike[0])
                unmatched.remove(one)
                self.add((one,), (alike[0],), direction)
        for one in unmatched:
            did = f"the alternative {name_alternative(self._old, one)} was removed"
            self._findings.tell("alternative-removed", one, choice.location, did, direction)
        for other in left:
            did = f"the alternative {name_alternative(self._new, other)} was added"
            rule = "alternative-added"
            if choice.keyword == "oneOf" and self._overlaps(other, choice.roots):
                rule = "alternative-overlaps"
            self._findings.tell(rule, at_old, other, did, direction)

    def _overlaps(self, one: Location, others: Iterable[Location]) -> bool:
        """Tell whether values fit two alternatives, of which only one may: integers, or all."""
        rest = [other for other in others if other != one]
        if any(self._is_open(self._new, (place,)) for place in (one, *rest)):
            return True
        numbers = frozenset({"integer", "number"})
        kinds = self._new.open((one,)).list_types()
        return bool(kinds and kinds <= numbers) and any(
            (self._new.open((other,)).list_types() or frozenset()) & numbers for other in rest
        )

    def _compare_exclusions(
        self,
        before: Opened,
        after: Opened,
        at_old: Location | None,
        at_new: Location | None,
        direction: Direction,
    ) -> None:
        """Compare ``not``: what rules out less lets a value be more."""
        was, is_now = before.find("not"), after.find("not")
        if was is None and is_now is None:
            return
        first = was[0] if was else at_old and (*at_old, "not")
        second = is_now[0] if is_now else at_new and (*at_new, "not")
        if was is None or is_now is None:
            rule = "exclusion-added" if is_now else "exclusion-dropped"
            did = "rules some values out by `not`" if is_now else "rules no value out by `not`"
            self._findings.tell(rule, first, second, f"{did} now", direction)
            return
        narrows = self._probe(was[0], is_now[0], "response")
        widens = self._probe(was[0], is_now[0], "request")
        if narrows and widens:
            return
        kinds = [tree.open((at,)).list_types() for tree, at in self._sides(was[0], is_now[0])]
        rule = "exclusion-changed" if kinds[0] == kinds[1] else "type-changed"
        if narrows or widens:
            rule = "exclusion-dropped" if narrows else "exclusion-added"
        did = "rules other values out by `not` now"
        self._findings.tell(rule, first, second, did, direction)

    def _sides(self, old: Location, new: Location) -> tuple[tuple[Tree, Location], ...]:
        return (self._old, old), (self._new, new)

    def _probe(self, old: Location, new: Location, direction: Direction) -> bool:
        """Tell whether an edit of a schema would be compatible in a direction.

        A schema that is excluded within itself is as compatible as all else of it.
        """
        pair = (self._old.list_ends((old,)), self._new.list_ends((new,)), direction)
        if pair in self._probed:
            return True
        findings = Findings()
        inner = SchemaComparison(self._old, self._new, findings)
        inner._probed = self._probed | {pair}
        inner.add((old,), (new,), direction)
        inner.run()
        return all(one.severity is Severity.COMPATIBLE for one in findings.list_all())

    def _find_counterpart(self, one: Location, others: Iterable[Location]) -> Location | None:
        """Find the same component on the other side, or else the same schema."""
        end = self._old.follow(one)
        rest = list(others)
        if _is_component(end):
            for other in rest:
                if self._new.follow(other) == end:
                    return other
        shape = _shape(self._old, (one,))
        for other in rest:
            if _shape(self._new, (other,)) == shape:
                return other
        return None

    def _is_alike(self, one: Location, other: Location) -> bool:
        """Tell whether an alternative can be an edited form of another."""
        first, second = self._old.follow(one), self._new.follow(other)
        both = _is_component(first) and _is_component(second)
        if both and (self._new.at(first) is not None or self._old.at(second) is not None):
            return False  # one of the two is still there under its name
        before, after = self._old.open((one,)), self._new.open((other,))
        if before.list_types() != after.list_types():
            return False
        olds, news = before.list_properties(), after.list_properties()
        return (not olds and not news) or bool(olds.keys() & news.keys())

    def _compare_discriminators(
        self,
        before: Opened,
        after: Opened,
        at_old: Location | None,
        at_new: Location | None,
        direction: Direction,
    ) -> None:
        keyword = "discriminator"
        was, is_now = _find_discriminator(before), _find_discriminator(after)
        if was is None and is_now is None:
            return
        if was is None or is_now is None:
            rule = f"{keyword}-added" if is_now else f"{keyword}-removed"
            did = "has a discriminator now" if is_now else "has no discriminator any more"
            first = was[0] if was else at_old and (*at_old, keyword)
            second = is_now[0] if is_now else at_new and (*at_new, keyword)
            self._findings.tell(rule, first, second, did, direction)
            return
        (first, one), (second, other) = was, is_now
        if one.get("propertyName") != other.get("propertyName"):
            did = (
                f"the discriminator changed from {show(one.get('propertyName'))} "
                f"to {show(other.get('propertyName'))}"
            )
            self._findings.tell(f"{keyword}-changed", first, second, did, direction)
        self._compare_mappings(before, after, (*first, "mapping"), (*second, "mapping"), direction)

    def _compare_mappings(
        self,
        before: Opened,
        after: Opened,
        first: Location,
        second: Location,
        direction: Direction,
    ) -> None:
        olds, news = (
            said if is_object(said) else {} for said in (self._old.at(first), self._new.at(second))
        )
        there, here = _list_alternatives(self._old, before), _list_alternatives(self._new, after)
        meant = _read_mapping(self._old, olds, there), _read_mapping(self._new, news, here)
        for value in dict.fromkeys([*olds, *news]):
            was, is_now = meant[0].get(value), meant[1].get(value)
            at_old = (*first, value) if value in olds else None
            at_new = (*second, value) if value in news else None
            if was == is_now:
                continue
            # An alternative that came or went takes its value along: that is told already.
            if was is None:
                if not here or is_now in there:
                    did = f"the discriminator has the value {value!r} now"
                    self._findings.tell("mapping-added", at_old, at_new, did, direction)
            elif is_now is None:
                if not there or was in here:
                    did = f"the discriminator has no value {value!r} any more"
                    self._findings.tell("mapping-removed", at_old, at_new, did, direction)
            elif not self._is_renamed(was, is_now):
                did = f"the value {value!r} of the discriminator means another schema"
                self._findings.tell("mapping-changed", at_old, at_new, did, direction)

    def _is_renamed(self, was: Location, is_now: Location) -> bool:
        return self._new.at(was) is None and self._old.at(is_now) is None


class _Members:
    """What an object may hold beside its properties: anything, nothing, or what has a schema."""

    def __init__(self, state: str, place: Location | None = None, roots: Roots = ()) -> None:
        self.state = state
        self.place = place
        self.roots = roots


_MEMBERS = {
    ("open", "closed"): ("members-closed", "takes no further members any more"),
    ("typed", "closed"): ("members-closed", "takes no further members any more"),
    ("closed", "open"): ("members-opened", "takes further members now"),
    ("closed", "typed"): ("members-opened", "takes further members now"),
    ("open", "typed"): ("members-typed", "says now what its further members are"),
    ("typed", "open"): ("members-untyped", "says no more what its further members are"),
}


def _read_members(opened: Opened, keyword: str) -> _Members:
    said = opened.find_all(keyword)
    for location, value in said:
        if value is False:
            return _Members("closed", location)
    typed = tuple(location for location, value in said if is_object(value) and value)
    if typed:
        return _Members("typed", typed[0], typed)
    return _Members("open", said[0][0] if said else None)


def _list_patterns(opened: Opened) -> dict[str, Roots]:
    found: dict[str, Roots] = {}
    for location, patterns in opened.find_all("patternProperties"):
        for pattern in patterns:
            found[pattern] = (*found.get(pattern, ()), (*location, pattern))
    return found


def _list_prefix(opened: Opened) -> list[Location]:
    said = opened.find("prefixItems")
    return [(*said[0], position) for position in range(len(said[1]))] if said else []


def _find_discriminator(opened: Opened) -> tuple[Location, dict[str, Json]] | None:
    # No meta-schema of OpenAPI 3.1 says what it has to be.
    found = opened.find("discriminator")
    return (found[0], found[1]) if found and is_object(found[1]) else None


def _is_hidden(opened: Opened, direction: Direction) -> bool:
    return opened.is_set("readOnly" if direction == "request" else "writeOnly")


def _is_equal(before: Opened, after: Opened) -> bool:
    """Tell whether two schemas are written alike, whatever they refer to: most are."""
    said = [repr([part.value for part in one.parts]) for one in (before, after)]
    return said[0] == said[1] and (before.null is None) == (after.null is None)


def _is_component(location: Location) -> bool:
    return len(location) == 3 and location[:2] == ("components", "schemas")


def _shape(tree: Tree, roots: Roots) -> Json:
    """Return what a schema says, references left as they are, but for its wording and null."""
    return [_drop_null(strip_wording(tree.at(location))) for location in roots]


def _drop_null(schema: Json) -> Json:
    if not is_object(schema):
        return schema
    return {key: member for key, member in schema.items() if key != "nullable"}


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
        if _is_component(place) and place not in named.values():
            named.setdefault(str(place[-1]), place)
    return named


def pick_alike(name: str, others: list[str], *, alone: bool) -> str | None:
    """Pick the name that another was renamed to: the only one, or the one that is like it."""
    if alone and len(others) == 1:
        return others[0]
    if not others:
        return None
    import difflib

    found = difflib.get_close_matches(name, others, n=1)
    return found[0] if found else None


def name_alternative(tree: Tree, location: Location) -> str:
    """Name an alternative for a person: the component, its title, or what it says."""
    end = tree.follow(location)
    if _is_component(end):
        return f"`{end[-1]}`"
    node = tree.at(end)
    if is_object(node) and isinstance(node.get("title"), str):
        return show(node["title"])
    kinds = tree.open((location,)).list_types()
    return join_names(sorted(kinds)) if kinds else f"{location[-1]}"

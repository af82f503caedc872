"""Compare operations: their parameters, bodies, answers, security and servers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.diff.access import compare_security, compare_servers
from pipeline.diff.change import Direction
from pipeline.diff.constraints import say_changed, show
from pipeline.diff.encodings import compare_encodings
from pipeline.diff.findings import Findings
from pipeline.diff.naming import name_method
from pipeline.diff.pair import pick_alike
from pipeline.diff.schemas import SchemaComparison
from pipeline.diff.tree import Roots, Tree, strip_wording
from pipeline.diff.untouched import Untouched
from pipeline.openapi import METHODS
from pipeline.overlay.merge import same
from pipeline.values import Json, Location, is_array, is_object

_HANDLED = frozenset(
    {
        "callbacks", "deprecated", "operationId", "parameters", "requestBody", "responses",
        "security", "servers", "tags", "x-method", "x-resource",
    }
)  # fmt: skip
_WORDING = frozenset({"description", "example", "examples", "externalDocs", "summary"})
_BOTH: tuple[Direction, Direction] = ("request", "response")
_IGNORED_HEADERS = ("accept", "authorization", "content-type")
"""Headers that are no parameters, by the standard (section Parameter Object)."""
_PARAMETER_NAME = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an operation: where it is listed, and where it is written down."""

    listed: Location
    location: Location
    value: dict[str, Json]

    @property
    def key(self) -> tuple[str, str]:
        """Where it is sent and its name there, which is the same in any case for a header."""
        name = str(self.value.get("name"))
        place = str(self.value.get("in"))
        return place, name.lower() if place == "header" else name


class OperationComparison:
    """The comparison of all operations of two documents."""

    def __init__(self, old: Tree, new: Tree, untouched: Untouched, findings: Findings) -> None:
        self._old = old
        self._new = new
        self._untouched = untouched
        self._findings = findings
        self._schemas = SchemaComparison(old, new, findings)

    def run(self) -> None:
        """Compare all paths, webhooks and the schemas that they lead to."""
        self._compare_paths(("paths",), ("operation-added", "operation-removed"), flipped=False)
        self._compare_paths(("webhooks",), ("webhook-added", "webhook-removed"), flipped=True)
        self._schemas.run()

    def compare_schemas(self, old: Roots, new: Roots) -> None:
        """Compare schemas that no operation leads to, by what they would do in both directions."""
        self._schemas.add(old, new, *_BOTH)
        self._schemas.run()

    def _compare_paths(self, holder: Location, rules: tuple[str, str], *, flipped: bool) -> None:
        """Pair the operations of two maps of path items, compare the pairs, tell of the rest."""
        olds, news = _list_operations(self._old, holder), _list_operations(self._new, holder)
        pairs: list[tuple[Location, Location]] = []
        for key in list(olds):
            if key in news:
                pairs.append((olds.pop(key), news.pop(key)))
        for key, old in list(olds.items()):
            name = self._old.at((*old, "operationId"))
            for other, new in news.items():
                if name is not None and self._new.at((*new, "operationId")) == name:
                    moved = f"{str(new[-1]).upper()} {new[-2]}"
                    self._findings.tell("operation-moved", old, new, f"moved to {moved}", *_BOTH)
                    pairs.append((olds.pop(key), news.pop(other)))
                    break
        added, removed = rules
        for old in olds.values():
            self._findings.tell(removed, old, None, "was removed", *_BOTH)
        for new in news.values():
            self._findings.tell(added, None, new, "was added", *_BOTH)
        for old, new in pairs:
            self._compare_operation(old, new, flipped=flipped)

    def _compare_operation(self, old: Location, new: Location, *, flipped: bool) -> None:
        sent: Direction = "response" if flipped else "request"
        read: Direction = "request" if flipped else "response"
        before, after = self._old.at(old), self._new.at(new)
        if not self._untouched.has_operation(old, new):
            item = frozenset(METHODS) | {"parameters", "servers"}
            self._compare_plain(old[:-1], new[:-1], item, _BOTH)
            self._compare_identity(old, new)
            self._compare_plain(old, new, _HANDLED, (sent, read))
            self._compare_parameters(old, new, sent)
            self._compare_bodies(old, new, sent)
            self._compare_responses((*old, "responses"), (*new, "responses"), read)
        # These two may be the whole document's.
        compare_security(self._old, self._new, old, new, self._findings)
        compare_servers(self._old, self._new, old, new, self._findings)
        names = dict.fromkeys([*before.get("callbacks", {}), *after.get("callbacks", {})])
        for name in names:
            self._compare_callback(
                self._old.follow((*old, "callbacks", name)),
                self._new.follow((*new, "callbacks", name)),
                flipped=not flipped,
            )

    def _compare_callback(self, old: Location, new: Location, *, flipped: bool) -> None:
        olds, news = _list_callbacks(self._old, old), _list_callbacks(self._new, new)
        for key in dict.fromkeys([*olds, *news]):
            first, second = olds.get(key), news.get(key)
            if first and second:
                self._compare_operation(first, second, flipped=flipped)
            elif first:
                self._findings.tell("callback-removed", first, None, "was removed", *_BOTH)
            else:
                self._findings.tell("callback-added", None, second, "was added", *_BOTH)

    def _compare_identity(self, old: Location, new: Location) -> None:
        """Compare what names the function of an operation, and whether it is to be used."""
        before, after = self._old.at(old), self._new.at(new)
        name, other = before.get("operationId"), after.get("operationId")
        if name != other:
            did = say_changed("the operationId", name, other)
            self._tell_both(
                "operation-id-changed", (*old, "operationId"), (*new, "operationId"), did
            )
        for keyword in ("x-resource", "x-method"):
            if before.get(keyword) != after.get(keyword):
                did = f"is `{name_method(self._new, new)}` now"
                self._tell_both("method-renamed", (*old, keyword), (*new, keyword), did)
                break
        tags, others = before.get("tags", []), after.get("tags", [])
        if tags != others:
            rule = "tags-changed" if tags[:1] == others[:1] else "tag-changed"
            did = f"the tags changed from {show(tags)} to {show(others)}"
            self._tell_both(rule, (*old, "tags"), (*new, "tags"), did)
        if (before.get("deprecated") is True) != (after.get("deprecated") is True):
            is_now = after.get("deprecated") is True
            did = "is deprecated now" if is_now else "is deprecated no more"
            self._tell_both(
                "deprecated" if is_now else "undeprecated",
                (*old, "deprecated"),
                (*new, "deprecated"),
                did,
            )

    def _tell_both(self, rule: str, old: Location, new: Location, did: str) -> None:
        self._findings.tell(rule, old, new, did, *_BOTH)

    def _compare_plain(
        self,
        old: Location,
        new: Location,
        handled: frozenset[str],
        directions: tuple[Direction, ...],
    ) -> None:
        """Compare the members that need no reading: texts, extensions, and what is unknown."""
        before, after = self._old.at(old), self._new.at(new)
        for keyword in dict.fromkeys([*before, *after]):
            one, other = before.get(keyword), after.get(keyword)
            if keyword in handled or keyword == "$ref" or same(one, other):
                continue
            rule = "unknown-changed"
            did = f"`{keyword}` changed"
            if keyword in _WORDING:
                rule, did = "wording", f"the {keyword} changed"
            elif keyword.startswith("x-"):
                rule = "extension-changed"
            self._findings.tell(rule, (*old, keyword), (*new, keyword), did, *directions)

    # Parameters

    def _compare_parameters(self, old: Location, new: Location, direction: Direction) -> None:
        olds, news = list_parameters(self._old, old), list_parameters(self._new, new)
        pairs = [(olds.pop(key), news.pop(key)) for key in list(olds) if key in news]
        for pair in self._pair_path_parameters(old, new, olds, news):
            self._tell_renamed(*pair, direction)
            pairs.append(pair)
        for key, one in list(olds.items()):
            for other_key, other in list(news.items()):
                if one.value.get("name") == other.value.get("name"):
                    did = f"moved from {one.value['in']} to {other.value['in']}"
                    self._findings.tell(
                        "parameter-moved", one.location, other.location, did, direction,
                        name=str(one.value["name"]),
                    )  # fmt: skip
                    pairs.append((olds.pop(key), news.pop(other_key)))
                    break
        for key, one in list(olds.items()):
            alike = {
                str(other.value["name"]): other_key
                for other_key, other in news.items()
                if _shape_parameter(one) == _shape_parameter(other)
            }
            alone = len(olds) == len(news) == 1
            if chosen := pick_alike(str(one.value["name"]), list(alike), alone=alone):
                pair = olds.pop(key), news.pop(alike[chosen])
                self._tell_renamed(*pair, direction)
                pairs.append(pair)
        for one in olds.values():
            self._findings.tell(
                "parameter-removed", one.listed, None, "was removed", direction,
                name=str(one.value["name"]),
            )  # fmt: skip
        for other in news.values():
            needed = other.value.get("required") is True
            self._findings.tell(
                "required-parameter-added" if needed else "parameter-added",
                None,
                other.listed,
                "was added, and is required" if needed else "was added",
                direction,
                name=str(other.value["name"]),
            )
        for one, other in pairs:
            self._compare_parameter(one.location, other.location, direction)

    def _pair_path_parameters(
        self,
        old: Location,
        new: Location,
        olds: dict[tuple[str, str], Parameter],
        news: dict[tuple[str, str], Parameter],
    ) -> list[tuple[Parameter, Parameter]]:
        """Pair parameters of the path by where they stand in it."""
        names = _PARAMETER_NAME.findall(str(old[-2])), _PARAMETER_NAME.findall(str(new[-2]))
        if len(names[0]) != len(names[1]):
            return []
        return [
            (olds.pop(("path", name)), news.pop(("path", other)))
            for name, other in zip(*names, strict=True)
            if ("path", name) in olds and ("path", other) in news
        ]

    def _tell_renamed(self, one: Parameter, other: Parameter, direction: Direction) -> None:
        name, to = one.value["name"], other.value["name"]
        self._findings.tell(
            "parameter-renamed", one.location, other.location, f"was renamed to `{to}`",
            direction, name=str(name),
        )  # fmt: skip

    def _compare_parameter(self, old: Location, new: Location, direction: Direction) -> None:
        before, after = self._old.at(old), self._new.at(new)
        name = str(before.get("name"))
        needed, still = before.get("required") is True, after.get("required") is True
        if needed != still:
            rule = "parameter-now-required" if still else "parameter-now-optional"
            did = "is required now" if still else "is optional now"
            places = (*old, "required"), (*new, "required")
            self._findings.tell(rule, *places, did, direction, name=name)
        if before.get("in") == after.get("in"):
            self._compare_serialization(old, new, direction, name)
        self._compare_value(old, new, direction)

    def _compare_serialization(
        self, old: Location, new: Location, direction: Direction, name: str
    ) -> None:
        before, after = self._old.at(old), self._new.at(new)
        style, explode = _read_style(self._old, old)
        other_style, other_explode = _read_style(self._new, new)
        if style != other_style:
            did = f"the style changed from {style} to {other_style}"
            places = (*old, "style"), (*new, "style")
            self._findings.tell("serialization-changed", *places, did, direction, name=name)
        elif None not in (explode, other_explode) and explode != other_explode:
            did = f"explode changed from {show(explode)} to {show(other_explode)}"
            places = (*old, "explode"), (*new, "explode")
            self._findings.tell("serialization-changed", *places, did, direction, name=name)
        if (before.get("allowReserved") is True) != (after.get("allowReserved") is True):
            places = (*old, "allowReserved"), (*new, "allowReserved")
            allowed = after.get("allowReserved") is True
            rule = f"reserved-characters-{'sent' if allowed else 'escaped'}"
            did = f"allowReserved changed to {show(allowed)}"
            self._findings.tell(rule, *places, did, direction, name=name)
        if (before.get("allowEmptyValue") is True) != (after.get("allowEmptyValue") is True):
            allowed = after.get("allowEmptyValue") is True
            places = (*old, "allowEmptyValue"), (*new, "allowEmptyValue")
            did = "can be empty now" if allowed else "can be empty no more"
            rule = "empty-value-allowed" if allowed else "empty-value-refused"
            self._findings.tell(rule, *places, did, direction, name=name)

    def _compare_value(self, old: Location, new: Location, direction: Direction) -> None:
        """Compare what parameters and headers have in common: the schema, and the texts."""
        before, after = self._old.at(old), self._new.at(new)
        handled = frozenset(
            {
                "allowEmptyValue", "allowReserved", "content", "deprecated", "explode", "in",
                "name", "required", "schema", "style",
            }
        )  # fmt: skip
        self._compare_plain(old, new, handled, (direction,))
        if (before.get("deprecated") is True) != (after.get("deprecated") is True):
            is_now = after.get("deprecated") is True
            did = "is deprecated now" if is_now else "is deprecated no more"
            rule = "deprecated" if is_now else "undeprecated"
            places = (*old, "deprecated"), (*new, "deprecated")
            self._findings.tell(rule, *places, did, direction)
        if ("content" in before) != ("content" in after):
            first = (*old, "content" if "content" in before else "schema")
            second = (*new, "content" if "content" in after else "schema")
            did = f"is described by its {second[-1]} now, not by its {first[-1]}"
            self._findings.tell("serialization-changed", first, second, did, direction)
        elif "content" in before:
            self._compare_content((*old, "content"), (*new, "content"), direction)
        else:
            self._add_schemas((*old, "schema"), (*new, "schema"), direction)

    def _add_schemas(self, old: Location, new: Location, direction: Direction) -> None:
        roots = (old,) if self._old.at(old) is not None else ()
        others = (new,) if self._new.at(new) is not None else ()
        if roots or others:
            self._schemas.add(roots, others, direction)

    # Bodies and answers

    def _compare_bodies(self, old: Location, new: Location, direction: Direction) -> None:
        first, second = (*old, "requestBody"), (*new, "requestBody")
        was, is_now = self._old.at(first) is not None, self._new.at(second) is not None
        at_old, at_new = self._old.follow(first), self._new.follow(second)
        before: Json = self._old.at(at_old) or {}
        after: Json = self._new.at(at_new) or {}
        needed, still = before.get("required") is True, after.get("required") is True
        if was and not is_now:
            self._findings.tell("body-removed", first, None, "was removed", direction)
        elif is_now and not was:
            rule = "required-body-added" if still else "body-added"
            did = "was added, and is required" if still else "was added"
            self._findings.tell(rule, None, second, did, direction)
        elif was and is_now:
            if needed != still:
                rule = "body-now-required" if still else "body-now-optional"
                did = "is required now" if still else "is optional now"
                places = (*at_old, "required"), (*at_new, "required")
                self._findings.tell(rule, *places, did, direction)
            self._compare_plain(at_old, at_new, frozenset({"content", "required"}), (direction,))
            self._compare_content((*at_old, "content"), (*at_new, "content"), direction)

    def _compare_content(self, old: Location, new: Location, direction: Direction) -> None:
        olds, news = _list_media_types(self._old, old), _list_media_types(self._new, new)
        pairs = [(olds.pop(key), news.pop(key)) for key in list(olds) if key in news]
        for key, place in list(olds.items()):
            # A parameter such as the charset makes no other type.
            base = key.partition(";")[0]
            alike = [other for other in news if other.partition(";")[0] == base]
            if alike:
                pairs.append((place, news.pop(alike[0])))
                del olds[key]
        for place in olds.values():
            did = f"the media type {place[-1]} was removed"
            self._findings.tell(
                "media-type-removed", place, None, did, direction, name=str(place[-1])
            )
        for place in news.values():
            did = f"the media type {place[-1]} was added"
            self._findings.tell(
                "media-type-added", None, place, did, direction, name=str(place[-1])
            )
        for one, other in pairs:
            for name, first, second in compare_encodings(self._old, one, self._new, other):
                did = f"`{name}` is encoded in another way"
                self._findings.tell("encoding-changed", first, second, did, direction, name=name)
            self._compare_plain(one, other, frozenset({"schema", "encoding"}), (direction,))
            self._add_schemas((*one, "schema"), (*other, "schema"), direction)

    def _compare_responses(self, old: Location, new: Location, direction: Direction) -> None:
        olds = _list_statuses(self._old, old)
        news = _list_statuses(self._new, new)
        pairs = [(olds.pop(key), news.pop(key)) for key in list(olds) if key in news]
        gone = [key for key in olds if _is_success(key)]
        come = [key for key in news if _is_success(key)]
        if len(gone) == len(come) == 1:
            one, other = olds.pop(gone[0]), news.pop(come[0])
            did = f"the status changed from {gone[0]} to {come[0]}"
            self._findings.tell("status-changed", one, other, did, direction)
            pairs.append((one, other))
        for key, place in olds.items():
            rule = "success-removed" if _is_success(key) else "error-removed"
            self._findings.tell(rule, place, None, "was removed", direction, name=key)
        for key, place in news.items():
            rule = "success-added" if _is_success(key) else "error-added"
            self._findings.tell(rule, None, place, "was added", direction, name=key)
        for one, other in pairs:
            self._compare_response(self._old.follow(one), self._new.follow(other), direction)

    def _compare_response(self, old: Location, new: Location, direction: Direction) -> None:
        before, after = self._old.at(old), self._new.at(new)
        self._compare_plain(old, new, frozenset({"content", "headers", "links"}), (direction,))
        if not same(strip_wording(before.get("links")), strip_wording(after.get("links"))):
            places = (*old, "links"), (*new, "links")
            self._findings.tell("link-changed", *places, "the links changed", direction)
        first, second = (*old, "content"), (*new, "content")
        if before.get("content") and not after.get("content"):
            did = "has no body any more"
            self._findings.tell("body-removed", first, second, did, direction)
        elif after.get("content") and not before.get("content"):
            self._findings.tell("body-added", first, second, "has a body now", direction)
        else:
            self._compare_content(first, second, direction)
        self._compare_headers((*old, "headers"), (*new, "headers"), direction)

    def _compare_headers(self, old: Location, new: Location, direction: Direction) -> None:
        olds = {str(name).lower(): (*old, name) for name in self._old.read_object(old)}
        news = {str(name).lower(): (*new, name) for name in self._new.read_object(new)}
        for key in dict.fromkeys([*olds, *news]):
            if key == "content-type":
                continue  # which the media types say, by the standard
            if key not in news:
                self._findings.tell(
                    "header-removed", olds[key], None, "was removed", direction, name=key
                )
            elif key not in olds:
                self._findings.tell(
                    "header-added", None, news[key], "was added", direction, name=key
                )
            else:
                first, second = self._old.follow(olds[key]), self._new.follow(news[key])
                needed = self._old.at(first).get("required") is True
                still = self._new.at(second).get("required") is True
                if needed != still:
                    rule = "header-now-required" if still else "header-now-optional"
                    did = f"is {'required' if still else 'optional'} now"
                    places = (*first, "required"), (*second, "required")
                    self._findings.tell(rule, *places, did, direction, name=key)
                self._compare_serialization(first, second, direction, key)
                self._compare_value(first, second, direction)


def list_parameters(tree: Tree, operation: Location) -> dict[tuple[str, str], Parameter]:
    """List an operation's parameters; its own hide those of its path item."""
    found: dict[tuple[str, str], Parameter] = {}
    for holder in ((*operation, "parameters"), (*operation[:-1], "parameters")):
        listed = tree.at(holder)
        for position in range(len(listed) if is_array(listed) else 0):
            place = (*holder, position)
            end = tree.follow(place)
            one = Parameter(place, end, tree.at(end))
            if one.key[0] != "header" or one.key[1] not in _IGNORED_HEADERS:
                found.setdefault(one.key, one)
    return found


def _list_operations(tree: Tree, holder: Location) -> dict[tuple[str, str], Location]:
    """List the operations of path items by their paths, whatever the parameters are called."""
    found: dict[tuple[str, str], Location] = {}
    items = tree.at(holder)
    for path in items if is_object(items) else {}:
        if path.startswith("x-"):
            continue
        place = tree.follow((*holder, path))
        item = tree.at(place)
        for method in METHODS:
            if is_object(item) and is_object(item.get(method)):
                found[_PARAMETER_NAME.sub("{}", path), method] = (*place, method)
    return found


def _list_callbacks(tree: Tree, holder: Location) -> dict[tuple[str, str], Location]:
    """List the operations of a callback by the expressions of their addresses."""
    items = tree.at(holder)
    return {
        (expression, method): (*tree.follow((*holder, expression)), method)
        for expression in (items if is_object(items) else {})
        for method in METHODS
        if not expression.startswith("x-")
        and is_object(tree.at((*tree.follow((*holder, expression)), method)))
    }


def _list_media_types(tree: Tree, holder: Location) -> dict[str, Location]:
    found = tree.at(holder)
    return {
        re.sub(r"\s", "", str(name)).lower(): (*holder, name)
        for name in (found if is_object(found) else {})
    }


def _list_statuses(tree: Tree, holder: Location) -> dict[str, Location]:
    found = tree.at(holder)
    return {
        str(status).upper() if status != "default" else status: (*holder, status)
        for status in (found if is_object(found) else {})
        if not str(status).startswith("x-")
    }


def _is_success(status: str) -> bool:
    return status.startswith("2")


def _read_style(tree: Tree, location: Location) -> tuple[str, bool | None]:
    """Read how a parameter is written; ``explode`` is None where it makes no difference."""
    value = tree.at(location)
    is_form = value.get("in") in ("query", "cookie")
    style = value.get("style") or ("form" if is_form else "simple")
    explode = value.get("explode")
    explode = style == "form" if explode is None else explode
    kinds = tree.open(((*location, "schema"),)).list_types()
    plain = kinds is not None and not kinds & {"array", "object"}
    return str(style), None if plain else explode


def _shape_parameter(one: Parameter) -> Json:
    return {key: member for key, member in strip_wording(one.value).items() if key != "name"}

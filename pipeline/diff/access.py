"""Compare who may call and where: security requirements, their schemes, and servers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from pipeline.diff.constraints import show
from pipeline.diff.findings import Findings
from pipeline.diff.tree import Tree, strip_wording
from pipeline.overlay.merge import same
from pipeline.values import Json, Location, is_array, is_object

_Alternative: TypeAlias = dict[str, frozenset[str]]


def compare_security(
    old: Tree, new: Tree, operation: Location, other: Location, findings: Findings
) -> None:
    """Tell whether credentials that were enough for an operation still are.

    A list of requirements is a list of alternatives, of each of which all parts must be met
    (OpenAPI, section Security Requirement Object). An operation without one has the document's.
    """
    first, before = _read_security(old, operation)
    second, after = _read_security(new, other)
    if _sort(before) == _sort(after):
        return
    did = f"the security changed from {_show(before)} to {_show(after)}"
    enough = all(any(_is_met(one, by) for one in after) for by in before)
    rule = "security-relaxed" if enough else "security-added"
    findings.tell(rule, first, second, did, "request", holder=other)


def compare_schemes(old: Tree, new: Tree, findings: Findings) -> None:
    """Compare the security schemes of both documents."""
    holder: Location = ("components", "securitySchemes")
    olds, news = (
        {name for name, scheme in tree.read_object(holder).items() if is_object(scheme)}
        for tree in (old, new)
    )
    for name in sorted(olds):
        if name not in news:
            place = (*holder, name)
            findings.tell("security-scheme-removed", place, None, "was removed", "request")
    for name in sorted(news):
        place = (*holder, name)
        if name not in olds:
            findings.tell("security-scheme-added", None, place, "was added", "request")
            continue
        before, after = old.at(old.follow(place)), new.at(new.follow(place))
        if not same(_read_scheme(before), _read_scheme(after)):
            findings.tell("security-scheme-changed", place, place, "was changed", "request")
        else:
            _compare_flows(before, after, (*place, "flows"), findings)
            if before.get("description") != after.get("description"):
                findings.tell("wording", place, place, "the description changed", "request")


def _read_scheme(scheme: dict[str, Json]) -> Json:
    """Return what a scheme asks for, without its flows; names in HTTP are the same in any case."""
    said = {key: member for key, member in strip_wording(scheme).items() if key != "flows"}
    said.pop("bearerFormat", None)  # a hint for people
    if scheme.get("in") == "header":
        said["name"] = str(said.get("name")).lower()
    if "scheme" in said:
        said["scheme"] = str(said["scheme"]).lower()
    return {key: one for key, one in said.items() if not key.startswith("x-")}


def _compare_flows(
    old: dict[str, Json], new: dict[str, Json], place: Location, findings: Findings
) -> None:
    """Compare the ways to get a token: one more is nothing to those who have theirs."""
    olds, news = old.get("flows", {}), new.get("flows", {})
    for name in dict.fromkeys([*olds, *news]):
        if name.startswith("x-"):
            continue
        at: Location = (*place, name)
        if name not in olds:
            did = f"has the flow {name} now"
            findings.tell("security-scheme-added", None, at, did, "request", name=name)
            continue
        one, other = olds[name], news.get(name)
        if other is None:
            did = f"has no flow {name} any more"
            findings.tell("security-scheme-changed", at, None, did, "request", name=name)
        elif not same({**one, "scopes": 0}, {**other, "scopes": 0}) or (
            one.get("scopes", {}).keys() - other.get("scopes", {}).keys()
        ):
            did = f"the flow {name} changed"
            findings.tell("security-scheme-changed", at, at, did, "request", name=name)
        elif not same(one, other):
            did = f"the scopes of the flow {name} changed"
            is_more = one.get("scopes", {}).keys() != other.get("scopes", {}).keys()
            rule = "security-scheme-added" if is_more else "wording"
            findings.tell(rule, at, at, did, "request", name=name)


def compare_servers(
    old: Tree, new: Tree, operation: Location, other: Location, findings: Findings
) -> None:
    """Compare the servers of an operation: its own, its path item's, or the document's."""
    at_old, olds = _read_servers(old, operation)
    at_new, news = _read_servers(new, other)
    urls, now = _list_urls(olds), _list_urls(news)
    if urls[0] != now[0]:
        did = f"the server changed from {show(urls[0][0])} to {show(now[0][0])}"
        findings.tell("server-changed", (*at_old, 0), (*at_new, 0), did, "request", holder=other)
    for position, key in enumerate(urls):
        if position and key not in now:
            place = (*at_old, position)
            findings.tell(
                "server-removed", place, None, "was removed", "request", name=key[0], holder=other
            )
    for position, key in enumerate(now):
        if position and key not in urls:
            place = (*at_new, position)
            findings.tell(
                "server-added", None, place, "was added", "request", name=key[0], holder=other
            )
    for position, key in enumerate(urls):
        if key in now:
            where = now.index(key)
            places = (*at_old, position), (*at_new, where)
            for rule, did in _compare_variables(olds[position], news[where]):
                findings.tell(rule, *places, did, "request", name=key[0], holder=other)


def _list_urls(servers: list[dict[str, Json]]) -> list[tuple[str, int]]:
    """List the URLs of servers, each with how often it stands before: one may be there twice."""
    urls = [str(one.get("url")) for one in servers]
    return [(url, urls[:position].count(url)) for position, url in enumerate(urls)]


def _compare_variables(old: dict[str, Json], new: dict[str, Json]) -> Iterator[tuple[str, str]]:
    before, after = old.get("variables", {}), new.get("variables", {})
    if not same(strip_wording(before), strip_wording(after)):
        gone = any(
            name not in after
            or one.get("default") != after[name].get("default")
            or set(after[name].get("enum", one.get("enum", []))) < set(one.get("enum", []))
            or ("enum" in after[name] and "enum" not in one)
            for name, one in before.items()
        )
        did = "has other variables now"
        yield ("server-variable-changed" if gone else "server-added"), did
    elif not same({**old, "url": 0}, {**new, "url": 0}):
        yield "wording", "the description of the server changed"


def _read_security(tree: Tree, operation: Location) -> tuple[Location, list[_Alternative]]:
    place: Location = (*operation, "security")
    if tree.at(place) is None:
        place = ("security",)
    said = tree.at(place)
    alternatives = [_read_alternative(one) for one in said] if is_array(said) else []
    return place, alternatives or [{}]


def _read_alternative(said: dict[str, Json]) -> _Alternative:
    return {name: frozenset(map(str, scopes)) for name, scopes in said.items()}


def _is_met(demanded: _Alternative, given: _Alternative) -> bool:
    return all(name in given and scopes <= given[name] for name, scopes in demanded.items())


def _read_servers(tree: Tree, operation: Location) -> tuple[Location, list[dict[str, Json]]]:
    for holder in (operation, operation[:-1]):
        place: Location = (*holder, "servers")
        if servers := tree.at(place):
            return place, servers
    return ("servers",), tree.at(("servers",)) or [{"url": "/"}]


def _sort(alternatives: list[_Alternative]) -> list[str]:
    return sorted(_show([one]) for one in alternatives)


def _show(alternatives: list[_Alternative]) -> str:
    return " or ".join(" and ".join(map(_show_part, one.items())) or "none" for one in alternatives)


def _show_part(part: tuple[str, frozenset[str]]) -> str:
    name, scopes = part
    return f"{name} ({', '.join(sorted(scopes))})" if scopes else name

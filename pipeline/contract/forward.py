"""Answers of a newer or another server: what a client must survive, made of recorded answers.

Each answer is changed in one place: a member is added that nobody knows, a value of an enum is one
that is not named, an optional member or header is missing, or an optional member is null.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pipeline.contract.bodies import find_media_type, is_json, is_same, read_returned
from pipeline.contract.calling import Caller
from pipeline.contract.checks import Failure, find_credentials, make_answer
from pipeline.contract.description import Description
from pipeline.contract.fixture import Fixture, Response, join_mark
from pipeline.contract.replay import Replay
from pipeline.values import Json, Location, is_array, is_object

UNKNOWN_MEMBER = "newer_member"
UNKNOWN_VALUE = "newer_value"
_UNKNOWN: Json = {"kept": [1, None, "text"]}


@dataclass(frozen=True, slots=True)
class Change:
    """An answer that was changed in one place."""

    mark: str
    kind: str
    """``unknown member``, ``unknown value``, ``missing``, ``null`` or ``missing header``."""
    response: Response


def list_changes(description: Description, fixture: Fixture) -> Iterator[Change]:
    """Yield the changed answers of a fixture; items of one list are changed in one of them."""
    operation = description.operations[fixture.operation_id]
    response = fixture.response
    responses = operation.value["responses"]
    status = str(response.status) if str(response.status) in responses else "default"
    location, described = description.schemas.follow((*operation.location, "responses", status))
    for name in response.headers:
        if name.lower() != "content-type" and not _requires_header(described, name):
            rest = {key: value for key, value in response.headers.items() if key != name}
            changed = replace(response, headers=rest)
            yield Change(f"response/headers/{name}", "missing header", changed)
    media_type = find_media_type(response.headers)
    if response.body is None or not is_json(media_type):
        return
    schema = (*location, "content", media_type, "schema")
    seen: set[tuple[str, Location]] = set()
    for kind, at, place, body in _walk(description, schema, response.body, ()):
        if (kind, place) not in seen:
            seen.add((kind, place))
            mark = join_mark(("response", "body", *at))
            yield Change(mark, kind, replace(response, body=_apply(response.body, at, body)))


def check_change(
    caller: Caller, server: Replay, fixture: Fixture, change: Change
) -> Iterator[Failure]:
    """Give a changed answer to the client: it has to survive and to keep what it got."""
    server.load([make_answer(change.response)])
    outcome = caller.call(fixture.call, server.url, *find_credentials(fixture.request))
    said = f"({change.kind})"
    expected = read_returned(change.response.body, find_media_type(change.response.headers))
    if outcome.refused is not None:
        message = f"{said} the client raises {outcome.refused}: {outcome.message}"
        yield Failure(fixture, "g", change.mark, message)
    elif fixture.call.raises is not None:
        kept = (outcome.raised or {}).get("error")
        if kept != fixture.call.raises["error"]:
            yield Failure(fixture, "g", change.mark, f"{said} the client raises {kept}")
    elif fixture.call.returns_body and not is_same(outcome.returned, expected):
        message = f"{said} the client returns {outcome.returned!r:.300}"
        yield Failure(fixture, "g", change.mark, message)


_GONE = object()


def _walk(
    description: Description, schema: Location, value: Json, at: Location
) -> Iterator[tuple[str, Location, Location, Json]]:
    """Yield kind, place in the body, place in the spec, and what to put there (or ``_GONE``)."""
    alternatives = list(description.schemas.list_alternatives(schema))
    if isinstance(value, str):
        for location, node in alternatives:
            if "enum" in node:
                yield "unknown value", at, location, UNKNOWN_VALUE
    elif is_array(value):
        for location, node in alternatives:
            if "items" in node:
                for position, item in enumerate(value):
                    inner = (*location, "items")
                    yield from _walk(description, inner, item, (*at, position))
    elif is_object(value):
        for location, node in alternatives:
            properties = node.get("properties", {})
            if properties:
                yield "unknown member", (*at, UNKNOWN_MEMBER), location, _UNKNOWN
            for name in (one for one in properties if one in value):
                inner = (*location, "properties", name)
                if name not in node.get("required", []):
                    yield "missing", (*at, name), inner, _GONE
                    yield "null", (*at, name), inner, None
                yield from _walk(description, inner, value[name], (*at, name))


def _apply(body: Json, at: Location, value: Json) -> Json:
    """Return the body with another value at a place; only what is on the way is copied."""
    if not at:
        return value
    step, rest = at[0], at[1:]
    if is_array(body):
        position = int(step)
        return [*body[:position], _apply(body[position], rest, value), *body[position + 1 :]]
    if not rest and value is _GONE:
        return {name: member for name, member in body.items() if name != step}
    return {**body, str(step): _apply(body.get(step), rest, value)}


def _requires_header(described: Json, name: str) -> bool:
    headers = {key.lower(): header for key, header in described.get("headers", {}).items()}
    return bool(headers.get(name.lower(), {}).get("required"))

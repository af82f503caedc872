"""Compare answers with recorded ones in shape: how Harness's changes are noticed before users do.

A shape is the status, the media type, the recorded headers, and which members there are with values
of which type. Items of a list count as one; null fits any type, since it says nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.contract.bodies import UnreadableError, find_media_type, read_value
from pipeline.contract.fixture import Fixture, Response
from pipeline.faults import Fault
from pipeline.values import Json, is_array, is_object

Shape = dict[tuple[str, ...], set[str]]
_ITEM = "[]"


def compare_shapes(fixture: Fixture, answer: Response) -> Iterator[Fault]:
    """Yield where an answer of today has another shape than the recorded one.

    What the fixture itself only assumes, or was completed with, is not compared.
    """
    made_up = (*fixture.assumed, *fixture.completed)
    for mark, message in _find_differences(fixture.response, answer):
        if not any(f"{mark}/".startswith(f"{one}/") for one in made_up):
            yield fixture.fault(mark, message)


def _find_differences(recorded: Response, answer: Response) -> Iterator[tuple[str, str]]:
    if answer.status != recorded.status:
        message = f"status {recorded.status} became {answer.status}"
        yield "response/status", message
        return
    now = {name.lower() for name in answer.headers}
    for name in recorded.headers:
        if name.lower() not in now:
            yield f"response/headers/{name}", f"the header {name} is gone"
    known = {name.lower() for name in recorded.headers}
    for name in answer.headers:
        if name.lower() not in known:
            yield "response/headers", f"the header {name} is new"
    types = find_media_type(recorded.headers), find_media_type(answer.headers)
    if types[0] != types[1]:
        yield "response/headers", f"{types[0]} became {types[1] or 'no media type'}"
        return
    try:
        shapes = [read_shape(read_value(one.body, types[0])) for one in (recorded, answer)]
    except UnreadableError as error:
        yield "response/body", f"cannot be compared: {error}"
        return
    yield from _compare(*shapes)


def read_shape(value: Json) -> Shape:
    """Return the types of a value and of all that is in it, by place."""
    shape: Shape = {}
    _add(shape, value, ())
    return shape


def _add(shape: Shape, value: Json, place: tuple[str, ...]) -> None:
    shape.setdefault(place, set()).add(_name_type(value))
    if is_object(value):
        for name, member in value.items():
            _add(shape, member, (*place, name))
    elif is_array(value):
        for item in value:
            _add(shape, item, (*place, _ITEM))


def _compare(old: Shape, new: Shape) -> Iterator[tuple[str, str]]:
    for place in sorted(old.keys() | new.keys()):
        if not place or not _is_known(place[:-1], old, new):
            continue
        mark = "response/body/" + "/".join("0" if step == _ITEM else step for step in place)
        before, after = old.get(place), new.get(place)
        if before is None:
            if place[-1] != _ITEM:
                yield mark, f"{mark}: new member ({_join(after)})"
        elif after is None:
            if place[-1] != _ITEM:
                yield mark, f"{mark}: gone"
        elif (seen := after - {"null"}) and (said := before - {"null"}) and not seen <= said:
            yield mark, f"{mark}: {_join(said)} became {_join(seen)}"
    if () in old and () in new and (old[()] != new[()]):
        yield "response/body", f"{_join(old[()])} became {_join(new[()])}"


def _is_known(place: tuple[str, ...], old: Shape, new: Shape) -> bool:
    """Tell whether both sides have something there: an empty list says nothing of its items."""
    return place in old and place in new and (old[place] & new[place] - {"null"} != set())


def _join(types: set[str] | None) -> str:
    return " or ".join(sorted(types or set()))


def _name_type(value: Json) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return "text"
    return "list" if is_array(value) else "object"

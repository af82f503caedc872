"""Make fixtures of what was played, and write those that changed.

A fixture that says the same as before keeps its file, with its date. From Harness itself times and
ids differ in every run: they alone make no change.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness_nextgen_runtime.errors import ErrorDetails
from pipeline.contract.bodies import (
    UnreadableError,
    find_media_type,
    is_same,
    read_returned,
    write_body,
)
from pipeline.contract.calling import Outcome, describe_details
from pipeline.contract.description import Description
from pipeline.contract.fixture import Call, Request, Response
from pipeline.contract.playing import Performance, Played
from pipeline.contract.redaction import (
    Scrubber,
    SecretInsideError,
    guard,
    learn_tokens,
    redact,
)
from pipeline.contract.scenario import LIVE
from pipeline.document import parse_document
from pipeline.faults import Fault, Place
from pipeline.values import Json, is_array, is_object
from pipeline.yaml_writer import render_yaml

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_FIRST_TIME = 10**12  # milliseconds, in 2001


@dataclass(frozen=True, slots=True)
class Made:
    """A fixture that was made, as it would be written."""

    name: str
    value: dict[str, Json]


def make_fixtures(
    performance: Performance, description: Description, date: str
) -> Iterator[Made | Fault]:
    """Yield the fixtures of a scenario that was played, and what keeps one from being made."""
    target = performance.target
    tokens: set[str] = set()
    for played in performance.played:
        if played.call is not None:
            operation = description.methods[played.call.method]
            tokens.update(learn_tokens(played.exchanges, operation, description))
    for played in performance.played:
        if not played.step.cases or played.call is None:
            continue
        scrubber = Scrubber(target, frozenset(tokens))
        try:
            yield from _make(played, description, scrubber, date)
        except SecretInsideError as error:
            message = f"holds {error} inside of bytes: it is not written"
            yield played.step.fault(f"{played.step.cases[0]} {message}")


def _make(
    played: Played, description: Description, scrubber: Scrubber, date: str
) -> Iterator[Made | Fault]:
    assert played.call is not None
    step, target = played.step, scrubber.target
    operation = description.methods[played.call.method]
    shown = redact(played.call, played.exchanges, operation, description, scrubber)
    answers = [response for _, response in shown.exchanges]
    call = _describe_call(played, shown.call, answers, scrubber)
    before: str | None = None
    for name, (request, response) in zip(step.cases, shown.exchanges, strict=True):
        value: dict[str, Json] = {
            "source": target.name,
            "date": date,
            **step.said,
            **({"follows": before} if before else {}),
            "call": call,
            "request": _describe_request(request),
            "response": _describe_response(response),
        }
        if secrets := list(guard(value, target)):
            location, kind = secrets[0]
            place = "/".join(map(str, location))
            yield step.fault(f"{name} still holds {kind} at {place}: it is not written")
        else:
            yield Made(name, value)
        before = name


def _describe_call(
    played: Played, call: Call, answers: list[Response], scrubber: Scrubber
) -> dict[str, Json]:
    outcome = played.outcome
    value: dict[str, Json] = {"method": call.method}
    if call.options:
        value["options"] = call.options
    if call.arguments:
        value["arguments"] = call.arguments
    if played.step.by_hand:
        value["by_hand"] = True
    elif outcome is not None and outcome.refused:
        value["refuses"] = outcome.refused
    elif outcome is not None and outcome.raised is not None:
        # What the client finds in the body as it is shown, where texts may be placeholders.
        details = describe_details(_read_error(answers[-1]))
        value["raises"] = {"error": outcome.raised["error"], **details}
    elif outcome is not None and not _returns_bodies(played, outcome):
        value["returns"] = scrubber.scrub_value(outcome.returned)
    return value


def _read_error(response: Response) -> ErrorDetails:
    from harness_nextgen.client import VENDOR

    return VENDOR.read_error(write_body(response.body, find_media_type(response.headers)))


def _returns_bodies(played: Played, outcome: Outcome) -> bool:
    """Tell whether a call returned what is in the bodies of its answers, and nothing else."""
    try:
        bodies = [
            read_returned(response.body, find_media_type(response.headers))
            for _, response in played.exchanges
        ]
    except UnreadableError:
        return False
    if len(bodies) == 1:
        return is_same(outcome.returned, bodies[0])
    items = [item for body in bodies if is_array(body) for item in body]
    return is_same(outcome.returned, items)


def _describe_request(request: Request) -> dict[str, Json]:
    value: dict[str, Json] = {"method": request.method, "path": request.path}
    if request.query:
        value["query"] = request.query
    if request.headers:
        value["headers"] = request.headers
    if request.body is not None:
        value["body"] = request.body
    return value


def _describe_response(response: Response) -> dict[str, Json]:
    value: dict[str, Json] = {"status": response.status}
    if response.described_by_default:
        value["described_by"] = "default"
    if response.headers:
        value["headers"] = response.headers
    if response.body is not None:
        value["body"] = response.body
    return value


@dataclass(frozen=True, slots=True)
class Writing:
    """What is to be written, and what stays as it is."""

    changed: dict[Path, str]
    unchanged: int
    """Fixtures that say the same as before."""
    better: int
    """Fixtures with a better source than this one, which stay."""
    strays: tuple[Fault, ...]
    """Fixtures of this source that no step makes."""


def compare_with_files(
    made: list[Made], folder: Path, target: str, operations: frozenset[str]
) -> Writing:
    """Compare fixtures with the files of a folder; ``operations`` limits which, if not empty."""
    changed: dict[Path, str] = {}
    unchanged = better = 0
    chosen = [one for one in made if not operations or one.name.split("/")[1] in operations]
    for one in chosen:
        path = folder / f"{one.name}.yaml"
        old = _read(path)
        if old is not None and target != LIVE and old.get("source") != target:
            better += 1
        elif old is not None and _says_the_same(old, one.value, live=target == LIVE):
            unchanged += 1
        else:
            changed[path] = render_yaml(one.value)
    names = {one.name for one in made}
    strays = tuple(
        Fault(Place(str(path)), "is made by no step: delete it, or add the step that makes it")
        for path in sorted(folder.glob("*/*/*.yaml"))
        if "/".join(path.relative_to(folder).with_suffix("").parts) not in names
        and (not operations or path.parent.name in operations)
        and (_read(path) or {}).get("source") == target
    )
    return Writing(changed, unchanged, better, strays)


def write_files(files: dict[Path, str]) -> None:
    """Write files, each in one step: a run that is killed leaves every file whole."""
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.new")
        temporary.write_text(text, encoding="utf-8", newline="\n")
        os.replace(temporary, path)


def _read(path: Path) -> dict[str, Json] | None:
    if not path.is_file():
        return None
    value = parse_document(path.read_bytes(), str(path)).value
    return value if is_object(value) else None


def _says_the_same(old: dict[str, Json], new: dict[str, Json], *, live: bool) -> bool:
    if live and old.get("source") != LIVE:
        return False
    dated = {**new, "date": old.get("date")}
    return _is_alike(old, dated) if live else is_same(old, dated)


def _is_alike(old: Json, new: Json) -> bool:
    """Tell whether values are the same but for times and ids."""
    if is_object(old) and is_object(new):
        return old.keys() == new.keys() and all(_is_alike(old[name], new[name]) for name in old)
    if is_array(old) and is_array(new):
        return len(old) == len(new) and all(map(_is_alike, old, new))
    if isinstance(old, str) and isinstance(new, str):
        return _UUID.sub("", old) == _UUID.sub("", new)
    if isinstance(old, int) and isinstance(new, int) and min(old, new) >= _FIRST_TIME:
        return True
    return is_same(old, new)

"""A scenario: steps that a person would take, played to record fixtures.

It stands in ``tests/scenarios/*.yaml``. Each is played by itself, on a sandbox of its own, so that
a step that is added to one leaves the exchanges of the others alone::

    targets: [sandbox]              # of all its steps; default: sandbox and live
    steps:
    - case: organizations/create_organization/minimal     # RESOURCE/OPERATION/CASE
      note: What the case is about; goes into the fixture.
      call:                         # a method of the client, with arguments as in a fixture
        method: organizations.create
        arguments: {body: {org: {identifier: '${prefix}platform', name: Platform}}}
      keep: {org: response/body/org/identifier}           # for later steps: ${org}
      undo: {method: organizations.delete, arguments: {org: '${org}'}}

A step without ``case`` is played and not recorded. What else a step can say:

``cases``
    in place of ``case`` for a call that sends several requests, as the walk of a list does: a name
    for each, in order. The walk ends with the last of them.
``keep``
    names for parts of the exchange, the last one where there are several. ``?NAME`` behind a part
    that is a URL takes a parameter of its query: ``response/body/location?token``.
``undo``
    a call that is made at the end, the newest first, whatever happened; 404 is fine.
``expect``
    the error that the answer means, such as NotFoundError; any other outcome ends the run. For a
    plain request, its status where that is no success.
``request``
    a request ``{method, path, query, headers, body}`` that goes out without the client. Beside a
    call it is the request that the client refuses to make of it, and ``refuses`` names the class
    of the error; alone it sets something up that is no operation, and has no case. It has the
    credentials of the target unless it says otherwise; a header that is empty is left out.
``by_hand``
    the request, which goes out without the client, is one that no call sends: without a body, for
    example. The call, which is not made, is the one that comes nearest to it.
``headers``
    headers that every request of the step gets and no fixture has: ``{X-Sandbox-Fault: '502'}``.
``targets``
    where the step is played, ``[sandbox]`` or ``[live]``.
``compare``
    other fixtures that ``--check`` compares the answer with, those of the API page for example.
``note``, ``invalid``, ``newer``, ``shared_by``, ``described_by``
    go into the fixture; the last one as ``response.described_by``.

``${prefix}`` begins the name of all that a scenario makes, ``${account}`` is the account. They
and what is kept may stand in any text of arguments, options, headers and requests; a text that is
nothing else becomes the value itself.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.contract.description import Description
from pipeline.contract.fixture import Call, Request, split_mark
from pipeline.contract.forms import HEADERS, REQUEST, TEXTS, require_form
from pipeline.document import Document, read_document
from pipeline.faults import BadInput, Fault, Place
from pipeline.values import Json, Location, is_array, is_object

SANDBOX = "sandbox"
LIVE = "live"
TARGETS = (SANDBOX, LIVE)
GIVEN = ("prefix", "account")
"""The variables that every scenario has."""

_VARIABLE = re.compile(r"\$\{([a-z_]+)\}")  # ${var.name} belongs to Terraform

_NAME: dict[str, Any] = {"type": "string", "pattern": "^[^/]+/[^/]+/[A-Za-z0-9._-]+$"}
_NAMES: dict[str, Any] = {"type": "array", "items": _NAME, "minItems": 1}
_SOME: dict[str, Any] = {"type": "array", "items": {"enum": list(TARGETS)}, "minItems": 1}
_CALL: dict[str, Any] = {
    "type": "object",
    "required": ["method"],
    "additionalProperties": False,
    "properties": {
        "method": {"type": "string"},
        "arguments": {"type": "object"},
        "options": {"type": "object"},
    },
}
_FORM: dict[str, Any] = {
    "type": "object",
    "required": ["steps"],
    "additionalProperties": False,
    "properties": {
        "note": {"type": "string"},
        "targets": _SOME,
        "steps": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "case": _NAME,
                    "cases": _NAMES,
                    "call": _CALL,
                    "request": REQUEST,
                    "refuses": {"type": "string"},
                    "by_hand": {"const": True},
                    "expect": {"type": ["string", "integer"]},
                    "keep": {
                        "type": "object",
                        "propertyNames": {"pattern": "^[a-z_]+$"},
                        "additionalProperties": {"type": "string"},
                    },
                    "undo": _CALL,
                    "headers": HEADERS,
                    "targets": _SOME,
                    "compare": _NAMES,
                    "note": {"type": "string"},
                    "invalid": TEXTS,
                    "newer": TEXTS,
                    "shared_by": {"type": "string", "pattern": "^/"},
                    "described_by": {"const": "default"},
                },
            },
        },
    },
}
_SAID = ("note", "invalid", "newer", "shared_by")


@dataclass(frozen=True, slots=True)
class Step:
    """One step; its texts may still have variables in them."""

    document: Document
    location: Location
    cases: tuple[str, ...]
    """The fixtures that it makes, ``RESOURCE/OPERATION/CASE``, one for each exchange."""
    call: Call | None
    request: Request | None
    refuses: str | None
    by_hand: bool
    """The request is no call's: the call of the fixture is what it comes nearest to."""
    expect: str | int | None
    keep: dict[str, str]
    undo: Call | None
    headers: dict[str, str]
    targets: tuple[str, ...]
    compare: tuple[str, ...]
    said: dict[str, Json]
    """Members of the fixture that the step gives."""
    described_by_default: bool

    def fault(self, message: str, *inside: str | int) -> Fault:
        """Return a fault at this step, or at a place inside it."""
        return self.document.fault((*self.location, *inside), message)

    @property
    def title(self) -> str:
        """What a person calls it."""
        if self.cases:
            return self.cases[0]
        if self.call:
            return self.call.method
        return f"{self.request.method} {self.request.path}" if self.request else "nothing"


@dataclass(frozen=True, slots=True)
class Scenario:
    """The steps of one file, in order."""

    document: Document
    steps: tuple[Step, ...]

    def list_steps(self, target: str) -> list[Step]:
        """List the steps that are played on a target."""
        return [step for step in self.steps if target in step.targets]


def read_scenarios(folder: Path, description: Description) -> list[Scenario]:
    """Read all scenarios of a folder, by name. Raises BadInput with all that is wrong."""
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        message = "holds no scenarios: name a folder of *.yaml with --scenarios"
        raise BadInput(Fault(Place(str(folder)), message))
    scenarios: list[Scenario] = []
    faults: list[Fault] = []
    for path in paths:
        try:
            scenarios.append(_read_scenario(path, description))
        except BadInput as error:
            faults += error.faults
    faults += dict.fromkeys(_find_repeated_cases(scenarios))
    if faults:
        raise BadInput(*faults)
    return scenarios


def fill(value: Json, variables: dict[str, Json]) -> Json:
    """Return a value with the variables filled in; KeyError for one that is not there."""
    if isinstance(value, str):
        if whole := _VARIABLE.fullmatch(value):
            return variables[whole[1]]
        return _VARIABLE.sub(lambda found: str(variables[found[1]]), value)
    if is_object(value):
        return {name: fill(member, variables) for name, member in value.items()}
    return [fill(one, variables) for one in value] if is_array(value) else value


def list_variables(value: Json) -> set[str]:
    """Return the names of the variables in a value."""
    return {name for _, text in _list_texts(value, ()) for name in _VARIABLE.findall(text)}


def suggest(name: str, known: Iterable[str]) -> str:
    """Say which known name is nearest to one that is not known; nothing where none is near."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f": did you mean {near[0]!r}?" if near else ""


def _read_scenario(path: Path, description: Description) -> Scenario:
    document = read_document(path)
    require_form(document, _FORM)
    everywhere = document.value.get("targets", list(TARGETS))
    steps = tuple(
        _read_step(document, ("steps", number), value, everywhere)
        for number, value in enumerate(document.value["steps"])
    )
    scenario = Scenario(document, steps)
    faults = [fault for step in steps for fault in _find_step_faults(step, description)]
    for target in TARGETS:
        faults += _find_unknown_variables(scenario, target)
    if faults:
        raise BadInput(*dict.fromkeys(faults))
    return scenario


def _read_step(
    document: Document, location: Location, value: dict[str, Json], everywhere: list[str]
) -> Step:
    cases = value.get("cases", [value["case"]] if "case" in value else [])
    return Step(
        document,
        location,
        tuple(cases),
        _read_call(value.get("call")),
        Request(**value["request"]) if "request" in value else None,
        value.get("refuses"),
        "by_hand" in value,
        value.get("expect"),
        value.get("keep", {}),
        _read_call(value.get("undo")),
        value.get("headers", {}),
        tuple(one for one in value.get("targets", everywhere) if one in everywhere),
        tuple(value.get("compare", ())),
        {key: value[key] for key in _SAID if key in value},
        "described_by" in value,
    )


def _read_call(value: dict[str, Json] | None) -> Call | None:
    if value is None:
        return None
    return Call(value["method"], value.get("arguments", {}), value.get("options", {}))


def _find_step_faults(step: Step, description: Description) -> Iterator[Fault]:
    value: dict[str, Json] = step.document.value["steps"][step.location[1]]
    if "case" in value and "cases" in value:
        yield step.fault("has a case and cases: keep one of them", "case")
    if step.call is None and step.request is None:
        yield step.fault("does nothing: give it a call")
    if step.call is None and step.cases:
        yield step.fault("has a case and no call: a fixture says what a caller writes", "case")
    if step.call and step.request and step.refuses is None and not step.by_hand:
        message = "is beside a call: name the error with which the client refuses it in `refuses`"
        yield step.fault(message, "request")
    if step.by_hand and not (step.call and step.request and step.refuses is None):
        yield step.fault("needs a call that comes near, and the request", "by_hand")
    if step.refuses and not (step.call and step.request):
        yield step.fault("needs a call, and the request that is refused", "refuses")
    if isinstance(step.expect, str) == (step.request is not None) and step.expect is not None:
        message = "is a status of a plain request, and the class of the error of a call"
        yield step.fault(message, "expect")
    if not step.targets:
        yield step.fault("is played nowhere: the scenario is for other targets", "targets")
    for key, call in (("call", step.call), ("undo", step.undo)):
        if call and call.method not in description.methods:
            nearest = suggest(call.method, description.methods)
            message = f"the client has no method {call.method!r}{nearest}"
            yield step.fault(message, key, "method")
    if step.call and step.call.method in description.methods:
        folder = description.name_folder(step.call.method)
        for case in step.cases:
            if case.rpartition("/")[0] != folder:
                name = case.rpartition("/")[2]
                message = f"{step.call.method} makes fixtures in {folder}/: write {folder}/{name}"
                yield step.fault(message, "case" if "case" in value else "cases")
    for name, mark in step.keep.items():
        if next(split_mark(mark)) not in ("request", "response"):
            message = f"{mark!r} is no part of an exchange: write response/body/id, for example"
            yield step.fault(message, "keep", name)


def _find_unknown_variables(scenario: Scenario, target: str) -> Iterator[Fault]:
    known: set[str] = set(GIVEN)
    for step in scenario.list_steps(target):
        value: dict[str, Json] = scenario.document.value["steps"][step.location[1]]
        yield from _find_unknown(step, value, ("call", "request", "headers"), known, target)
        known |= step.keep.keys()
        yield from _find_unknown(step, value, ("undo",), known, target)


def _find_unknown(
    step: Step, value: dict[str, Json], keys: tuple[str, ...], known: set[str], target: str
) -> Iterator[Fault]:
    for key in keys:
        for location, text in _list_texts(value.get(key), (key,)):
            for name in _VARIABLE.findall(text):
                if name not in known:
                    where = f"before it on the target {target}"
                    message = f"no step {where} keeps ${{{name}}}{suggest(name, known)}"
                    yield step.fault(message, *location)


def _list_texts(value: Json, location: Location) -> Iterator[tuple[Location, str]]:
    if isinstance(value, str):
        yield location, value
    elif is_object(value):
        for name, member in value.items():
            yield from _list_texts(member, (*location, name))
    elif is_array(value):
        for number, one in enumerate(value):
            yield from _list_texts(one, (*location, number))


def _find_repeated_cases(scenarios: list[Scenario]) -> Iterator[Fault]:
    for target in TARGETS:
        seen: dict[str, Step] = {}
        for scenario in scenarios:
            for step in scenario.list_steps(target):
                for case in step.cases:
                    if case in seen:
                        first = seen[case].document.place(seen[case].location)
                        yield step.fault(f"{case} is also made at {first}: name it otherwise")
                    seen[case] = step

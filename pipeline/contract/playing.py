"""Play scenarios: call the client step by step, keep what later steps need, and clean up."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qs, urlsplit

import httpx

from pipeline.contract.bodies import UnreadableError, find_media_type, write_body
from pipeline.contract.calling import Caller, Outcome
from pipeline.contract.description import Description
from pipeline.contract.fixture import Call, Request, Response, split_mark
from pipeline.contract.recording import (
    Exchange,
    RecordingTransport,
    note_request,
    note_response,
)
from pipeline.contract.scenario import Scenario, Step, fill, list_variables
from pipeline.contract.targets import Target
from pipeline.faults import Fault
from pipeline.openapi import Operation
from pipeline.values import Json, is_array, is_object

Tell = Callable[[str], None]
_UNDO_RETRIES = 3


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a step that was played."""

    step: Step
    call: Call | None
    """With the variables filled in."""
    outcome: Outcome | None
    """What came of the call; None for a plain request alone."""
    exchanges: list[tuple[Request, Response]]
    fault: Fault | None = None
    """Why it did not go as the step says."""


@dataclass
class Performance:
    """A scenario that was played, or is being played."""

    scenario: Scenario
    target: Target
    played: list[Played] = field(default_factory=list[Played])
    kept: list[Json] = field(default_factory=list[Json])
    """Everything that was kept for later steps."""


def play(
    scenario: Scenario,
    description: Description,
    target: Target,
    *,
    stop: Callable[[], None],
    leave: Callable[[Fault], None],
    go_on: bool = False,
    tell: Tell | None = None,
) -> Performance:
    """Play a scenario to its end, or with ``go_on`` unset to the first step with a fault.

    ``stop`` is called before each step and may raise. Whatever is raised, what was made is removed
    again; ``leave`` is told what could not be.
    """
    performance = Performance(scenario, target)
    steps = scenario.list_steps(target.name)
    with _open_stage(description, performance) as stage:
        try:
            if tell:
                tell(f"play {scenario.document.path} ({len(steps)} steps)")
            for step in steps:
                stop()
                played = stage.play(step)
                performance.played.append(played)
                if played.fault and not go_on:
                    break
        finally:
            stage.clean_up(leave)
    return performance


class _Stage:
    """A client with a recording transport, and what is to be undone."""

    def __init__(
        self,
        description: Description,
        performance: Performance,
        recorder: RecordingTransport,
        http: httpx.Client,
        caller: Caller,
    ) -> None:
        self._description = description
        self._target = performance.target
        self._recorder = recorder
        self._http = http
        self._caller = caller
        self._kept = performance.kept
        self._variables: dict[str, Json] = {
            "prefix": self._target.prefix,
            "account": self._target.account,
        }
        self._undo: list[tuple[Step, Call | None]] = []
        self._base_path = urlsplit(self._target.url).path

    def play(self, step: Step) -> Played:
        """Play one step."""
        try:
            call = None if step.call is None else self._fill_call(step.call)
            request = None if step.request is None else self._fill_request(step.request)
            self._recorder.extra_headers = fill(step.headers, self._variables)
        except KeyError as error:  # of a step that failed and did not end the run
            message = f"{step.title} cannot be played: no step before it kept {error}"
            return Played(step, None, None, [], step.fault(message))
        # Before the call where it can be: an answer that is lost tells no id.
        undo = None if step.undo is None or _needs(step) else self._fill_call(step.undo)
        self._recorder.forget()
        outcome = None
        if call is not None and not step.by_hand:
            outcome = self._call(call, len(step.cases))
        fault = None if outcome is None else _judge_call(step, outcome, self._recorder.exchanges)
        if request is not None and fault is None:
            fault = self._send(step, request)
        played = self._note(step, call, outcome, fault)
        kept = self._keep(step, played.exchanges[-1]) if played.exchanges else set[str]()
        if step.undo and self._recorder.may_have_changed:
            known = undo or (self._fill_call(step.undo) if _needs(step) <= kept else None)
            self._undo.append((step, known))
        if played.fault is None and (absent := step.keep.keys() - kept):
            name = min(absent)
            message = f"there is no {step.keep[name]} in the exchange of {step.title}"
            return replace(played, fault=step.fault(message, "keep", name))
        return played

    def clean_up(self, leave: Callable[[Fault], None]) -> None:
        """Undo what was done, the newest first."""
        self._recorder.extra_headers = {}
        while self._undo:
            step, call = self._undo.pop()
            if call is None:
                begin = self._target.prefix
                message = f"may have made something, and no answer tells what: look for {begin}*"
                leave(step.fault(f"{step.title} {message}", "undo"))
                continue
            outcome = self._call(replace(call, options={"max_retries": _UNDO_RETRIES}), 1)
            error = outcome.refused or (outcome.raised or {}).get("error")
            if error is None or error == "NotFoundError":
                continue
            arguments = ", ".join(f"{name}={one!r}" for name, one in call.arguments.items())
            what = f"{call.method}({arguments})"
            leave(step.fault(f"not removed: {what} raised {error}: do it by hand", "undo"))

    def _call(self, call: Call, pages: int) -> Outcome:
        target = self._target
        return self._caller.call(call, target.url, target.key, target.account, max(pages, 1))

    def _fill_call(self, call: Call) -> Call:
        arguments = fill(call.arguments, self._variables)
        return Call(call.method, arguments, fill(call.options, self._variables))

    def _fill_request(self, request: Request) -> Request:
        return Request(
            request.method,
            fill(request.path, self._variables),
            fill(request.query, self._variables),
            fill(request.headers, self._variables),
            fill(request.body, self._variables),
        )

    def _send(self, step: Step, request: Request) -> Fault | None:
        """Send a plain request, and say what is wrong with its answer."""
        headers = {
            "x-api-key": self._target.key,
            "Harness-Account": self._target.account,
            **({} if request.body is None else {"Content-Type": "application/json"}),
            **request.headers,
        }
        headers = {name: value for name, value in headers.items() if value}
        url = self._target.url + request.path + (f"?{request.query}" if request.query else "")
        try:
            content = write_body(request.body, find_media_type(headers))
            answer = self._http.request(request.method, url, content=content, headers=headers)
        except UnreadableError as error:
            return step.fault(str(error), "request", "body")
        except httpx.HTTPError as error:
            return step.fault(f"{step.title} got no answer: {error}", "request")
        wanted = step.expect or "success"
        if answer.status_code == wanted or (answer.is_success and wanted == "success"):
            return None
        message = f"{step.title} was answered with {answer.status_code} and not with {wanted}"
        return step.fault(f"{message}: if that is meant, say expect: {answer.status_code}")

    def _note(
        self, step: Step, call: Call | None, outcome: Outcome | None, fault: Fault | None
    ) -> Played:
        operation = None if call is None else self._description.methods[call.method]
        wanted, found = len(step.cases), len(self._recorder.exchanges)
        if fault is None and step.cases and found != wanted:
            fault = step.fault(
                f"{step.title} made {found} exchanges for {wanted} cases: name each in `cases`"
            )
        try:
            noted = [self._read(one, step, operation) for one in self._recorder.exchanges]
        except UnreadableError as error:
            message = f"a body of {step.title} {error}: a fixture cannot hold it"
            return Played(step, call, outcome, [], fault or step.fault(message))
        return Played(step, call, outcome, noted, fault)

    def _read(
        self, exchange: Exchange, step: Step, operation: Operation | None
    ) -> tuple[Request, Response]:
        response = note_response(
            exchange, self._description, operation, described_by_default=step.described_by_default
        )
        return note_request(exchange, self._base_path), response

    def _keep(self, step: Step, exchange: tuple[Request, Response]) -> set[str]:
        """Keep what the step says, and return the names of what was there."""
        request, response = exchange
        whole: Json = {"request": _show(request), "response": _show(response)}
        kept: set[str] = set()
        for name, mark in step.keep.items():
            with suppress(LookupError):
                self._variables[name] = _find(whole, mark)
                self._kept.append(self._variables[name])
                kept.add(name)
        return kept


@contextmanager
def _open_stage(description: Description, performance: Performance) -> Generator[_Stage]:
    import harness_nextgen

    with httpx.Client() as wire:
        recorder = RecordingTransport(wire)
        with (
            httpx.Client(transport=recorder) as http,
            Caller(harness_nextgen, "sync", transport=recorder) as caller,
        ):
            yield _Stage(description, performance, recorder, http, caller)


def _needs(step: Step) -> set[str]:
    """Return what a step must keep before it is known how to undo it."""
    if step.undo is None:
        return set()
    return list_variables([step.undo.arguments, step.undo.options]) & step.keep.keys()


def _judge_call(step: Step, outcome: Outcome, exchanges: list[Exchange]) -> Fault | None:
    """Say what is wrong with the outcome of a call, if it is not as the step says."""
    assert step.call is not None
    error = outcome.refused or (outcome.raised or {}).get("error")
    wanted = step.refuses or step.expect
    if error == wanted:
        if step.refuses and exchanges:
            return step.fault(f"{step.call.method} sent a request before it raised {error}")
        return None
    if error is None:
        return step.fault(f"{step.call.method} succeeded, and {wanted} was expected", "expect")
    said = outcome.message or (outcome.raised or {}).get("message", "")
    message = f"{step.call.method} raised {error}: {said}"
    return step.fault(f"{message}: if that is meant, say expect: {error}", "call")


def _show(part: Request | Response) -> Json:
    return {"headers": part.headers, "body": part.body}


def _find(whole: Json, mark: str) -> Json:
    """Find ``response/body/0/id``, or a parameter of the URL there; raises LookupError."""
    mark, _, parameter = mark.partition("?")
    value = whole
    for step in split_mark(mark):
        if is_array(value):
            if not step.isdecimal():
                raise LookupError(step)
            value = value[int(step)]
        elif is_object(value):
            value = value[step]
        else:
            raise LookupError(step)
    if parameter:
        return parse_qs(urlsplit(str(value)).query)[parameter][0]
    return value

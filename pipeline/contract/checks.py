"""The checks that every fixture has to pass, in both directions.

Against the effective spec: the request (a) and the answer (b) are valid, and no part of the answer
is without a name there (f). Against the client, over a socket: its models decode the body and
encode it back (c); it sends the recorded request when it is called as recorded (d); given the
recorded answer, it returns the recorded values or raises the recorded error (e), and has a field
for every member (f).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from importlib import import_module
from types import ModuleType
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

import httpx

from pipeline.contract.bodies import (
    MULTIPART,
    UnreadableError,
    find_media_type,
    is_json,
    is_same,
    is_yaml,
    read_body,
    read_returned,
    read_value,
    write_body,
)
from pipeline.contract.calling import Caller, Outcome, encode
from pipeline.contract.description import Description
from pipeline.contract.fixture import Fixture, Request, Response
from pipeline.contract.replay import Answer, Received, Replay
from pipeline.contract.schemas import Checked, Part, name_location
from pipeline.faults import Fault
from pipeline.values import Json

NO_KEY = "YOUR_API_KEY_HERE"
NO_ACCOUNT = "abc123DEFghiJKL"
"""What stands for a key and an account where a fixture shows none."""

# They are of the connection or of the program, and no part of the contract.
_OWN_HEADERS = frozenset(
    {"accept-encoding", "connection", "content-length", "host", "transfer-encoding", "user-agent"}
)


class Failure(NamedTuple):
    """A check that does not hold."""

    fixture: Fixture
    check: str
    """One of ``a`` to ``f``."""
    mark: str
    message: str

    @property
    def fault(self) -> Fault:
        """The fault in the file of the fixture."""
        return self.fixture.fault(self.mark, f"({self.check}) {self.mark}: {self.message}")


@dataclass(frozen=True, slots=True)
class Conversation:
    """The exchanges of one call, in order: one, or the pages of a list that is walked."""

    fixtures: tuple[Fixture, ...]

    @property
    def first(self) -> Fixture:
        """The exchange that the call begins with."""
        return self.fixtures[0]


def list_conversations(fixtures: list[Fixture]) -> list[Conversation]:
    """Put the exchanges of one call together."""
    after = {one.follows: one for one in fixtures if one.follows}
    found: list[Conversation] = []
    for one in fixtures:
        if one.follows:
            continue
        chain = [one]
        while (following := after.get(chain[-1].name)) and following not in chain:
            chain.append(following)
        found.append(Conversation(tuple(chain)))
    return found


def check_by_spec(
    description: Description,
    fixture: Fixture,
    touched: set[Part],
    among: Collection[str] | None = None,
) -> Iterator[Failure]:
    """Check a fixture against the effective spec (a, b, f); add the parts that it touches.

    An answer that operations share is checked for each of them, or for those ``among`` them.
    """
    operation = description.find_operation(fixture.request.method, fixture.request.path)
    if operation is None:
        yield Failure(fixture, "a", "request/path", "is the path of no operation")
        return
    if operation.operation_id != fixture.operation_id:
        message = f"is that of {operation.operation_id}, not of {fixture.operation_id}"
        yield Failure(fixture, "a", "request/path", message)
        return
    request = description.check_request(operation, fixture.request)
    answer = description.check_response(operation, fixture.response)
    yield from _compare_findings(fixture, request, "a")
    yield from _compare_findings(fixture, answer, "b")
    found = {str(finding) for finding in (*request.findings, *answer.findings)}
    for gone in sorted(set(fixture.invalid) - found):
        yield Failure(fixture, "a", "invalid", f"{gone}: does not hold any more")
    touched |= request.touched | answer.touched
    if fixture.shared_by:
        for other in description.operations.values():
            is_meant = among is None or other.operation_id in among
            if is_meant and other.path.startswith(fixture.shared_by):
                shared = description.check_response(other, fixture.response)
                for finding in shared.findings:
                    if str(finding) not in fixture.invalid and finding.mark not in fixture.newer:
                        message = f"{finding.message} ({other.operation_id})"
                        yield Failure(fixture, "b", finding.mark, message)
                touched |= shared.touched


def _compare_findings(fixture: Fixture, checked: Checked, check: str) -> Iterator[Failure]:
    for finding in checked.findings:
        if str(finding) in fixture.invalid or finding.mark in fixture.newer:
            continue
        modelled = check == "b" and finding.rule in ("undescribed", "unnamed")
        in_body = finding.mark.startswith("response/body/")
        yield Failure(fixture, "f" if modelled and in_body else check, *finding[::2])


def check_by_client(
    caller: Caller, server: Replay, conversation: Conversation
) -> Iterator[Failure]:
    """Call the client as a fixture says, and give it the recorded answers (d, e, f)."""
    if not conversation.first.call.by_hand:
        yield from compare(conversation, *make_call(caller, server, conversation))


def make_call(
    caller: Caller, server: Replay, conversation: Conversation
) -> tuple[Outcome, list[Received]]:
    """Make the call of a conversation; return what came of it, and the requests that came."""
    first = conversation.first
    answers = [make_answer(one.response) for one in conversation.fixtures]
    server.load(answers)
    pages = 1 if len(answers) == 1 else None
    outcome = caller.call(first.call, server.url, *find_credentials(first.request), pages)
    return outcome, server.received


def compare(
    conversation: Conversation, outcome: Outcome, received: list[Received]
) -> Iterator[Failure]:
    """Compare a call with what is recorded of it (d, e, f)."""
    first = conversation.first
    if first.call.refuses is not None:
        yield from _check_refusal(first, outcome, received)
        return
    yield from _check_requests(conversation, outcome, received)
    yield from check_outcome(conversation, outcome)


def check_models(
    package: ModuleType, description: Description, fixture: Fixture
) -> Iterator[Failure]:
    """Have the models of a client decode the body and encode it again (c)."""
    response = fixture.response
    media_type = find_media_type(response.headers)
    if response.body is None or not (is_json(media_type) or is_yaml(media_type)):
        return
    if any(one.startswith("response/") for one in fixture.invalid):
        return
    operation = description.operations[fixture.operation_id]
    tag = str((operation.value.get("tags") or ["default"])[0])
    try:
        module = import_module(f"{package.__name__}.api.{tag}.{operation.operation_id}")
        decoded = module.decode_response(make_response(response))
        if decoded is None and response.status >= 400:
            # The functions of an operation know the errors of its own API; a gateway's has a model.
            decoded = _find_model(package, description, fixture).from_dict(response.body)
    # Whatever code that was made from another spec can raise: it is what is to be found out.
    except Exception as error:
        message = f"the model does not take it: {type(error).__name__}: {error}"
        yield Failure(fixture, "c", "response/body", message)
        return
    expected = read_value(response.body, media_type)
    if not fixture.call.returns_body and fixture.call.raises is None:
        expected = fixture.call.returns
    if not is_same(encode(decoded), expected):
        message = f"the model makes of it {_shorten(encode(decoded))}"
        yield Failure(fixture, "c", "response/body", message)


def _find_model(package: ModuleType, description: Description, fixture: Fixture) -> Any:
    """Return the model of the schema that describes the body of an error."""
    operation = description.operations[fixture.operation_id]
    status = "default" if fixture.response.described_by_default else str(fixture.response.status)
    location, _ = description.schemas.follow((*operation.location, "responses", status))
    content = (*location, "content", find_media_type(fixture.response.headers), "schema")
    return getattr(package.models, name_location(description.schemas.follow(content)[0]))


def check_outcome(conversation: Conversation, outcome: Outcome) -> Iterator[Failure]:
    """Compare what a call returned or raised with what is recorded (e, f)."""
    first, last = conversation.first, conversation.fixtures[-1]
    call = last.call
    if outcome.refused is not None:
        message = f"the client raises {outcome.refused}: {outcome.message}"
        yield Failure(first, "e", "call", message)
        return
    if call.raises is not None or outcome.raised is not None:
        if not is_same(call.raises, outcome.raised):
            message = f"the client raises {_shorten(outcome.raised)}"
            yield Failure(last, "e", "call/raises", message)
        return
    expected = _list_returned(conversation)
    if not is_same(outcome.returned, expected):
        message = f"the client returns {_shorten(outcome.returned)}, not {_shorten(expected)}"
        yield Failure(first, "e", "call/returns", message)
    for unmodelled in outcome.unmodelled:
        if len(conversation.fixtures) == 1 and unmodelled.partition(": ")[0] in first.newer:
            continue
        yield Failure(first, "f", "response/body", f"{unmodelled} has no field in the client")


def make_answer(response: Response) -> Answer:
    """Make the bytes of an answer that a fixture holds."""
    body = write_body(response.body, find_media_type(response.headers))
    return Answer(response.status, response.headers, body)


def make_response(response: Response) -> httpx.Response:
    """Make an answer that was read, for what decodes one."""
    answer = make_answer(response)
    return httpx.Response(answer.status, headers=answer.headers, content=answer.body)


def find_credentials(request: Request) -> tuple[str, str]:
    """Return the key and the account that a request was sent with."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    key = headers.get("x-api-key") or headers.get("authorization", "").removeprefix("Bearer ")
    return key or NO_KEY, headers.get("harness-account", NO_ACCOUNT)


def _list_returned(conversation: Conversation) -> Json:
    """Return what a call is to return: the body, the items of all pages, or what is stated."""
    call = conversation.first.call
    if not call.returns_body:
        return call.returns
    bodies = [
        read_returned(one.response.body, find_media_type(one.response.headers))
        for one in conversation.fixtures
    ]
    return bodies[0] if len(bodies) == 1 else [item for body in bodies for item in body]


def _check_refusal(
    fixture: Fixture, outcome: Outcome, received: list[Received]
) -> Iterator[Failure]:
    if received:
        message = f"the client sends {received[0].method} {received[0].target}"
        yield Failure(fixture, "d", "call/refuses", message)
    elif outcome.refused != fixture.call.refuses:
        message = f"the client raises {outcome.refused}: {outcome.message}"
        yield Failure(fixture, "e", "call/refuses", message)


def _check_requests(
    conversation: Conversation, outcome: Outcome, received: list[Received]
) -> Iterator[Failure]:
    wanted = conversation.fixtures
    if len(received) != len(wanted):
        message = f"the client sends {len(received)} requests, not {len(wanted)}"
        if outcome.refused:
            message += f": {outcome.refused}: {outcome.message}"
        yield Failure(wanted[0], "d", "call", message)
    for fixture, one in zip(wanted, received, strict=False):
        for mark, message in _compare_request(fixture.request, one):
            yield Failure(fixture, "d", mark, message)


def _compare_request(request: Request, received: Received) -> Iterator[tuple[str, str]]:
    path, _, query = received.target.partition("?")
    if received.method != request.method:
        yield "request/method", f"the client sends {received.method}"
    if _split_path(path) != _split_path(request.path):
        yield "request/path", f"the client sends {path}"
    if _split_query(query) != _split_query(request.query):
        yield "request/query", f"the client sends {query or 'none'}"
    sent = {name.lower(): value for name, value in received.headers}
    wanted = {name.lower(): value for name, value in request.headers.items()}
    for name, value in wanted.items():
        if _strip_boundary(sent.get(name, "")) != _strip_boundary(value):
            shown = sent.get(name, "none")
            yield f"request/headers/{name}", f"the client sends {shown!r}, not {value!r}"
    for name in sorted(sent.keys() - wanted.keys() - _OWN_HEADERS):
        if name != "accept":
            yield f"request/headers/{name}", f"the client sends {sent[name]!r} beside"
    try:
        body = read_body(received.body, sent.get("content-type", ""))
    except UnreadableError as error:
        yield "request/body", f"what the client sends {error}"
        return
    if not is_same(body, request.body):
        yield "request/body", f"the client sends {_shorten(body)}"


def _split_path(path: str) -> list[str]:
    return [unquote(segment) for segment in path.split("/")]


def _split_query(query: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        found.setdefault(name, []).append(value)
    return found


def _strip_boundary(value: str) -> str:
    return MULTIPART if value.startswith(MULTIPART) else value


def _shorten(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 300 else f"{text[:300]}…"


def check_shared_answer(
    caller: Caller, server: Replay, error: Fixture, other: Fixture
) -> Iterator[Failure]:
    """Give an error that operations share as the answer to the call of another fixture (e)."""
    call = replace(other.call, raises=error.call.raises, returns=None, returns_body=True)
    fixture = replace(error, call=call, request=other.request)
    for failure in check_by_client(caller, server, Conversation((fixture,))):
        yield failure._replace(message=f"{failure.message} (called as in {other.name})")

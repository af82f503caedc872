"""Documents of other people come out whole, and their clients do what they say."""

from __future__ import annotations

import asyncio
import datetime
import importlib
import io
import json
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from pipeline.regenerate import Job
from tests.pipeline.small import run

GOLDEN = Path(__file__).parent / "golden"

FULL = {
    "id": "11111111-2222-3333-4444-555555555555",
    "title": "T",
    "printed": "2024-02-29",
    "sold": "2024-03-01T12:30:00+02:00",
    "kind": "novel",
    "stars": 2,
    "author": {"name": "A", "born": 1900},
    "editors": [{"name": "B"}, {"name": "C"}],
    "grid": [[1, 2], []],
    "note": None,
    "owner": {"name": "D"},
    "cls": "c",
    "self": "s",
    "json": "j",
    "to_dict": "t",
    "d": "d",
    "src_dict": "x",
    "field_dict": "y",
    "unknown": {"kept": [1]},
}


LOAN = {
    "reader": {"name": "N", "card": None, "friends": [{"name": "F"}]},
    "due": None,
    "state": 'not yet "due"',
    "mood": "grim",
    "rating": -1,
    "renewed": False,
    "weeks": [["2024-01-02"], []],
    "by": 7,
    "review": [{"name": "R"}],
    "mixed": ["2024-02-03", {"path": "p"}],
    "days": {"mon": "2024-01-01"},
    "anything": [None, {"a": 1}],
    "from_dict": "1",
    "additional_properties": "2",
    "field": "3",
    "import": "4",
    "_private": "5",
    "2nd": "6",
    "fooBar": "7",
    "foo_bar": "8",
    "odd \"'\\{x.__class__}\n": "9",
    "kind": 'lo"an\\k',
    "unknown": 1,
}


TICKET = {
    "id": "22222222-2222-3333-4444-555555555555",
    "place": 4,
    "form": "paper",
    "seat": "none",
    "holder": {"name": "N"},
}


@pytest.fixture(scope="module")
def shelf() -> Iterator[ModuleType]:
    """The generated client of a document with one field or parameter of each kind."""
    sys.path.insert(0, str(GOLDEN / "generated"))
    yield importlib.import_module("shelf")
    sys.path.remove(str(GOLDEN / "generated"))
    for name in [name for name in sys.modules if name.partition(".")[0] == "shelf"]:
        del sys.modules[name]


def connect(shelf: ModuleType, answer: httpx.Response) -> tuple[Any, list[httpx.Request]]:
    """Return a client whose requests are recorded and answered alike."""
    sent: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        request.read()
        sent.append(request)
        return answer

    transport = httpx.MockTransport(handle)
    client = shelf.Client(
        "s3cret", base_url="https://shelf.test", transport=transport, max_retries=0
    )
    return client, sent


def operation(shelf: ModuleType, name: str, tag: str = "default") -> Any:
    """Import an operation's module."""
    return importlib.import_module(f"{shelf.__name__}.api.{tag}.{name}")


def test_every_kind_of_field_survives(shelf: ModuleType) -> None:
    """What is decoded is encoded to the same JSON, unknown members and nulls included."""
    book = shelf.models.Book.from_dict(FULL)
    assert book.to_dict() == FULL
    assert str(book.printed) == "2024-02-29"
    assert book.sold.utcoffset().total_seconds() == 7200
    assert book.kind is shelf.models.Kind.NOVEL
    assert book.editors[1].name == "C"
    assert book.note is None
    assert book["unknown"] == {"kept": [1]}


def test_every_other_kind_of_field_survives(shelf: ModuleType) -> None:
    """Merged models, unions, open objects, nulls beside enums, and names that clash."""
    loan = shelf.models.Loan.from_dict(LOAN)
    assert loan.to_dict() == LOAN
    assert loan.reader.card is None
    assert loan.reader.friends[0].name == "F"
    assert loan.state is shelf.models.State.NOT_YET_DUE
    assert loan.mood is shelf.models.LoanMood.GRIM
    assert loan.rating is shelf.models.Rating.BAD
    assert loan.review[0].name == "R"
    assert [type(one).__name__ for one in loan.mixed] == ["date", "FileModel"]
    assert loan.days["mon"] == datetime.date(2024, 1, 1)
    assert loan.weeks[0][0] == datetime.date(2024, 1, 2)
    assert loan.kind == 'lo"an\\k'
    other = {**LOAN, "mood": None, "by": "11111111-2222-3333-4444-555555555555"}
    other |= {"review": {"code": 1, "more": "kept"}}
    loan = shelf.models.Loan.from_dict(other)
    assert loan.mood is None
    assert loan.by.version is None
    assert loan.review.code == 1
    assert loan.to_dict() == other


def test_constant_is_held_to_its_value(shelf: ModuleType) -> None:
    """A constant alone takes its value only; beside another kind or null, that one is read."""
    ticket = shelf.models.Ticket.from_dict(TICKET)
    assert ticket.to_dict() == TICKET
    assert type(ticket.holder).__name__ == "Reader"
    other = {**TICKET, "seat": "2024-01-02", "holder": "2024-01-03"}
    ticket = shelf.models.Ticket.from_dict(other)
    assert (ticket.seat, ticket.holder) == (datetime.date(2024, 1, 2), datetime.date(2024, 1, 3))
    assert ticket.to_dict() == other
    assert shelf.models.Ticket.from_dict({**TICKET, "holder": None}).holder is None
    with pytest.raises(ValueError, match=r'^/form: expected "paper", found a text$'):
        shelf.models.Ticket.from_dict({**TICKET, "form": "stone"})


def test_default_of_what_is_required_is_sent(shelf: ModuleType) -> None:
    """What is always sent has the default that the document states."""
    assert shelf.models.Ticket(form="paper").to_dict() == {
        "id": "11111111-2222-3333-4444-555555555555",
        "place": 3,
        "form": "paper",
    }


def test_absent_stays_absent(shelf: ModuleType) -> None:
    """A member that was not there is not sent; a missing required one is an error."""
    least = {name: FULL[name] for name in ("id", "title", "printed", "cls")}
    assert shelf.models.Book.from_dict(least).to_dict() == least
    for missing in least:
        rest = {name: value for name, value in least.items() if name != missing}
        with pytest.raises(ValueError, match=rf"^/{missing}: expected .*, found nothing$"):
            shelf.models.Book.from_dict(rest)


def test_open_values_are_kept(shelf: ModuleType) -> None:
    """An unknown value of an open enum, and another kind in a union, are kept as they are."""
    odd = {**FULL, "kind": "opera", "owner": 7}
    assert shelf.models.Book.from_dict(odd).to_dict() == odd


def test_request_is_what_was_asked(shelf: ModuleType) -> None:
    """Path, query, headers, cookies and body arrive under their wire names."""
    client, sent = connect(shelf, httpx.Response(200, json=FULL))
    moment = datetime.datetime(2024, 1, 2, tzinfo=datetime.UTC)
    parsed = operation(shelf, "put_book").sync(
        "a/b ü", client=client, body=shelf.models.Book.from_dict(FULL), body_="q",
        client_query=3, tag=["x", "y"], since=moment, session="s", x_trace=True,
    )  # fmt: skip
    assert parsed.to_dict() == FULL
    [request] = sent
    assert request.method == "PUT"
    assert request.url.raw_path.partition(b"?")[0] == b"/books/a%2Fb%20%C3%BC"
    assert request.url.params.multi_items() == [
        ("body", "q"), ("client", "3"), ("tag", "x"), ("tag", "y"),
        ("since", "2024-01-02T00:00:00Z"),
    ]  # fmt: skip
    assert request.headers["X-Trace"] == "true"
    assert request.headers["Cookie"] == "session=s"
    assert request.headers["Content-Type"] == "application/json"
    assert json.loads(request.content) == FULL


def test_absent_argument_is_not_sent(shelf: ModuleType) -> None:
    """Of arguments that are absent or null, nothing arrives; the others are written as in JSON."""
    client, sent = connect(shelf, httpx.Response(200, json=[LOAN]))
    list_loans = operation(shelf, "listloans", "loans")
    [loan] = list_loans.sync(client=client, late=False, x_desk=None)
    assert loan.to_dict() == LOAN
    list_loans.sync(
        client=client, late=True, x_desk=3, x_trace="t", state=shelf.models.State.BACK_SLASH,
        until=datetime.date(2024, 1, 2), sort="s", request_="r",
        filter_=shelf.models.Filter(reader="a b", year=1),
    )  # fmt: skip
    bare, full = sent
    assert bare.url.params.multi_items() == [("late", "false")]
    assert not {"x-desk", "x-trace", "cookie"} & bare.headers.keys()
    assert full.url.params.multi_items() == [
        ("state", "back\\slash"), ("until", "2024-01-02"), ("late", "true"), ("sort", "s"),
        ("reader", "a b"), ("year", "1"), ("request", "r"),
    ]  # fmt: skip
    assert (full.headers["X-Desk"], full.headers["X-Trace"]) == ("3", "t")


def test_answer_is_read_by_its_status(shelf: ModuleType) -> None:
    """A status of its own goes before the range that it is in, and a range before the rest."""
    list_loans = operation(shelf, "listloans", "loans")
    read = []
    for answer in (
        httpx.Response(404, json={"code": 4}),
        httpx.Response(418, text="tea"),
        httpx.Response(500, text="broken"),
    ):
        client, _ = connect(shelf, answer)
        read.append(list_loans.sync(client=client, late=True, x_desk=1))
    assert read[0].code == 4
    assert read[1:] == ["tea", None]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [(LOAN, "Loan"), (["11111111-2222-3333-4444-555555555555"], "list"), ("text", "str")],
)
def test_one_of_several_answers(shelf: ModuleType, answer: Any, kind: str) -> None:
    """An answer that may be one of several is read as the one that fits."""
    client, sent = connect(shelf, httpx.Response(201, json=answer))
    loan = shelf.models.Loan.from_dict(LOAN)
    parsed = operation(shelf, "add_loan", "loans").sync(client=client, body=loan)
    assert type(parsed).__name__ == kind
    assert sent[0].headers["Content-Type"] == "application/json"
    assert json.loads(sent[0].content) == LOAN


def test_kind_of_body_says_how_it_is_sent(shelf: ModuleType) -> None:
    """Of two bodies, a form is sent as one."""
    client, sent = connect(shelf, httpx.Response(201, json="ok"))
    form = shelf.models.LoanForm(title="a&b", tags=["x", "y"], urgent=True)
    operation(shelf, "add_loan", "loans").sync(client=client, body=form)
    assert sent[0].headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert sent[0].content == b"title=a%26b&tags=x&tags=y&urgent=true"


@pytest.mark.parametrize(("body", "sent_as"), [([1], b"[1]"), (None, b"title=t")])
def test_body_of_any_kind_is_sent_as_json(shelf: ModuleType, body: Any, sent_as: bytes) -> None:
    """Beside a body that may be anything, a form is still sent as one."""
    client, sent = connect(shelf, httpx.Response(201, json=TICKET))
    ticket_id, days = uuid.UUID(TICKET["id"]), [datetime.date(2024, 1, 2)]
    body = body or shelf.models.LoanForm(title="t")
    ticket = operation(shelf, "put_note").sync(ticket_id, client=client, body=body, on=days)
    assert ticket.to_dict() == TICKET
    assert sent[0].url.raw_path == f"/tickets/{ticket_id}/%22note%22?on=2024-01-02".encode()
    assert sent[0].content == sent_as


def test_body_may_be_absent(shelf: ModuleType) -> None:
    """An optional body of bytes is sent when it is given; a time in a path has no space."""
    client, sent = connect(shelf, httpx.Response(200))
    moment = datetime.datetime(2024, 1, 2, tzinfo=datetime.UTC)
    put_scan = operation(shelf, "put_scan", "loans")
    put_scan.sync_detailed("l", 1, moment, client=client)
    put_scan.sync_detailed("l", 1, moment, client=client, body=b"s")
    bare, full = sent
    assert bare.url.raw_path == b"/loans/l/days/1/2024-01-02T00%3A00%3A00Z"
    assert (bare.content, bare.headers.get("Content-Type")) == (b"", None)
    assert (full.content, full.headers["Content-Type"]) == (b"s", "application/octet-stream")


def test_shared_path_has_its_own_function(shelf: ModuleType) -> None:
    """An operation of a path that refers to another path is sent to its own."""
    client, sent = connect(shelf, httpx.Response(200, text="out"))
    assert operation(shelf, "get_shared").sync(client=client) is shelf.models.State.OUT
    assert sent[0].url.path == "/shared"


def test_asynchronous_function_does_the_same(shelf: ModuleType) -> None:
    """Each operation has an asynchronous twin."""
    sent: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, text="out")

    async def ask() -> Any:
        transport = httpx.MockTransport(handle)
        url = "https://shelf.test"
        async with shelf.AsyncClient("s3cret", base_url=url, transport=transport) as client:
            return await operation(shelf, "get_mine").asyncio(client=client)

    assert asyncio.run(ask()) is shelf.models.State.OUT
    assert sent[0].url.path == "/mine"


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_path_cannot_be_left(shelf: ModuleType, value: str) -> None:
    """An argument that would lead to another path is refused before anything is sent."""
    client, sent = connect(shelf, httpx.Response(200, json=FULL))
    with pytest.raises(ValueError, match="cannot stand in a path"):
        operation(shelf, "put_book").sync(
            value, client=client, body=shelf.models.Book.from_dict(FULL)
        )
    assert sent == []


@pytest.mark.parametrize("status", [404, 499, 520])
def test_any_status_is_told(shelf: ModuleType, status: int) -> None:
    """A status that no standard lists is told as it is by functions, and raised by methods."""
    client, _ = connect(shelf, httpx.Response(status, text="no"))
    body = shelf.models.Book.from_dict(FULL)
    answer = operation(shelf, "put_book").sync_detailed("1", client=client, body=body)
    assert (answer.status_code, answer.content, answer.parse()) == (status, b"no", None)
    with pytest.raises(shelf.errors.StatusError, match=f"{status}.*: no") as caught:
        client.default.put_book("1", body)
    assert caught.value.status_code == status


def test_files_go_both_ways(shelf: ModuleType) -> None:
    """A multipart body has a boundary of its own, and a download is the server's bytes."""
    client, sent = connect(shelf, httpx.Response(204))
    image = shelf.types.File(io.BytesIO(b"\x89PNG+++"), "a.png", "image/png")
    pages = [shelf.types.File(io.BytesIO(page)) for page in (b"1", b"2")]
    author, drawn = shelf.models.Author(name="A"), datetime.date(2024, 1, 2)
    cover = shelf.models.UploadCoverBody(
        image=image, caption="c", pages=pages, author=author, drawn=drawn
    )
    cover["sold"] = False
    operation(shelf, "upload_cover").sync_detailed(client=client, body=cover)
    content_type = sent[0].headers["Content-Type"]
    assert content_type.startswith("multipart/form-data; boundary=")
    assert b'name="image"; filename="a.png"' in sent[0].content
    boundary = content_type.partition("boundary=")[2].encode()
    parts = [part.strip(b"\r\n") for part in sent[0].content.split(b"--" + boundary)[1:-1]]
    named = [(part.partition(b'name="')[2].partition(b'"')[0], part.rpartition(b"\r\n")[2])
             for part in parts]  # fmt: skip
    assert named == [
        (b"image", b"\x89PNG+++"), (b"caption", b"c"), (b"pages", b"1"), (b"pages", b"2"),
        (b"author", b'{"name":"A"}'), (b"drawn", b"2024-01-02"), (b"sold", b"false"),
    ]  # fmt: skip
    client, _ = connect(shelf, httpx.Response(200, content=b"\0\1"))
    assert operation(shelf, "download").sync(client=client) == b"\0\1"
    assert client.default.download().read() == b"\0\1"


def test_client_shows_no_secret(shelf: ModuleType) -> None:
    """The headers of a client, where its key is, are not shown."""
    client, _ = connect(shelf, httpx.Response(204))
    assert "s3cret" not in repr(client)
    assert "s3cret" not in repr(vars(client))


NEWER: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Newer", "version": "1"},
    "webhooks": {"ping": {"post": {"responses": {"200": {"description": "x"}}}}},
    "paths": {
        "/a": {"$ref": "#/components/pathItems/A"},
        "/b": {"get": {"responses": {"200": {"description": "x", "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/T"}}}}}}},
    },
    "components": {
        "pathItems": {"A": {"get": {"operationId": "a",
                                    "responses": {"200": {"description": "x"}}}}},
        "schemas": {"T": {
            "type": "object",
            "properties": {
                "maybe": {"type": ["string", "null"]},
                "fixed": {"const": "yes"},
                "nothing": {"type": "null"},
                "either": {"type": ["integer", "string"]},
                "inner": {"type": ["object", "null"], "properties": {"a": {}}},
                "mood": {"type": ["string", "null"], "enum": ["grim", None]},
            },
        }},
    },
}  # fmt: skip


def test_openapi_3_1_comes_out_whole(tmp_path: Path) -> None:
    """Type lists, constants, null and shared path items of OpenAPI 3.1 are understood."""
    (tmp_path / "openapi.json").write_text(json.dumps(NEWER), encoding="utf-8")
    report = run(Job(spec=tmp_path / "openapi.json", output=tmp_path / "out"))
    assert report.made is not None
    assert (report.made.package, report.made.generated.operations) == ("newer_client", 2)
    model = (tmp_path / "out/newer_client/models/t.py").read_text(encoding="utf-8")
    assert "maybe: str | None | Unset = UNSET" in model
    assert "either: int | str | None | Unset = UNSET" in model
    assert "inner: TInner | None | Unset = UNSET" in model
    assert "mood: TMood | None | Unset = UNSET" in model


def test_document_without_anything_comes_out(tmp_path: Path) -> None:
    """No tags, servers, components or operations are no faults."""
    value = {"openapi": "3.0.0", "info": {"title": "Empty", "version": "1"}, "paths": {}}
    (tmp_path / "openapi.json").write_text(json.dumps(value), encoding="utf-8")
    report = run(Job(spec=tmp_path / "openapi.json", output=tmp_path / "out"))
    assert report.made is not None
    assert report.made.generated.operations == 0

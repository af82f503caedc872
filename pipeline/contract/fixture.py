"""A fixture: one recorded exchange, as a document that a person reads and reviews.

It stands in ``tests/fixtures/RESOURCE/OPERATION/CASE.yaml``::

    source: sandbox                 # who gave the answer: api-page, sandbox or live
    date: '2026-11-24'              # when
    note: What the case is about.
    call:                           # what a caller writes: a method of the client, its arguments
      method: modules.get
      arguments: {module_id: 1a2b}
    request: {method, path, query, headers, body}
    response: {status, headers, body}

A body is a value where its media type is JSON, text where it is text, a list of parts where it is
multipart, and Base64 where it is anything else. A request that no body or query was sent with has
no such key. The other keys are described at ``Fixture``, ``Call`` and ``Response``.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.contract.forms import HEADERS, REQUEST, TEXTS, require_form
from pipeline.document import Document, read_document
from pipeline.faults import BadInput, Fault, Place
from pipeline.values import Json, Location, is_array, is_object

SOURCES = ("api-page", "sandbox", "live")
INDEX = "index.yaml"
UNCOVERED = "uncovered.yaml"
SURVIVORS = "survivors.yaml"
"""The documents of the folder that are no fixtures."""

_FORM: dict[str, Any] = {
    "type": "object",
    "required": ["source", "date", "call", "request", "response"],
    "additionalProperties": False,
    "properties": {
        "source": {"enum": list(SOURCES)},
        "date": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
        "note": {"type": "string"},
        "completed": TEXTS,
        "assumed": TEXTS,
        "newer": TEXTS,
        "invalid": TEXTS,
        "follows": {"type": "string"},
        "shared_by": {"type": "string", "pattern": "^/"},
        "call": {
            "type": "object",
            "required": ["method"],
            "additionalProperties": False,
            "properties": {
                "method": {"type": "string", "pattern": r"^[a-z_]+(\.[a-z_]+)+$"},
                "options": {"type": "object"},
                "arguments": {"type": "object"},
                "returns": {},
                "raises": {
                    "type": "object",
                    "required": ["error"],
                    "additionalProperties": False,
                    "properties": {
                        "error": {"type": "string"},
                        "message": {"type": "string"},
                        "code": {"type": "string"},
                        "id": {"type": "string"},
                        "fields": {"type": "array", "items": {**TEXTS, "maxItems": 2}},
                        "temporary": {"const": True},
                    },
                },
                "refuses": {"type": "string"},
                "by_hand": {"const": True},
            },
        },
        "request": REQUEST,
        "response": {
            "type": "object",
            "required": ["status"],
            "additionalProperties": False,
            "properties": {
                "status": {"type": "integer", "minimum": 200, "maximum": 599},
                "described_by": {"const": "default"},
                "headers": HEADERS,
                "body": {},
            },
        },
    },
}


@dataclass(frozen=True, slots=True)
class Call:
    """What a caller writes."""

    method: str
    """The method of the client, such as ``modules.testing.enable``."""
    arguments: dict[str, Json] = field(default_factory=dict[str, Json])
    """By name; a model is the JSON that it stands for, bytes are ``{base64: …}``."""
    options: dict[str, Json] = field(default_factory=dict[str, Json])
    """Of the client, such as ``format: yaml``."""
    returns: Json = None
    """What the call returns, encoded; where the fixture says nothing, the body of the answer."""
    returns_body: bool = True
    raises: dict[str, Json] | None = None
    """The error that the call raises: its class, and what it found in the body."""
    refuses: str | None = None
    """The class of the error that the client raises instead of sending this request."""
    by_hand: bool = False
    """The request was written by hand, since no call sends such a one."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request, without what every request of its connection has."""

    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: Json = None


@dataclass(frozen=True, slots=True)
class Response:
    """An answer, with the headers that say something of it."""

    status: int
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: Json = None
    described_by_default: bool = False
    """No response of the operation describes this status but the ``default`` one."""


@dataclass(frozen=True, slots=True)
class Fixture:
    """One exchange, and what is said of it."""

    name: str
    """``RESOURCE/OPERATION/CASE``."""
    document: Document = field(repr=False)
    source: str
    date: str
    call: Call
    request: Request
    response: Response
    note: str = ""
    completed: tuple[str, ...] = ()
    """Parts of the exchange that the API page leaves out (``…``), and that were filled in."""
    assumed: tuple[str, ...] = ()
    """Parts that the source does not show at all."""
    newer: tuple[str, ...] = ()
    """Members of the answer that the spec does not have: those of a newer server."""
    invalid: tuple[str, ...] = ()
    """What is wrong with a request that the server refuses, as ``query/page: minimum``."""
    follows: str | None = None
    """The fixture of the request before this one, where a call sends several."""
    shared_by: str | None = None
    """Every operation below this path may give this answer."""

    def fault(self, mark: str, message: str) -> Fault:
        """Return a fault at a place such as ``response/body/0/name``, or the nearest above it."""
        return self.document.fault(_locate(self.document.value, mark)[0], message)

    @property
    def operation_id(self) -> str:
        """The operation that the folder is named after."""
        return self.name.split("/")[1]


def read_fixtures(folder: Path) -> list[Fixture]:
    """Read all fixtures of a folder, by name. Raises BadInput with what is wrong in any of them."""
    if not folder.is_dir():
        raise BadInput(Fault(Place(str(folder)), "is no folder of fixtures"))
    fixtures: list[Fixture] = []
    faults: list[Fault] = []
    for path in sorted(folder.rglob("*")):
        if path.is_dir() or (path.parent == folder and path.name in (INDEX, UNCOVERED, SURVIVORS)):
            continue
        try:
            fixtures.append(read_fixture(path, folder))
        except BadInput as error:
            faults += error.faults
    if faults:
        raise BadInput(*faults)
    _refuse_loose_ends(fixtures)
    return fixtures


def read_fixture(path: Path, folder: Path) -> Fixture:
    """Read one fixture of a folder. Raises BadInput."""
    parts = path.relative_to(folder).parts
    if len(parts) != 3 or path.suffix != ".yaml":
        message = "is no fixture: name it RESOURCE/OPERATION/CASE.yaml"
        raise BadInput(Fault(Place(str(path)), message))
    return parse_fixture("/".join(parts).removesuffix(".yaml"), read_document(path))


def parse_fixture(name: str, document: Document) -> Fixture:
    """Understand a document as the fixture ``RESOURCE/OPERATION/CASE``. Raises BadInput."""
    value = document.value
    require_form(document, _FORM)
    try:
        datetime.date.fromisoformat(value["date"])
    except ValueError as error:
        raise BadInput(document.fault(("date",), f"is no date: {error}")) from None
    call, answer = value["call"], value["response"]
    lists = {key: tuple(value.get(key, ())) for key in ("completed", "assumed", "newer", "invalid")}
    return Fixture(
        name,
        document,
        value["source"],
        value["date"],
        Call(
            call["method"],
            call.get("arguments", {}),
            call.get("options", {}),
            call.get("returns"),
            "returns" not in call,
            call.get("raises"),
            call.get("refuses"),
            "by_hand" in call,
        ),
        Request(**value["request"]),
        Response(
            answer["status"],
            answer.get("headers", {}),
            answer.get("body"),
            "described_by" in answer,
        ),
        note=value.get("note", ""),
        follows=value.get("follows"),
        shared_by=value.get("shared_by"),
        **lists,
    )


def _refuse_loose_ends(fixtures: list[Fixture]) -> None:
    """Refuse what names another fixture that is not there, and marks that point to nothing."""
    names = {one.name for one in fixtures}
    faults: list[Fault] = []
    for one in fixtures:
        if one.follows is not None and one.follows not in names:
            faults.append(one.fault("follows", f"there is no fixture {one.follows!r}"))
        for key in ("completed", "assumed", "newer"):
            marks: tuple[str, ...] = getattr(one, key)
            for position, mark in enumerate(marks):
                if not _locate(one.document.value, mark)[1]:
                    faults.append(one.fault(f"{key}/{position}", f"there is no {mark!r} here"))
    if faults:
        raise BadInput(*faults)


def _locate(value: Json, mark: str) -> tuple[Location, bool]:
    """Return the steps to a place as far as they lead, and whether they lead all the way."""
    location: list[str | int] = []
    for step in split_mark(mark):
        if is_array(value) and step.isdecimal() and int(step) < len(value):
            location.append(int(step))
            value = value[int(step)]
        elif is_object(value) and step in value:
            location.append(step)
            value = value[step]
        else:
            return tuple(location), False
    return tuple(location), True


def split_mark(mark: str) -> Iterator[str]:
    """Yield the steps of ``response/body/0/name``: a JSON pointer without its first slash."""
    for step in mark.split("/"):
        yield step.replace("~1", "/").replace("~0", "~")


def join_mark(location: Location) -> str:
    """Write a place as ``response/body/0/name``."""
    return "/".join(str(step).replace("~", "~0").replace("/", "~1") for step in location)

"""The effective spec as what exchanges are checked against.

Requests and answers are checked whole: parameters, headers, media types, bodies; and whatever the
spec does not describe is a finding too, since a client can neither send nor keep what has no name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Self
from urllib.parse import parse_qsl, unquote

from pipeline.contract.bodies import (
    MULTIPART,
    UnreadableError,
    find_media_type,
    is_json,
    is_yaml,
    read_value,
)
from pipeline.contract.fixture import Request, Response
from pipeline.contract.schemas import REQUEST, RESPONSE, Checked, Part, Schemas, name_location
from pipeline.document import read_document
from pipeline.faults import BadInput, Fault, Place
from pipeline.openapi import Operation, list_operations
from pipeline.values import Json, Location, is_array

# What speaks of the message and its connection; parameters of these names are ignored (OpenAPI
# 3.0.3, parameter object), and credentials are named by security schemes.
_PLAIN_HEADERS = frozenset({"accept", "authorization", "content-type"})
_ANSWER_HEADERS = frozenset({"content-type", "allow", "retry-after"})


class Description:
    """A spec, with what finds operations in it and checks messages by it."""

    def __init__(self, value: Json) -> None:
        self.value = value
        self.schemas = Schemas(value)
        self.operations = {
            str(operation.operation_id): operation for operation in list_operations(value)
        }

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read an effective spec. Raises BadInput where an operation has no method of a client."""
        description = cls(read_document(path).value)
        try:
            _ = description.methods
        except KeyError as error:
            message = f"an operation has no {error}: run `nox -s regenerate`"
            raise BadInput(Fault(Place(str(path)), message)) from None
        return description

    @cached_property
    def methods(self) -> dict[str, Operation]:
        """The operations by the methods of the client, such as ``modules.testing.enable``."""
        return {
            f"{one.value['x-resource']}.{one.value['x-method']}": one
            for one in self.operations.values()
        }

    def name_folder(self, method: str) -> str:
        """Return the folder of a method's fixtures: ``modules.testing/enable_module_testing``."""
        operation = self.methods[method]
        return f"{operation.value['x-resource']}/{operation.operation_id}"

    def list_answer_headers(self, operation: Operation) -> list[str]:
        """List the headers that any response of an operation is described with."""
        found: set[str] = set()
        for status in operation.value["responses"]:
            _, answer = self.schemas.follow((*operation.location, "responses", status))
            found.update(answer.get("headers", {}))
        return sorted(found)

    def find_bodies(self, operation: Operation, status: int, media_type: str) -> list[Location]:
        """Return the place of the schema of an answer's body, if there is one."""
        answers = operation.value["responses"]
        key = str(status) if str(status) in answers else "default"
        if key not in answers:
            return []
        location, answer = self.schemas.follow((*operation.location, "responses", key))
        described = media_type in answer.get("content", {})
        return [(*location, "content", media_type, "schema")] if described else []

    @cached_property
    def _templates(self) -> list[tuple[Operation, re.Pattern[str]]]:
        """The operations by pattern of their path, those with fewer parameters first."""
        found = [
            (operation, re.compile(re.sub(r"\\\{[^{}]+\\\}", "([^/]+)", re.escape(operation.path))))
            for operation in self.operations.values()
        ]
        return sorted(found, key=lambda one: one[0].path.count("{"))

    def find_operation(self, method: str, path: str) -> Operation | None:
        """Return the operation that a request is for."""
        for operation, pattern in self._templates:
            if operation.method == method.lower() and pattern.fullmatch(path):
                return operation
        return None

    def check_request(self, operation: Operation, request: Request) -> Checked:
        """Check a request, which is one for this operation."""
        checked = Checked()
        checked.touched.add(Part("operation", str(operation.operation_id)))
        given = self._list_given(operation, request)
        described = {
            (one["in"], _fold(one["in"], one["name"])): (location, one)
            for location, one in self.list_parameters(operation)
        }
        for (place, name), (location, parameter) in described.items():
            if place == "header" and name in _PLAIN_HEADERS:
                continue
            mark = f"request/{'headers' if place == 'header' else place}/{parameter['name']}"
            values = given.pop((place, name), None)
            if values is None:
                if parameter.get("required"):
                    checked.find(mark, "required", "is required")
                continue
            label = f"{operation.operation_id} {place} {parameter['name']}"
            checked.touched.add(Part("parameter", label))
            schema = (*location, "schema")
            value = self.schemas.read_text(schema, values)
            if len(values) > 1 and not is_array(value):
                checked.find(mark, "type", f"is given {len(values)} times, and is no array")
            self.schemas.check(checked, schema, value, mark, REQUEST)
        for place, name in given:
            mark = f"request/{'headers' if place == 'header' else place}/{name}"
            checked.find(mark, "undescribed", "is described nowhere for this operation")
        self._check_security(checked, operation, request)
        self._check_request_body(checked, operation, request)
        return checked

    def check_response(self, operation: Operation, response: Response) -> Checked:
        """Check an answer to a request of this operation."""
        checked = Checked()
        status = self._find_response(checked, operation, response)
        if status is None:
            return checked
        location, described = self.schemas.follow((*operation.location, "responses", status))
        self._check_headers(checked, location, described, response)
        content = described.get("content", {})
        media_type = find_media_type(response.headers)
        if response.body is None:
            return checked
        if media_type not in content:
            message = f"{media_type or 'a body'} is not described for {status}"
            checked.find("response/headers/Content-Type", "undescribed", message)
            return checked
        schema = (*location, "content", media_type, "schema")
        if not status.startswith("2"):
            checked.touched.add(self.name_error(status, media_type, schema))
        self._check_body(checked, schema, response.body, media_type, RESPONSE)
        return checked

    def name_error(self, status: str, media_type: str, schema: Location) -> Part:
        """Name the shape of an error: its status, and the schema or the media type of its body."""
        shape = media_type
        if is_json(media_type):
            shape = name_location(self.schemas.follow(schema)[0])
        return Part("error", f"{status} {shape}")

    def list_parameters(self, operation: Operation) -> Iterator[tuple[Location, dict[str, Json]]]:
        """Yield the parameters of an operation with their places, its own before shared ones."""
        for holder in (operation.location, operation.location[:2]):
            for position in range(len(self.schemas.at(holder).get("parameters", []))):
                yield self.schemas.follow((*holder, "parameters", position))

    def _list_given(
        self, operation: Operation, request: Request
    ) -> dict[tuple[str, str], list[str]]:
        given: dict[tuple[str, str], list[str]] = {}
        names = re.findall(r"\{([^{}]+)\}", operation.path)
        pattern = next(found for one, found in self._templates if one is operation)
        if matched := pattern.fullmatch(request.path):
            for name, value in zip(names, matched.groups(), strict=True):
                given["path", name] = [unquote(value)]
        for name, value in parse_qsl(request.query, keep_blank_values=True):
            given.setdefault(("query", name), []).append(value)
        known = _PLAIN_HEADERS | self._list_key_headers()
        for name, value in request.headers.items():
            if name.lower() not in known:
                given["header", name.lower()] = [value]
        return given

    def _list_key_headers(self) -> set[str]:
        schemes = self.value.get("components", {}).get("securitySchemes", {})
        return {
            str(one["name"]).lower()
            for one in schemes.values()
            if one.get("type") == "apiKey" and one.get("in") == "header"
        }

    def _check_security(self, checked: Checked, operation: Operation, request: Request) -> None:
        wanted = operation.value.get("security", self.value.get("security", []))
        if wanted and not any(
            all(self._has_credential(name, request) for name in one) for one in wanted
        ):
            schemes = " or ".join(" and ".join(one) for one in wanted)
            checked.find("request/headers", "security", f"has no credential for {schemes}")

    def _has_credential(self, scheme: str, request: Request) -> bool:
        _, described = self.schemas.follow(("components", "securitySchemes", scheme))
        headers = {name.lower(): value for name, value in request.headers.items()}
        if described["type"] == "http":
            return headers.get("authorization", "").lower().startswith(described["scheme"].lower())
        if described["in"] == "query":
            return described["name"] in dict(parse_qsl(request.query, keep_blank_values=True))
        return str(described["name"]).lower() in headers

    def _check_request_body(self, checked: Checked, operation: Operation, request: Request) -> None:
        if "requestBody" not in operation.value:
            if request.body is not None:
                checked.find("request/body", "undescribed", "this operation takes no body")
            return
        location, described = self.schemas.follow((*operation.location, "requestBody"))
        if request.body is None:
            if described.get("required"):
                checked.find("request/body", "required", "is required")
            return
        media_type = find_media_type(request.headers)
        if media_type not in described["content"]:
            message = f"{media_type or 'a body without a type'} is not described"
            checked.find("request/headers/Content-Type", "undescribed", message)
            return
        schema = (*location, "content", media_type, "schema")
        self._check_body(checked, schema, request.body, media_type, REQUEST)

    def _find_response(
        self, checked: Checked, operation: Operation, response: Response
    ) -> str | None:
        described = {str(status) for status in operation.value["responses"]}
        own = str(response.status)
        name = str(operation.operation_id)
        if own in described:
            checked.touched.add(Part("status", f"{name} {own}"))
            if response.described_by_default:
                message = f"{own} is described by itself: remove this"
                checked.find("response/described_by", "undescribed", message)
            return own
        if response.described_by_default and "default" in described:
            checked.touched.add(Part("status", f"{name} default"))
            return "default"
        hint = ": say described_by: default if that is meant" if "default" in described else ""
        checked.find("response/status", "undescribed", f"{own} is not described{hint}")
        return None

    def _check_headers(
        self, checked: Checked, location: Location, described: Json, response: Response
    ) -> None:
        given = {name.lower(): (name, value) for name, value in response.headers.items()}
        for name in described.get("headers", {}):
            at, resolved = self.schemas.follow((*location, "headers", name))
            found = given.pop(name.lower(), None)
            if found is None:
                if resolved.get("required"):
                    checked.find(f"response/headers/{name}", "required", "is required")
                continue
            value = self.schemas.read_text((*at, "schema"), [found[1]])
            mark = f"response/headers/{found[0]}"
            self.schemas.check(checked, (*at, "schema"), value, mark, RESPONSE)
        for name in given.keys() - _ANSWER_HEADERS:
            mark = f"response/headers/{given[name][0]}"
            checked.find(mark, "undescribed", "is described nowhere for this answer")

    def _check_body(
        self, checked: Checked, schema: Location, body: Json, media_type: str, direction: str
    ) -> None:
        mark = f"{direction}/body"
        try:
            value = read_value(body, media_type)
        except UnreadableError as error:
            checked.find(mark, "unreadable", str(error))
            return
        if is_json(media_type) or is_yaml(media_type):
            self.schemas.check(checked, schema, value, mark, direction)
            return
        # Text and files have no schema but that they are text; parts are files by name.
        kind = self.schemas.follow(schema)[1].get("type")
        if kind != ("object" if media_type == MULTIPART else "string"):
            checked.find(mark, "type", f"{media_type} is described as {kind}")


def _fold(place: str, name: str) -> str:
    return name.lower() if place == "header" else name

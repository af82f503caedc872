"""Find what of a document the client would not have, and say how to mend it.

The generator warns of some of it and passes over the rest without a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from openapi_python_client.parser.bodies import BodyType
from openapi_python_client.parser.openapi import GeneratorData
from openapi_python_client.parser.properties import AnyProperty, EnumProperty, ModelProperty
from openapi_python_client.parser.properties.const import ConstProperty
from openapi_python_client.parser.properties.date import DateProperty
from openapi_python_client.parser.properties.datetime import DateTimeProperty
from openapi_python_client.parser.properties.file import FileProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.string import StringProperty
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.parser.properties.uuid import UuidProperty

from pipeline.codec import Property, type_of
from pipeline.openapi import Operation, follow, list_parameters, walk_schemas
from pipeline.values import Json, Location, is_object

if TYPE_CHECKING:
    from openapi_python_client.parser.openapi import Endpoint

Modules = Mapping[tuple[str, str], "Endpoint"]
"""The generator's endpoints by method and path."""

_UNKNOWN_REFERENCE = "Could not find reference in parsed models or enums"
_COMPONENT = "#/components/schemas/"
_TEXTS = (AnyProperty, DateProperty, DateTimeProperty, StringProperty, UuidProperty)


@dataclass(frozen=True, slots=True)
class Loss:
    """Something of the document that the client would not have."""

    subject: str
    location: Location
    reason: str
    names: frozenset[str]
    """What ``--allow-loss`` may call it."""

    @property
    def message(self) -> str:
        """The reason, and the overlay action that would mend it."""
        return f"{self.subject} would be lost: {self.reason}; {_advise(self.reason)}"


def find_losses(
    operations: list[Operation], data: GeneratorData, modules: Modules, view: Json
) -> list[Loss]:
    """List, each once, what the generator warns of and what it does not."""
    losses = [
        *_find_reported(operations, data, modules, view),
        *_find_lost_parts(operations, modules, view, _find_models_with_files(data.models)),
        *_find_lost_schemas(operations, view),
    ]
    return list(dict.fromkeys(losses))


def names_of(operation: Operation) -> frozenset[str]:
    """Return what ``--allow-loss`` may call an operation."""
    names = {f"{operation.method.upper()} {operation.path}"}
    if operation.operation_id:
        names.add(operation.operation_id)
    return frozenset(names)


def one_line(text: str) -> str:
    """Put a message of the generator on one line."""
    # Some show its wrapper of a text in place of the text, or a header that says nothing.
    text = text.replace("Unable to parse this part of your OpenAPI document: : ", "")
    return " ".join(re.sub(r"<\S+UntrustedString object at \w+>", "…", text).split())


def _find_reported(
    operations: list[Operation], data: GeneratorData, modules: Modules, view: Json
) -> Iterator[Loss]:
    by_header = {f"{one.method.upper()} {one.path}": one for one in operations}
    for collection in data.endpoint_collections_by_tag.values():
        for error in collection.parse_errors:
            # "WARNING parsing GET /path within tag…": a tag is one word, a path is any text.
            signature = error.header.removeprefix("WARNING parsing ").rpartition(" within ")[0]
            operation = by_header[signature]
            reason = one_line(error.detail or error.header)
            if data.errors and _UNKNOWN_REFERENCE in reason:
                reason = "it uses a schema that would be lost"
            if "Endpoint will not be generated" in error.header:
                yield _loss_of(operation, str(operation), reason)
            elif "response will be omitted" in (error.detail or ""):
                kept = modules[operation.method, operation.path].responses
                statuses = {response.status_code.pattern for response in kept}
                yield from _find_lost_responses(operation, reason, statuses, view)
            else:
                yield _loss_of(operation, f"a part of {operation}", reason)
    for error in data.errors:
        if error.detail == "Referent schema not found":
            continue  # one of the references below, which are told with their places
        reason = one_line(f"{error.header.strip()} {error.detail or ''}")
        location = _find_component(reason, view)
        subject = "/".join(str(step) for step in location) or "a schema"
        yield Loss(subject, location, reason, frozenset({subject}))


def _find_lost_responses(
    operation: Operation, reason: str, kept: Set[str], view: Json
) -> Iterator[Loss]:
    """Find which responses the generator means: it does not say their status."""
    unsupported = reason.partition("Unsupported content_type ")[2].rpartition("), response")[0]
    for status, response in operation.value["responses"].items():
        if status in kept:
            continue
        content = follow(response, view).get("content", {})
        if not unsupported or one_line(", ".join(content)) == unsupported:
            why = f"unsupported content type {unsupported}" if unsupported else reason
            subject = f"response {status} of {operation}"
            yield _loss_of(operation, subject, why, "responses", status)


def _find_lost_parts(
    operations: list[Operation], modules: Modules, view: Json, with_files: Set[str]
) -> Iterator[Loss]:
    """Find what the generator passes over in the operations that it did take."""
    for operation in operations:
        for holder in (view["paths"][operation.path], operation.value):
            if holder.get("servers"):
                reason = "it has servers of its own and would be sent to the client's"
                yield _loss_of(operation, str(operation), reason)
        for parameter in list_parameters(operation, view):
            if misread := _misread_parameter(parameter, view):
                subject = f"the parameter {parameter['name']!r} of {operation}"
                yield _loss_of(operation, subject, misread)
        body = follow(operation.value.get("requestBody", {}), view)
        for media_type, media in body.get("content", {}).items():
            if misread := _misread_encoding(media):
                subject = f"the body {media_type} of {operation}"
                yield _loss_of(operation, subject, misread, "requestBody")
        if endpoint := modules.get((operation.method, operation.path)):
            yield from _find_lost_contents(operation, endpoint, with_files)


def _misread_parameter(parameter: dict[str, Json], view: Json) -> str | None:
    """Say what of a parameter the generator passes over, if anything."""
    if "schema" not in parameter:
        return "it has 'content' where the generator reads 'schema'"
    place = parameter["in"]
    usual = "simple" if place in ("path", "header") else "form"
    if parameter.get("style", usual) != usual:
        return f"the generator writes the style {usual!r} and not {parameter['style']!r}"
    schema = parameter["schema"]
    kind = follow(schema, view).get("type") if is_object(schema) else None
    is_joined = parameter.get("explode", True) is False
    if place == "query" and kind in ("array", "object") and is_joined:
        return "the generator repeats the name for each item and does not join them"
    items = follow(schema, view).get("items") if kind == "array" else None
    kind_of_item = follow(items, view).get("type") if is_object(items) else None
    if kind_of_item in ("array", "object") or (kind == "array" and place == "cookie"):
        return "no style says how to write a list of this kind"
    if kind == "object" and place != "query":
        return f"the generator does not write an object into a {place}"
    return None


def _misread_encoding(media: Json) -> str | None:
    for name, encoding in media.get("encoding", {}).items():
        if told := sorted({"style", "explode", "headers", "allowReserved"} & encoding.keys()):
            return f"the generator passes over {told[0]!r} of the encoding of {name!r}"
    return None


def _find_lost_contents(
    operation: Operation, endpoint: Endpoint, with_files: Set[str]
) -> Iterator[Loss]:
    """Find bodies and responses whose media type and schema the client cannot bring together."""
    for body in endpoint.bodies:
        prop = body.prop
        if body.body_type == BodyType.JSON:
            fits = not _holds_file(prop, with_files)
        elif body.body_type == BodyType.CONTENT:
            fits = isinstance(prop, FileProperty)
        else:
            fits = all(isinstance(one, ModelProperty) for one in _alternatives(prop))
        if not fits:
            media_type = body.content_type.get_untrusted_value()
            reason = f"the schema {_name(prop, with_files)} does not fit the content type"
            subject = f"the body {media_type} of {operation}"
            yield _loss_of(operation, subject, reason, "requestBody")
    for response in endpoint.responses:
        prop = response.prop
        attribute = response.source["attribute"]
        if attribute == "response.json()":
            fits = not _holds_file(prop, with_files)
        elif attribute == "response.text":
            fits = all(_is_read_from_text(one) for one in _alternatives(prop))
        elif attribute == "response.content":
            fits = isinstance(prop, FileProperty | AnyProperty | StringProperty)
        else:
            fits = True
        if not fits:
            status = response.status_code.pattern
            reason = f"the schema {_name(prop, with_files)} does not fit the content type"
            subject = f"response {status} of {operation}"
            yield _loss_of(operation, subject, reason, "responses", status)


def _is_read_from_text(prop: Property) -> bool:
    if isinstance(prop, EnumProperty):
        return prop.value_type is str
    if isinstance(prop, ConstProperty):
        return isinstance(prop.value.raw_value, str)
    return isinstance(prop, _TEXTS)


def _alternatives(prop: Property) -> list[Property]:
    return prop.inner_properties if isinstance(prop, UnionProperty) else [prop]


def _name(prop: Property, with_files: Set[str]) -> str:
    return "'format: binary'" if _holds_file(prop, with_files) else type_of(prop)


def _find_models_with_files(models: list[ModelProperty]) -> Set[str]:
    """Name the models that have bytes somewhere in what would be JSON."""
    # Asked of each model once and passed on to those that hold it: models refer to each other,
    # and asking anew for every response would walk most of the document each time.
    holders: dict[str, list[str]] = {}
    found: list[str] = []
    for model in models:
        name = str(model.class_info.name)
        fields = (model.required_properties or [], model.optional_properties or [])
        for prop in chain(*fields, [model.additional_properties]):
            for leaf in _leaves(prop):
                if isinstance(leaf, FileProperty):
                    found.append(name)
                elif isinstance(leaf, ModelProperty):
                    holders.setdefault(str(leaf.class_info.name), []).append(name)
    with_files: set[str] = set()
    while found:
        if (name := found.pop()) not in with_files:
            with_files.add(name)
            found += holders.get(name, [])
    return with_files


def _holds_file(prop: Property, with_files: Set[str]) -> bool:
    """Tell whether bytes are somewhere in what would be JSON."""
    return any(
        isinstance(leaf, FileProperty)
        or (isinstance(leaf, ModelProperty) and leaf.class_info.name in with_files)
        for leaf in _leaves(prop)
    )


def _leaves(prop: Property) -> Iterator[Property]:
    """Yield what lists and unions are made of."""
    if isinstance(prop, ListProperty):
        yield from _leaves(prop.inner_property)
    elif isinstance(prop, UnionProperty):
        for inner in prop.inner_properties:
            yield from _leaves(inner)
    else:
        yield prop


def _find_lost_schemas(operations: list[Operation], view: Json) -> Iterator[Loss]:
    """Find the schemas of which the generator would see a part only."""
    for location, schema in walk_schemas(view):
        if reason := _misread_schema(schema, view):
            subject, names = _find_owner(location, operations)
            yield Loss(subject, location, reason, names)


def _misread_schema(schema: dict[str, Json], view: Json) -> str | None:
    reference = schema.get("$ref", _COMPONENT)
    if not reference.startswith(_COMPONENT) or "/" in reference.removeprefix(_COMPONENT):
        return f"the generator takes references to components only, and not {reference!r}"
    for key in ("anyOf", "oneOf"):
        for other in ("anyOf", "allOf", "properties"):
            if key != other and schema.get(key) and schema.get(other):
                return f"the generator passes over {other!r} beside {key!r}"
        if schema.get(key) and "discriminator" in schema:
            return _misread_discriminator(schema, schema[key], view)
    parts: list[dict[str, Json]] = schema.get("allOf", [])
    for part in parts if len(parts) > 1 else []:
        for key in ("allOf", "anyOf", "oneOf"):
            if key in part and "$ref" not in part:
                return f"the generator passes over {key!r} inside 'allOf'"
        if part.get("type", "object") != "object":
            return f"the generator makes an object of this 'allOf' with the type {part['type']!r}"
    return None


def _misread_discriminator(
    schema: dict[str, Json], alternatives: list[Json], view: Json
) -> str | None:
    """Say whether the alternatives can be told apart, which the generator leaves to their types."""
    name = schema["discriminator"].get("propertyName")
    for alternative in alternatives:
        target = follow(alternative, view)
        if target.get("type") == "null":
            continue
        parts = [target, *(follow(part, view) for part in target.get("allOf", []))]
        values = [part.get("properties", {}).get(name, {}) for part in parts]
        if not any(
            is_object(value) and ("const" in follow(value, view) or "enum" in follow(value, view))
            for value in values
        ):
            return f"the generator does not read the discriminator {name!r}"
    return None


def _find_owner(location: Location, operations: list[Operation]) -> tuple[str, frozenset[str]]:
    """Name what a schema belongs to: a component, an operation, or a path's operations."""
    if location[0] == "paths":
        owners = [
            operation
            for operation in operations
            if location[1] == operation.path and location[2] in (operation.method, "parameters")
        ]
        names = frozenset(name for owner in owners for name in names_of(owner))
        return f"a schema of {owners[0] if owners else location[1]}", names
    subject = "/".join(str(step) for step in location[:3])
    return subject, frozenset({subject})


def _loss_of(operation: Operation, subject: str, reason: str, *steps: str) -> Loss:
    return Loss(subject, (*operation.location, *steps), reason, names_of(operation))


def _find_component(text: str, view: Json) -> Location:
    """Find the component that the generator speaks of: the longest name that its text holds."""
    found: list[tuple[str, ...]] = [
        ("components", kind, name)
        for kind in ("schemas", "parameters")
        for name in view.get("components", {}).get(kind, {})
        if f"/components/{kind}/{name}" in text or f"process schema {name}:" in text
    ]
    return max(found, key=lambda location: len(location[-1]), default=())


_ADVICE = (
    ("not valid for enum", "an 'update' that makes the default one of the enum's values"),
    ("has 'content'", "an 'update' in codegen/ that gives the parameter a schema"),
    ("fit the content type", "an 'update' in codegen/ of the schema or of the media type"),
    ("content", "an 'update' in codegen/ that adds a media type which the generator knows"),
    ("same Python identifier", "an 'update' that renames one of the two parameters"),
    ("same python_name", "an 'update' in codegen/ that removes one of the two properties"),
    ("duplicate models", "an 'update' that gives one of the two schemas another title"),
    ("conflicting enums", "an 'update' that gives one of the two enums another title"),
    ("style", "an 'update' in codegen/ that declares what can be sent, such as one text"),
    ("repeats the name", "an 'update' in codegen/ that makes the parameter one text"),
    ("write an object", "an 'update' in codegen/ that makes the parameter one text"),
    ("not allowed in", "an 'update' that makes the parameter's schema a plain value"),
    ("status code", "an 'update' that gives the response a status code"),
    ("servers of its own", "a 'remove' of 'servers' in codegen/ if the client's server will do"),
    ("discriminator", "an 'update' in codegen/ that gives that property of each its one value"),
    ("of the encoding", "a 'remove' in codegen/ if the server takes the usual encoding too"),
    ("beside", "a 'remove' in codegen/ of the one that says less"),
    ("'allOf'", "an 'update' in codegen/ that says it without 'allOf'"),
    ("uses a schema", "that of the schema, which stands in these lines too"),
    ("to components only", "an 'update' in codegen/ that moves what is meant to a component"),
    ("must have items", "an 'update' that says what the array holds"),
)


def _advise(reason: str) -> str:
    for words, action in _ADVICE:
        if words in reason:
            return f"mend it by an overlay: {action}"
    return "mend it by an overlay: an 'update' or 'remove' of what is named here"

"""Name the parts of a document as a person does who uses the client, or who reads the document.

The rules are those of the generator, written down once more: importing it takes longer than a whole
comparison. The tests hold the two together.
"""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from collections.abc import Iterable
from itertools import pairwise

from pipeline.diff.tree import Tree
from pipeline.openapi import METHODS
from pipeline.values import Json, Location, is_array, is_object

_DELIMITERS = r"\. _-"
_RESERVED = (frozenset(dir(builtins)) | {"self", "true", "false", "datetime"}) - {"id"}
_TAKEN_IN_MODELS = frozenset({"additional_properties", "from_dict", "to_dict", "to_multipart"})
_TAKEN_IN_METHODS = frozenset(
    {
        "body", "builtins", "cast", "client", "deadline", "encode", "encode_cookies", "format",
        "headers", "max_response_bytes", "max_retries", "on_retry", "options", "path_segment",
        "prefetch", "progress", "request", "self", "timeout",
    }
)  # fmt: skip
_TAKEN_CLASSES = frozenset(
    {
        "Any", "Client", "Decoder", "File", "FileTypes", "Get", "IntEnum", "Literal", "MapModel",
        "Mapping", "Model", "OpenIntEnum", "OpenStrEnum", "RequestFiles", "Response", "Self",
        "StrEnum", "TYPECHECKING", "UNSET", "UUID", "UnexpectedStatus", "Unset",
    }
)  # fmt: skip
_TAKEN_ON_CLIENTS = frozenset(
    {
        "VENDOR", "account", "aclose", "base_url", "call", "call_raw", "close", "exchange",
        "stream", "with_options",
    }
)  # fmt: skip
_TAKEN_ON_RESOURCES = frozenset({"with_raw_response"})


def snake_case(text: str) -> str:
    """Write a name as a function's or a field's."""
    return "_".join(_split(text)).lower()


def pascal_case(text: str) -> str:
    """Write a name as a class's."""
    return "".join(word if word.isupper() else word.capitalize() for word in _split(text))


def name_field(text: str) -> str:
    """Name the attribute for a property."""
    name = _name_identifier(text)
    return f"{name}_" if name in _TAKEN_IN_MODELS else name


def name_derived(field: str) -> frozenset[str]:
    """Name what a model may have beside a field: its time, or the list of what commas join."""
    singular = field
    if field.endswith("ies"):
        singular = f"{field[:-3]}y"
    elif field.endswith("s") and not field.endswith("ss"):
        singular = field[:-1]
    return frozenset({f"{field}_at", f"{singular}_list"})


def name_argument(text: str) -> str:
    """Name the argument for a parameter."""
    name = _name_identifier(text)
    return f"{name}_" if name in _TAKEN_IN_METHODS else name


def name_class(text: str) -> str:
    """Name the class of a component."""
    name = _avoid_reserved(pascal_case(text))
    if not name.isidentifier():
        name = _avoid_reserved(pascal_case(f"model_{name}"))
    return f"{name}Model" if name in _TAKEN_CLASSES else name


def name_method(tree: Tree, operation: Location) -> str:
    """Name the method of an operation, from its resource on: ``modules.list``."""
    value = tree.at((*tree.follow(operation[:-1]), operation[-1]))
    first, *others = _name_resource(value)
    # Of what is referred to, the path is the last step but one as well.
    path = re.sub(r"[{}]", "", str(operation[-2])).replace("/", "_").strip("_")
    name = _name_identifier(str(value.get("operationId") or f"{operation[-1]}_{path}"))
    taken = _TAKEN_ON_RESOURCES
    steps = [_settle(first, _TAKEN_ON_CLIENTS), *(_settle(one, taken) for one in others)]
    return ".".join([*steps, _settle(str(value.get("x-method", name)), taken)])


def _name_resource(operation: dict[str, Json]) -> list[str]:
    if said := operation.get("x-resource"):
        return str(said).split(".")
    tags = operation.get("tags")
    return [_name_identifier(str(tags[0]), "tag") if is_array(tags) and tags else "default"]


def name_client(tree: Tree) -> str:
    """Name the client's class."""
    client = tree.value.get("x-client")
    prefix = client.get("class_prefix") if is_object(client) else None
    return str(prefix or "Client")


def name_clients(tree: Tree) -> tuple[str, str]:
    """Name what is called after the API: the client's class, and the root of its errors."""
    client = name_client(tree)
    return client, f"errors.{'Api' if client == 'Client' else client}Error"


def name_symbol(tree: Tree, location: Location) -> str | None:
    """Name the model, or the field of one, that a schema's place is seen by."""
    if location[:2] != ("components", "schemas") or len(location) < 3:
        return None
    name = f"models.{name_class(str(location[2]))}"
    rest = location[3:]
    for step, following in pairwise(rest):
        if step == "properties":
            return f"{name}.{name_field(str(following))}"
        if step not in ("allOf",) and not isinstance(step, int):
            break
    return name


def name_subject(tree: Tree, location: Location) -> str:
    """Name a place in a sentence: ``the query parameter `sort` of `modules.list```."""
    match location:
        case ("components", "schemas", name, *rest):
            return f"`{name}{_name_steps(rest)}`"
        case (
            ("components", "parameters", _, *rest)
            | ("paths", _, "parameters", _, *rest)
            | ("components", "pathItems", _, "parameters", _, *rest)
        ):
            return _name_within(_name_parameter(tree, location[: len(location) - len(rest)]), rest)
        case ("components", "responses", name, *rest):
            return _name_response(f"the answer `{name}`", rest)
        case ("components", "requestBodies", name, *rest):
            return _name_within(f"the request body `{name}`", rest)
        case ("components", "headers", name, *rest):
            return _name_within(f"the header `{name}`", rest)
        case ("components", "securitySchemes", name, *_):
            return f"the security scheme `{name}`"
        case ("components", "pathItems", name, *rest):
            if rest and rest[0] in METHODS:
                return _name_in_operation(tree, location[:4], rest[1:])
            return f"the path item `{name}`"
        case ("webhooks", webhook, method, *rest) if method in METHODS:
            part = _name_in_operation(tree, location[:3], rest).rpartition(" of ")[0]
            return f"{part} of the webhook `{webhook}`" if part else f"the webhook `{webhook}`"
        case ("paths", _, method, *rest) if method in METHODS:
            return _name_in_operation(tree, location[:3], rest)
        case ("paths" | "webhooks" as holder, path, *_):
            return f"the {holder[:-1]} `{path}`"
        case ("openapi",):
            return "the document"
        case ("externalDocs" | "info" | "security" | "servers" | "tags", *_):
            return "the API"
        case _:
            return f"`{'.'.join(map(str, location))}`" if location else "the API"


def name_thing(tree: Tree, location: Location) -> str:
    """Name, as the document does, the property or parameter that a place lies in, if any."""
    for length in range(len(location), 0, -1):
        if length > 1 and location[length - 2] == "properties":
            return str(location[length - 1])
        value = tree.at(tree.follow(location[:length]))
        if is_object(value) and isinstance(value.get("name"), str) and "in" in value:
            return str(value["name"])
    return ""


def join_subject(subject: str, did: str) -> str:
    """Join a subject with what was done: to it, or to something of it."""
    first = did.partition(" ")[0]
    acts = first in {
        "can", "has", "is", "may", "moved", "rules", "says", "takes", "was",
    }  # fmt: skip
    return f"{subject} {did}" if acts else f"{subject}: {did}"


def _split(text: str) -> list[str]:
    kept = _sanitize(text)
    if any(one.isupper() for one in kept):
        kept = " ".join(re.split("([A-Z]?[a-z]+)", kept))
    return re.findall(rf"[^{re.escape(_DELIMITERS)}]+", kept)


def _sanitize(text: str) -> str:
    return "".join(
        one
        for one in unicodedata.normalize("NFKC", text)  # as Python reads a name
        if one.isidentifier() or one.isdecimal() or one in _DELIMITERS
    )


def _avoid_reserved(name: str) -> str:
    return f"{name}_" if name in _RESERVED or keyword.iskeyword(name) else name


def _name_identifier(text: str, prefix: str = "field_") -> str:
    kept = _sanitize(text)
    name = _avoid_reserved(snake_case(kept))
    return name if name.isidentifier() and not kept.startswith("_") else f"{prefix}{name}"


def _settle(text: str, taken: frozenset[str]) -> str:
    name = snake_case(text).strip("_")
    if not name.isidentifier():
        name = f"x_{name}" if f"x_{name}".isidentifier() else "others"
    return f"{name}_" if keyword.iskeyword(name) or name in taken else name


def _name_steps(steps: Iterable[str | int]) -> str:
    """Write the steps inside a schema as a path: ``.versions[].name``."""
    said = ""
    rest = iter(steps)
    for step in rest:
        match step:
            case "properties":
                said += f".{next(rest, '')}"
            case "items":
                said += "[]"
            case "additionalProperties":
                said += "{}"
            case "mapping" | "patternProperties":
                next(rest, None)
            case _:
                pass
    return said


def _name_parameter(tree: Tree, location: Location) -> str:
    value = tree.at(tree.follow(location))
    if not is_object(value):
        return "a parameter"
    return f"the {value.get('in')} parameter `{value.get('name')}`"


def _name_within(subject: str, steps: Iterable[str | int]) -> str:
    path = _name_steps(steps).removeprefix(".")
    return f"`{path}` in {subject}" if path else subject


def _name_response(subject: str, rest: list[str | int]) -> str:
    if rest[:1] == ["headers"] and len(rest) > 1:
        return _name_within(f"the header `{rest[1]}` of {subject}", rest[2:])
    return _name_within(subject, rest)


def _name_type(subject: str, tree: Tree, message: Location, steps: list[str | int]) -> str:
    """Say which media type of a message is meant, where it has several."""
    content = tree.at((*message, "content"))
    if steps[:1] == ["content"] and len(steps) > 1 and is_object(content) and len(content) > 1:
        return f"{subject} ({steps[1]})"
    return subject


def _name_in_operation(tree: Tree, operation: Location, rest: list[str | int]) -> str:
    name = f"`{name_method(tree, operation)}`"
    match rest:
        case ["parameters", int(position), *steps]:
            parameter = _name_parameter(tree, (*operation, "parameters", position))
            return f"{_name_within(parameter, steps)} of {name}"
        case ["requestBody", *steps]:
            body = tree.follow((*operation, "requestBody"))
            subject = _name_type("the request body", tree, body, steps)
            return f"{_name_within(subject, steps)} of {name}"
        case ["responses", status, *steps]:
            answer = tree.follow((*operation, "responses", status))
            subject = _name_type(f"the answer {status}", tree, answer, steps)
            return f"{_name_response(subject, steps)} of {name}"
        case ["callbacks", callback, _, str(method), *steps] if method in METHODS and steps:
            inner = (*operation, "callbacks", callback, *rest[2:4])
            said = _name_in_operation(tree, inner, steps).rpartition(" of ")[0] or "the request"
            return f"{said} of the callback `{callback}` of {name}"
        case ["callbacks", callback, *_]:
            return f"the callback `{callback}` of {name}"
        case _:
            return name

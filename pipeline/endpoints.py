"""What the templates may call about an endpoint: its signature, its request and its answers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from inspect import isclass
from typing import TYPE_CHECKING

from openapi_python_client.parser.properties.const import ConstProperty
from openapi_python_client.parser.properties.file import FileProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.model_property import ModelProperty
from openapi_python_client.parser.properties.union import UnionProperty

from harness_nextgen_runtime import errors
from harness_nextgen_runtime.errors import class_for_status
from pipeline.codec import (
    Property,
    declare,
    declare_required,
    decoder,
    is_plain,
    literal,
    type_of,
)
from pipeline.codec import encode as encode_value
from pipeline.openapi import follow
from pipeline.surface import Method, qualify
from pipeline.values import Json

if TYPE_CHECKING:
    from openapi_python_client.parser.bodies import Body
    from openapi_python_client.parser.openapi import Endpoint
    from openapi_python_client.parser.responses import Response

_JSON = "response.json()"


@dataclass(frozen=True, slots=True)
class ResponseGroup:
    """The responses of an operation that are read alike; no condition means all the others."""

    condition: str
    expression: str


def write_signature(
    endpoint: Endpoint,
    *,
    before: Iterable[str] = (),
    client: str = "",
    body_first: bool = False,
    prefetch: bool = False,
    options: bool = True,
    hidden: frozenset[str] = frozenset(),
) -> str:
    """Write the parameters of a function that makes an endpoint's request.

    ``before`` come first as they are; ``client`` is the type of a parameter for the client;
    ``hidden`` are the builtins that stand for something else where the signature is.
    """
    body = [f"body: {_type_of_body(endpoint)}"] if endpoint.bodies else []
    positional = [declare_required(item) for item in endpoint.path_parameters]
    named = [f"client: {client}"] if client else []
    (positional if body_first else named).extend(body)
    named += [declare(item) for item in list_named(endpoint)]
    if prefetch:
        named.append("prefetch: int = 0")
    if has_content(endpoint):
        named.append("progress: Progress | None = None")
    parts = [*positional, *(["*"] if named else []), *named]
    if options:
        parts.append("**options: Unpack[CallOptions]")
    return ", ".join([*before, *(qualify(part, hidden) for part in parts)])


def write_arguments(endpoint: Endpoint) -> str:
    """Write the arguments that hand a function's parameters on to build_request."""
    names = [str(item.python_name) for item in endpoint.path_parameters]
    if endpoint.bodies:
        names.append("body")
    names += [str(item.python_name) for item in list_named(endpoint)]
    if has_content(endpoint):
        names.append("progress")
    return ", ".join(f"{name}={name}" for name in names)


def list_named(endpoint: Endpoint) -> list[Property]:
    """List the parameters that are given by name, the required ones first."""
    items: list[Property] = [
        *endpoint.query_parameters,
        *endpoint.header_parameters,
        *endpoint.cookie_parameters,
    ]
    return sorted(items, key=lambda item: not item.required)


def has_content(endpoint: Endpoint) -> bool:
    """Tell whether a body is sent as it is, and so can tell its progress."""
    return any(body.body_type == "content" for body in endpoint.bodies)


def write_query_entry(item: Property) -> str:
    """Write an entry, or the entries, of the query."""
    name = str(item.python_name)
    if getattr(item, "json_is_dict", False):
        return f"**({{}} if isinstance({name}, Unset) else {name}.to_dict())"
    return f"{literal(item.name)}: {_write_plain(item)}"


def write_header_entry(item: Property) -> str:
    """Write an entry of the headers or cookies."""
    return f"{literal(item.name)}: {_write_plain(item)}"


def write_body(endpoint: Endpoint) -> str:
    """Write the expression that makes the request's body of what was given."""
    # What is told by its class comes first; the last is whatever else was given.
    *told, last = sorted(
        endpoint.bodies, key=lambda body: body.body_type == "content" or kind_of(body.prop) == "Any"
    )
    written = _write_body(last)
    for body in reversed(told):
        written = f"{_write_body(body)} if isinstance(body, {kind_of(body.prop)}) else {written}"
    if not all(body.prop.required for body in endpoint.bodies):
        written = f"None if isinstance(body, Unset) else {written}"
    return written


def kind_of(item: Property) -> str:
    """Return the Python class, or classes, that a value is an instance of."""
    if isinstance(item, ConstProperty):
        return type(item.value.raw_value).__name__
    if not isinstance(item, UnionProperty):
        return str(item.get_instance_type_string().as_unembedded_code())
    kinds = dict.fromkeys(kind_of(inner) for inner in item.inner_properties)
    return "Any" if "Any" in kinds else " | ".join(kinds)


def url_expression(endpoint: Endpoint) -> str:
    """Return a Python expression for an endpoint's path, each parameter quoted as one segment.

    The path is split here and not by ``str.format`` at run time: a path is a document's text, and
    ``{x.__class__}`` in it would be obeyed.
    """
    parameters = {
        parameter.name.get_untrusted_value(): parameter.python_name
        for parameter in endpoint.path_parameters
    }
    # httpx quotes the rest; it would take this for the end of the path (RFC 3986, section 3.5).
    path = endpoint.path.get_untrusted_value().replace("#", "%23")
    if not parameters:
        return literal(path)
    parts = re.split(r"\{([^{}]*)\}", path)
    expression = ""
    for text, name in zip(parts[::2], [*parts[1::2], None], strict=True):
        expression += _escape(text)
        if name is not None:
            known = name in parameters
            expression += (
                f"{{path_segment({parameters[name]})}}" if known else _escape(f"{{{name}}}")
            )
    return f'f"{expression}"'


def success_type(method: Method) -> str:
    """Return the Python type of what an operation answers where it succeeds."""
    return _join_types(_type_of_response(one, method) for one in list_successes(method.endpoint))


def item_type(method: Method) -> str:
    """Return the Python type of an item of a page."""
    [item] = {
        type_of(response.prop.inner_property)
        for response in list_successes(method.endpoint)
        if isinstance(response.prop, ListProperty)
    }
    return item


def returned_type(method: Method) -> str:
    """Return the Python type of what a method returns, where that is no page and no download.

    A DELETE that finds nothing when it is tried again has succeeded, and has no answer.
    """
    answers = success_type(method)
    gone = method.operation.method == "delete" and not answers.endswith("None")
    return f"{answers} | None" if gone else answers


def described_type(method: Method) -> str:
    """Return the Python type of what an operation answers, whatever the status."""
    types = {_type_of_response(one, method) for one in method.endpoint.responses}
    return _join_types(types | {"None"})


def success_groups(method: Method) -> list[ResponseGroup]:
    """Say how each response of success is read, those that are read alike together."""
    groups = _group(list_successes(method.endpoint), method)
    if not groups:
        return [ResponseGroup("", "None")]
    # A success of another status is read as the last one that is described.
    return [*groups[:-1], ResponseGroup("", groups[-1].expression)]


def error_groups(method: Method) -> list[ResponseGroup]:
    """Say how each response of an error is read, those that are read alike together."""
    successes = [id(one) for one in list_successes(method.endpoint)]
    responses = method.endpoint.responses
    groups = _group([one for one in responses.patterns if id(one) not in successes], method)
    if responses.default and id(responses.default) not in successes:
        last = ResponseGroup("", _read_response(responses.default, method))
        groups = [one for one in groups if one.expression != last.expression] + [last]
    return [one for one in groups if one.expression != "None"]


def list_errors(method: Method, effective: Json) -> list[tuple[str, str]]:
    """List the errors that an operation describes: the exception's name, and what it means."""
    found: dict[str, list[str]] = {}
    for status, response in method.operation.value["responses"].items():
        if str(status).startswith("2"):
            continue
        exact = str(status).isdecimal()
        name = class_for_status(int(status)).__name__ if exact else "StatusError"
        text = str(follow(response, effective).get("description", "")).strip().rstrip(".")
        said = "any other status" if status == "default" else str(status)
        found.setdefault(name, []).append(f"{said}: {text}" if text else said)
    return [(name, f"{'; '.join(dict.fromkeys(texts))}.") for name, texts in sorted(found.items())]


def list_error_names() -> list[str]:
    """List the names that a client's module of errors exports."""
    return sorted(
        name
        for name, value in vars(errors).items()
        if isclass(value) and value.__module__ == errors.__name__ and not name.startswith("_")
    )


def _type_of_body(endpoint: Endpoint) -> str:
    types = [
        "Content" if body.body_type == "content" else type_of(body.prop) for body in endpoint.bodies
    ]
    optional = not all(body.prop.required for body in endpoint.bodies)
    return " | ".join(dict.fromkeys(types)) + (" | Unset = UNSET" if optional else "")


def _write_plain(item: Property) -> str:
    """Write a parameter's value as the runtime takes it: it knows all but models by itself."""
    name = str(item.python_name)
    if isinstance(item, ModelProperty | FileProperty):
        encoded = encode_value(item, name)
        return encoded if item.required else f"{name} if isinstance({name}, Unset) else {encoded}"
    return name


def _write_body(body: Body) -> str:
    media_type = literal(body.content_type)
    if body.body_type == "json":
        if isinstance(body.prop, ModelProperty):
            return "JsonBody.of(body)"
        return f"JsonBody({encode_value(body.prop, 'body')})"
    if body.body_type == "data":
        return "FormBody.of(body)"
    if body.body_type == "files":
        return "MultipartBody.of(body)"
    return f"ContentBody(body, {media_type}, progress)"


def list_successes(endpoint: Endpoint) -> list[Response]:
    """List the responses of success; the default one where no other is described."""
    found = [
        one
        for one in endpoint.responses.patterns
        if (span := one.status_code.range) and 200 <= span[0] <= 299
    ]
    default = endpoint.responses.default
    return found or ([default] if default else [])


def _group(responses: Iterable[Response], method: Method) -> list[ResponseGroup]:
    # A status of its own goes before the range that it is in.
    exact: dict[str, list[tuple[int, int]]] = {}
    ranges: dict[str, list[tuple[int, int]]] = {}
    for response in responses:
        span = response.status_code.range
        if span is None:
            exact.setdefault(_read_response(response, method), [])
        else:
            alike = exact if span[0] == span[1] else ranges
            alike.setdefault(_read_response(response, method), []).append(span)
    groups = [*exact.items(), *ranges.items()]
    # What has no body comes first, so that anything unforeseen is read as what has one.
    groups.sort(key=lambda group: group[0] != "None")
    return [ResponseGroup(_say_statuses(spans), read) for read, spans in groups]


def _join_types(types: Iterable[str]) -> str:
    found = set(types)
    may_be_none = any(kind == "None" or kind.endswith(" | None") for kind in found)
    named = sorted({kind.removesuffix(" | None") for kind in found} - {"None"}, key=str.lower)
    return " | ".join([*named, "None"] if may_be_none or not named else named)


def _type_of_response(response: Response, method: Method) -> str:
    kind = response.source["return_type"]
    if kind == "None" or (kind == "bytes" and is_plain(response.prop)):
        return kind
    if isinstance(response.prop, FileProperty):
        return "bytes"
    wanted = type_of(response.prop)
    optional = response.status_code.pattern in method.optional_statuses
    return f"{wanted} | None" if optional and not wanted.endswith("None") else wanted


def _read_response(response: Response, method: Method) -> str:
    attribute, kind = response.source["attribute"], response.source["return_type"]
    if kind == "None":
        return "None"
    if isinstance(response.prop, FileProperty):
        return "response.content"
    source = "read_data(response)" if attribute == _JSON else attribute
    read = source
    if type_of(response.prop) not in (kind, "Any"):
        read = f"{decoder(response.prop)}({source})"
        if "constant(" in read:
            read = f"cast({type_of(response.prop)!r}, {read})"
    optional = response.status_code.pattern in method.optional_statuses
    return f"{read} if response.content else None" if optional else read


def _say_statuses(ranges: list[tuple[int, int]]) -> str:
    status = "response.status_code"
    exact = [low for low, high in ranges if low == high]
    conditions = [f"{low} <= {status} <= {high}" for low, high in ranges if low != high]
    if len(exact) == 1:
        conditions.insert(0, f"{status} == {exact[0]}")
    elif exact:
        conditions.insert(0, f"{status} in ({', '.join(map(str, exact))})")
    return " or ".join(conditions)


def _escape(text: str) -> str:
    """Escape text for an f-string in double quotes."""
    escaped = (
        f"\\{character}"
        if character in '"\\'
        else character * 2
        if character in "{}"
        else character
        if character.isprintable()
        else character.encode("unicode_escape").decode()
        for character in text
    )
    return "".join(escaped)

"""What the templates may call: everything that is decided about the code is decided here."""

from __future__ import annotations

import json
import re
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from openapi_python_client.parser.properties.const import ConstProperty
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.schema import UntrustedString
from openapi_python_client.strings import pascal_case, safe_for_docstring

from pipeline.codec import (
    Property,
    declare,
    declare_required,
    decode,
    encode,
    is_plain,
    literal,
    type_of,
    write_decoders,
)

if TYPE_CHECKING:
    from jinja2 import Environment
    from openapi_python_client.parser.bodies import Body
    from openapi_python_client.parser.openapi import Endpoint
    from openapi_python_client.parser.properties import EnumProperty, ModelProperty
    from openapi_python_client.parser.responses import Response


@dataclass(frozen=True, slots=True)
class ResponseGroup:
    """The responses of an operation that are read alike; no condition means all the others.

    An error may also come from something in between, such as a proxy with a page of its own:
    reading one is ``guarded``, so that the status survives an answer of another shape.
    """

    condition: str
    expression: str
    guarded: bool


def extend(environment: Environment) -> None:
    """Give the templates the functions that decide; a template only lays out."""
    functions: dict[str, Any] = {
        "declare": declare,
        "declare_required": declare_required,
        "decode": decode,
        "decode_member": decode_member,
        "decoders_of_responses": decoders_of_responses,
        "describe_endpoint": describe_endpoint,
        "describe_enum": describe_enum,
        "describe_model": describe_model,
        "describe_package": describe_package,
        "encode": encode,
        "encode_argument": encode_argument,
        "group_responses": group_responses,
        "guard_body": guard_body,
        "is_plain": is_plain,
        "literal": literal,
        "result_type": result_type,
        "type_of": type_of,
        "url_expression": url_expression,
        "write_decoders": write_decoders,
    }
    environment.globals.update(functions)


def decode_member(item: Property) -> str:
    """Return an expression that decodes a member of the JSON object ``src_dict``."""
    name = literal(item.name)
    if item.required:
        return decode(item, f"src_dict[{name}]")
    if is_plain(item):
        return f"src_dict.get({name}, UNSET)"
    decoded = decode(item, "raw")
    return f"UNSET if isinstance(raw := src_dict.get({name}, UNSET), Unset) else {decoded}"


def encode_argument(item: Property) -> str:
    """Return an expression that encodes a parameter; an UNSET one stays UNSET."""
    name = str(item.python_name)
    encoded = encode(item, name)
    falls_back = isinstance(item, UnionProperty) and any(map(is_plain, item.inner_properties))
    if item.required or encoded == name or falls_back:
        return encoded
    if isinstance(item, UnionProperty):
        encoded = f"({encoded})"
    return f"{name} if isinstance({name}, Unset) else {encoded}"


def guard_body(endpoint: Endpoint, body: Body) -> str:
    """Return the condition under which this body is the one that was given, or nothing."""
    if len(endpoint.bodies) > 1:
        if kind_of(body.prop) != "Any":
            return f"isinstance(body, {kind_of(body.prop)})"
        others = [kind_of(other.prop) for other in endpoint.bodies if other is not body]
        return f"not isinstance(body, {' | '.join([*others, 'Unset'])})"
    return "" if body.prop.required else "not isinstance(body, Unset)"


def kind_of(item: Property) -> str:
    """Return the Python class, or classes, that a value is an instance of."""
    if isinstance(item, ConstProperty):
        return type(item.value.raw_value).__name__
    if not isinstance(item, UnionProperty):
        return str(item.get_instance_type_string().as_unembedded_code())
    kinds = dict.fromkeys(kind_of(inner) for inner in item.inner_properties)
    return "Any" if "Any" in kinds else " | ".join(kinds)


def result_type(endpoint: Endpoint) -> str:
    """Return the Python type of what an operation answers, whatever the status."""
    types = {_type_of_response(response) for response in endpoint.responses}
    named = sorted(types - {"None"}, key=str.lower)
    return " | ".join([*named, "None"] if "None" in types or not named else named)


def group_responses(endpoint: Endpoint) -> list[ResponseGroup]:
    """Say how each response is read, those that are read alike together."""
    # A status of its own goes before the range that it is in.
    exact: dict[str, list[tuple[int, int]]] = {}
    ranges: dict[str, list[tuple[int, int]]] = {}
    for response in endpoint.responses.patterns:
        if span := response.status_code.range:
            alike = exact if span[0] == span[1] else ranges
            alike.setdefault(_read_response(response), []).append(span)
    last: list[ResponseGroup] = []
    if default := endpoint.responses.default:
        read = _read_response(default)
        last = [ResponseGroup("", read, _may_fail(read))]
        ranges.pop(last[0].expression, None)
        if not ranges:
            exact.pop(last[0].expression, None)
    groups = (*exact.items(), *ranges.items())
    return [
        ResponseGroup(_say_statuses(spans), read, _may_fail(read) and not _has_success(spans))
        for read, spans in groups
    ] + last


def decoders_of_responses(endpoint: Endpoint) -> list[str]:
    """Write the functions that decode the unions among an operation's responses."""
    return [
        function
        for response in endpoint.responses
        for function in write_decoders(response.prop, lazy=False)
    ]


def describe_model(model: ModelProperty) -> str:
    """Write a model's docstring: what it is, and its attributes."""
    fields = [*(model.required_properties or []), *(model.optional_properties or [])]
    title = model.data.title
    says_more = title and pascal_case(title) not in model.class_info.name
    parts = (title if says_more else None, model.description)
    text = "\n\n".join(_wrap(part, 92) for part in parts if part)
    return _describe(text or str(model.class_info.name), "Attributes", fields)


def describe_enum(enum: EnumProperty) -> str:
    """Write an enum's docstring."""
    return _close(_wrap(enum.description or str(enum.class_info.name), 92))


def describe_package(description: Any) -> str:
    """Write the package's docstring."""
    return _wrap(description, 96)


def describe_endpoint(endpoint: Endpoint, summary_only: bool = False) -> str:
    """Write a function's docstring: what the operation does, and its arguments."""
    summary = endpoint.summary or f"{endpoint.method.upper()} {endpoint.path.get_untrusted_value()}"
    if summary_only:
        return _close(_wrap(summary, 88))
    parts = [summary]
    if endpoint.description and endpoint.description != endpoint.summary:
        parts.append(endpoint.description)
    parameters = [parameter for _, parameter in endpoint.iter_all_parameters()]
    text = "\n\n".join(_wrap(part, 92) for part in parts)
    return _describe(text, "Args", parameters)


def _describe(text: str, title: str, items: list[Property]) -> str:
    entries: list[str] = []
    for item in items:
        words = [str(item.description.get_untrusted_value())] if item.description else []
        if item.default is not None and item.default.raw_value != "":
            words.append(f"Default: {_show(item.default.raw_value)}.")
        if item.example:
            words.append(f"Example: {item.example.get_untrusted_value()}.")
        if words:
            entries.append(_wrap(f"{item.python_name}: {' '.join(words)}", 88, hanging=True))
    if entries:
        lines = textwrap.indent("\n".join(entries), "    ")
        text = f"{text}\n\n{title}:\n{lines}"
    return text


def _show(value: Any) -> str:
    return json.dumps(
        value.get_untrusted_value() if isinstance(value, UntrustedString) else value,
        ensure_ascii=False,
        default=str,
    )


def _wrap(text: Any, width: int, hanging: bool = False) -> str:
    """Wrap a document's text for a docstring, its own line breaks kept, nothing in it obeyed."""
    lines: list[str] = []
    for line in str(safe_for_docstring(text)).strip().splitlines():
        later = "    " if hanging else ""
        lines += textwrap.wrap(
            " ".join(line.split()) if hanging else line.rstrip(),
            width,
            initial_indent=later if lines else "",
            subsequent_indent=later,
            break_long_words=False,
            break_on_hyphens=False,
        ) or [""]
    return "\n".join(lines)


def _close(text: str) -> str:
    """Keep a text that ends in a quote apart from the docstring's own."""
    return f"{text} " if text.endswith('"') else text


def _type_of_response(response: Response) -> str:
    kind = response.source["return_type"]
    if kind == "None" or (kind == "bytes" and is_plain(response.prop)):
        return kind
    return type_of(response.prop)


def _read_response(response: Response) -> str:
    attribute, kind = response.source["attribute"], response.source["return_type"]
    if kind == "None":
        return "None"
    if not is_plain(response.prop):
        return decode(response.prop, attribute)
    wanted = _type_of_response(response)
    return attribute if wanted in (kind, "Any") else f"cast({wanted!r}, {attribute})"


def _may_fail(expression: str) -> bool:
    return expression not in ("None", "response.text", "response.content")


def _has_success(ranges: list[tuple[int, int]]) -> bool:
    return any(low <= 299 and high >= 200 for low, high in ranges)


def _say_statuses(ranges: list[tuple[int, int]]) -> str:
    status = "response.status_code"
    exact = [low for low, high in ranges if low == high]
    conditions = [f"{low} <= {status} <= {high}" for low, high in ranges if low != high]
    if len(exact) == 1:
        conditions.insert(0, f"{status} == {exact[0]}")
    elif exact:
        conditions.insert(0, f"{status} in ({', '.join(map(str, exact))})")
    return " or ".join(conditions)


def url_expression(endpoint: Endpoint) -> str:
    """Return a Python expression for an endpoint's path, each parameter quoted as one segment.

    The path is split here and not by ``str.format`` at run time: a path is a document's text, and
    ``{x.__class__}`` in it would be obeyed.
    """
    parameters = {
        parameter.name.get_untrusted_value(): parameter.python_name
        for parameter in endpoint.path_parameters
    }
    path = endpoint.path.get_untrusted_value()
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

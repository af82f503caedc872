"""Write the docstrings of the generated code: a document's texts, with nothing in them obeyed."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from openapi_python_client.schema import UntrustedString
from openapi_python_client.strings import safe_for_docstring

from harness_nextgen_runtime.constants import PAGE_SIZE
from pipeline.codec import Property
from pipeline.endpoints import has_content, list_errors, list_named
from pipeline.surface import Method, Resource, Surface, describe_paging
from pipeline.values import Json

if TYPE_CHECKING:
    from openapi_python_client.parser.openapi import Endpoint

Entry = tuple[str, str]
"""A name and what is said of it."""


def describe_signature(endpoint: Endpoint) -> str:
    """Write the docstring of an endpoint's module: the request's first line."""
    path = endpoint.path.get_untrusted_value()
    return close(wrap(f"{endpoint.method.upper()} {path}", 96))


def describe_summary(endpoint: Endpoint) -> str:
    """Write the docstring of one line for a function that makes an endpoint's request."""
    return close(wrap(_summary(endpoint), 88))


def describe_function(method: Method, client: str) -> str:
    """Write the docstring of a low-level function, which leads to the method with all of it."""
    where = f"{client}.{'.'.join(method.path)}"
    pointer = f"The arguments and options are those of `{where}`; an error is a value here."
    if method.kind == "list":
        pointer += " It reads one page, of the size that the server chooses unless one is given."
    return describe([_summary(method.endpoint), pointer])


def describe_method(effective: Json, method: Method, returns: str, client: str) -> str:
    """Write the docstring of a method: what it does, its arguments, answer and errors."""
    endpoint = method.endpoint
    arguments = _list_arguments(endpoint)
    if method.kind == "list":
        arguments = _describe_pages(method, arguments)
        arguments.append(("prefetch", "Pages to read ahead; 0 reads each when it is needed."))
    arguments.append(("options", f"As for `{client}.with_options`, for this call alone."))
    errors = list_errors(method, effective)
    return describe(
        _describe_parts(endpoint),
        Args=arguments,
        Returns=[("", returns)] if returns else [],
        Raises=errors,
    )


def describe_client(surface: Surface, mode: str) -> str:
    """Write the docstring of a client's class; ``mode`` is "Async" or nothing."""
    vendor = surface.vendor
    read = [
        f"{argument} from {vendor[key]}"
        for argument, key in (
            ("api_key", "api_key_environment"),
            ("account", "account_environment"),
            ("base_url", "base_url_environment"),
        )
        if key in vendor
    ]
    parts = [f"A client of {vendor['name']} for {'async' if mode else 'plain'} code."]
    if read:
        parts.append(f"What is not given is read from the environment: {', '.join(read)}.")
    block = "async with" if mode else "with"
    parts.append(
        f"Use it in a `{block}` block, or close it. One client serves any number of "
        f"{'tasks' if mode else 'threads'}."
    )
    return describe(parts)


def describe_raw_resource(resource: Resource, client: str) -> str:
    """Write the docstring of the class whose methods return whole answers."""
    name = f"{client}.{'.'.join(resource.path)}"
    text = f"The methods of `{name}`, returning status, headers and bytes beside the answer."
    return wrap(text, 92)


def describe_package(description: object) -> str:
    """Write the package's docstring."""
    return wrap(description, 96)


def describe_resource(resource: Resource, client: str) -> str:
    """Write the docstring of a resource's class."""
    name = f"The methods of `{client}.{'.'.join(resource.path)}`"
    rest = f": {resource.description}" if resource.description else "."
    return close(wrap(f"{name}{rest}", 92))


def describe_resource_module(resource: Resource) -> str:
    """Write the docstring of a resource's module."""
    return close(wrap(f"The resource {'.'.join(resource.path)}.", 96))


def describe(parts: Sequence[object], **sections: list[Entry]) -> str:
    """Write a docstring of paragraphs, then sections of entries."""
    text = "\n\n".join(wrap(part, 92) for part in parts)
    for title, entries in sections.items():
        said = [
            wrap(f"{name}: {words}" if name else words, 88, hanging=True)
            for name, words in entries
            if words
        ]
        if said:
            text += f"\n\n{title}:\n{textwrap.indent(chr(10).join(said), '    ')}"
    return text


def describe_item(item: Property) -> str:
    """Say in words what a field or parameter is, its default and an example."""
    words = [str(item.description.get_untrusted_value())] if item.description else []
    if item.default is not None and item.default.raw_value != "":
        words.append(f"Default: {_show(item.default.raw_value)}.")
    if item.example:
        example = item.example.get_untrusted_value().removesuffix(".")
        words.append(f"Example: {example}.")
    return " ".join(words)


def wrap(text: Any, width: int, hanging: bool = False) -> str:
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


def close(text: str) -> str:
    """Keep a text that ends in a quote apart from the docstring's own."""
    return f"{text} " if text.endswith('"') else text


def _describe_parts(endpoint: Endpoint) -> list[object]:
    parts: list[object] = [_summary(endpoint)]
    if endpoint.description and endpoint.description != endpoint.summary:
        parts.append(endpoint.description)
    return parts


def _summary(endpoint: Endpoint) -> object:
    path = endpoint.path.get_untrusted_value()
    return endpoint.summary or f"{endpoint.method.upper()} {path}"


def _list_arguments(endpoint: Endpoint) -> list[Entry]:
    entries = [_describe_argument(item) for item in endpoint.path_parameters]
    if has_content(endpoint):
        told = "What to send: bytes, text, a file by its path or opened, or chunks."
        entries.append(("body", told))
    elif endpoint.bodies:
        entries.append(("body", "What to send."))
    entries += [_describe_argument(item) for item in list_named(endpoint)]
    if has_content(endpoint):
        told = "Called with the bytes sent so far and, where it is known, of how many."
        entries.append(("progress", told))
    return entries


def _describe_argument(item: Property) -> Entry:
    return str(item.python_name), describe_item(item)


def _describe_pages(method: Method, arguments: list[Entry]) -> list[Entry]:
    """Say of the paging parameters what they are to a person who walks all pages."""
    paging = describe_paging(method)
    size = min(PAGE_SIZE, paging.get("maximum_size", PAGE_SIZE))
    told = {
        paging["page_parameter"]: f"Page to begin with; the first is {paging['first_page']}.",
        paging["size_parameter"]: f"Items to ask for on one page; {size} when left out.",
    }
    names = {
        str(item.python_name): told[item.name.get_untrusted_value()]
        for item in method.endpoint.query_parameters
        if item.name.get_untrusted_value() in told
    }
    return [(name, names.get(name, words)) for name, words in arguments]


def _show(value: Any) -> str:
    return json.dumps(
        value.get_untrusted_value() if isinstance(value, UntrustedString) else value,
        ensure_ascii=False,
        default=str,
    )

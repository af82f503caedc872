"""Call any operation of the client, in each of the ways that it can be called."""

from __future__ import annotations

import asyncio
import inspect
import io
from collections.abc import Callable
from importlib import import_module
from typing import Any

import attrs
import harness_nextgen
from harness_nextgen import models
from harness_nextgen.types import File

from tests.client.described import Described

WAYS = ("method", "raw", "detailed", "short")
KEY = "pat.account.token.secret"
ACCOUNT = "an-account"


def call(url: str, operation: Described, way: str, mode: str, **arguments: Any) -> Any:
    """Call an operation with what it requires, and arguments by name; return what comes back.

    ``way`` is one of WAYS, ``mode`` "sync" or "async". Pages and downloads are read whole.
    """
    if mode == "sync":
        with harness_nextgen.Harness(KEY, ACCOUNT, url, max_retries=0) as client:
            function = find_function(client, operation, way, mode)
            return read_whole(function(**{**require(function), **arguments}))

    async def call_once() -> Any:
        async with harness_nextgen.AsyncHarness(KEY, ACCOUNT, url, max_retries=0) as client:
            function = find_function(client, operation, way, mode)
            answer = function(**{**require(function), **arguments})
            return await read_whole_async(answer)

    return asyncio.run(call_once())


def find_function(client: Any, operation: Described, way: str, mode: str) -> Callable[..., Any]:
    """Return the function for an operation, bound to its client."""
    resource = client
    for step in operation.value["x-resource"].split("."):
        resource = getattr(resource, step)
    if way == "raw":
        resource = resource.with_raw_response
    if way in ("method", "raw"):
        found: Callable[..., Any] = getattr(resource, operation.value["x-method"])
        return found
    module = import_module(f"harness_nextgen.api.{operation.value['tags'][0]}.{operation.id}")
    names = {"sync": ("sync_detailed", "sync"), "async": ("asyncio_detailed", "asyncio")}
    function = getattr(module, names[mode][way == "short"])

    def bound(**arguments: Any) -> Any:
        return function(client=client, **arguments)

    bound.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
    return bound


def require(function: Callable[..., Any]) -> dict[str, Any]:
    """Make a value for each argument that a function requires."""
    return {
        name: make_argument(parameter.annotation)
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.default is parameter.empty
        and parameter.kind is not parameter.VAR_KEYWORD
        and name != "client"
    }


def make_argument(annotation: str) -> Any:
    """Make a value of a type that is named as in a signature."""
    first = annotation.split(" | ", maxsplit=1)[0].removeprefix("builtins.")
    if first == "Content":
        return b"some content"
    if first.startswith("list["):
        return []
    kind = getattr(models, first, None)
    if kind is not None and attrs.has(kind):
        return make_model(kind)
    if first == "File":
        return File(io.BytesIO(b"some content"), "name.txt")
    return {"int": 7, "float": 1.5, "bool": True}.get(first, "a text")


def make_model(kind: Any) -> Any:
    """Make a model of its required members alone; one that is sent in parts has a file."""
    model = kind(
        **{
            field.name: make_argument(str(field.type))
            for field in attrs.fields(kind)
            if field.default is attrs.NOTHING and field.init
        }
    )
    if hasattr(kind, "to_multipart"):
        model["name.txt"] = make_argument("File")
    return model


def read_whole(answer: Any) -> Any:
    """Read pages and downloads; anything else is what it is."""
    if hasattr(answer, "pages"):
        return list(answer)
    return answer.read() if hasattr(answer, "iter_bytes") else answer


async def read_whole_async(answer: Any) -> Any:
    """Read pages and downloads, await what is awaited."""
    if hasattr(answer, "pages"):
        return [item async for item in answer]
    if hasattr(answer, "iter_bytes"):
        return await answer.read()
    return await answer

"""Call the client as a fixture says, and tell in plain data what came of it."""

from __future__ import annotations

import asyncio
import base64
import inspect
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from types import ModuleType, TracebackType
from typing import Any, Self, TypeGuard

import attrs
import httpx

from harness_nextgen_runtime.errors import ApiError, ErrorDetails, StatusError
from harness_nextgen_runtime.model import MapModel, Model
from harness_nextgen_runtime.multipart import File
from pipeline.contract.bodies import decode_base64
from pipeline.contract.fixture import Call
from pipeline.values import Json, is_array, is_object

MODES = ("sync", "async")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a call."""

    returned: Json = None
    """What it returned, encoded: models as JSON, bytes as Base64."""
    raised: dict[str, Json] | None = None
    """The error of an answer: its class, and what it found in the body."""
    refused: str | None = None
    """The class of any other error: of a call that the client does not take, for example."""
    message: str = ""
    """The text of that error."""
    unmodelled: tuple[str, ...] = ()
    """Members and values that no field and no enum of the client stands for."""


class Caller:
    """Calls one client package, blocking or not; close it after use.

    ``package`` is ``harness_nextgen`` or another one that the pipeline made. All calls of a mode
    share their connections.
    """

    def __init__(self, package: ModuleType, mode: str, **options: Any) -> None:
        """Make a caller; ``options`` are those of httpx's clients, a transport for example."""
        self._package = package
        self._mode = mode
        self._clients: dict[str, Any] = {}
        self._runner = asyncio.Runner() if mode == "async" else None
        # Proxies of the environment are for the way to Harness.
        options = {"trust_env": False, **options}
        self._http: Any = (
            httpx.AsyncClient(**options) if mode == "async" else httpx.Client(**options)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._runner is None:
            self._http.close()
        else:
            self._runner.run(self._http.aclose())
            self._runner.close()

    def use(self, package: ModuleType) -> None:
        """Call this package from now on."""
        self._package = package
        self._clients.clear()

    def call(
        self, call: Call, url: str, api_key: str, account: str, pages: int | None = 1
    ) -> Outcome:
        """Make a call; of a list that is walked, read so many pages, or all for None."""
        try:
            if self._runner is None:
                client = self._open("Harness", call, url, api_key, account)
                value = _read(self._start(client, call), pages)
            else:
                value = self._runner.run(self._call_async(call, url, api_key, account, pages))
        except StatusError as error:
            return Outcome(raised=describe_error(error))
        except ApiError as error:
            return Outcome(refused=type(error).__name__, message=str(error))
        # Whatever a call of a client that does not fit can raise: it is what is to be found out.
        except Exception as error:
            return Outcome(refused=type(error).__name__, message=str(error))
        return Outcome(encode(value), unmodelled=tuple(find_unmodelled(value, "response/body")))

    def _open(self, kind: str, call: Call, url: str, api_key: str, account: str) -> Any:
        """Return a client of these credentials and options; making one takes a while."""
        known = repr((url, api_key, account, call.options))
        if known not in self._clients:
            options = {"max_retries": 0, "http_client": self._http, **call.options}
            make = getattr(self._package, kind)
            self._clients[known] = make(api_key, account, url, **options)
        return self._clients[known]

    def _start(self, client: Any, call: Call) -> Any:
        method = client
        for step in call.method.split("."):
            method = getattr(method, step)
        return method(**build_arguments(self._package, method, call.arguments))

    async def _call_async(
        self, call: Call, url: str, api_key: str, account: str, pages: int | None
    ) -> Any:
        client = self._open("AsyncHarness", call, url, api_key, account)
        return await _read_async(self._start(client, call), pages)


class UnmodelledArgumentError(Exception):
    """An argument has a member that its model has no field for."""


def build_arguments(package: ModuleType, method: Any, arguments: dict[str, Json]) -> dict[str, Any]:
    """Make the arguments of a method: models where it takes models, bytes, files, and plain data.

    Raises UnmodelledArgumentError, and what decoding a model raises.
    """
    parameters = inspect.signature(method).parameters
    built: dict[str, Any] = {}
    for name, value in arguments.items():
        annotation = str(parameters[name].annotation) if name in parameters else ""
        model = getattr(package.models, annotation.split(" | ", maxsplit=1)[0], None)
        decoded = _decode_files(value)
        if model is None or not is_object(decoded):
            built[name] = decoded
            continue
        built[name] = model.from_dict(decoded)
        if unmodelled := list(find_unmodelled(built[name], name)):
            raise UnmodelledArgumentError(", ".join(unmodelled))
    return built


def _decode_files(value: Json) -> Any:
    """Turn ``{base64: …}`` into bytes, or into a file where it has a name."""
    if not is_object(value):
        return value
    if "base64" not in value:
        return {name: _decode_files(member) for name, member in value.items()}
    content = decode_base64(value["base64"])
    if "file_name" not in value:
        return content
    return File(io.BytesIO(content), value["file_name"], value.get("content_type"))


def describe_error(error: StatusError) -> dict[str, Json]:
    """Describe an error: its class, and what was found in the body of the answer."""
    return {"error": type(error).__name__, **describe_details(error.details)}


def describe_details(details: ErrorDetails) -> dict[str, Json]:
    """Describe what was found in the body of an error."""
    found: dict[str, Json] = {
        "message": details.message,
        "code": details.code,
        "id": details.id,
        "fields": [[one.field, one.message] for one in details.fields],
        "temporary": details.temporary,
    }
    return {name: value for name, value in found.items() if value}


def encode(value: Any) -> Json:
    """Encode what a call returned as plain data."""
    if _is_model(value):
        return value.to_dict()
    if is_array(value):
        return [encode(one) for one in value]
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def find_unmodelled(value: Any, at: str) -> Iterator[str]:
    """Yield the members that models keep without a field, and values that no enum has."""
    if is_array(value):
        for position, one in enumerate(value):
            yield from find_unmodelled(one, f"{at}/{position}")
    if not _is_model(value):
        return
    kind = type(value)
    renamed: Mapping[str, str] = getattr(kind, "_renamed", {})
    fields = [one for one in attrs.fields(kind) if one.name != "additional_properties"]
    if isinstance(value, Model) and fields:
        for name in value.additional_properties:
            yield f"{at}/{name}"
    else:
        for name, member in value.additional_properties.items():
            yield from find_unmodelled(member, f"{at}/{name}")
    for one in fields:
        member = getattr(value, one.name)
        name = renamed.get(one.name, one.name)
        if _is_unnamed(kind, str(one.type), member):
            yield f"{at}/{name}: {member!r}"
        yield from find_unmodelled(member, f"{at}/{name}")


def _is_model(value: Any) -> TypeGuard[MapModel[Any]]:
    return isinstance(value, MapModel)


def _is_unnamed(kind: type, annotation: str, value: Any) -> bool:
    """Tell whether a field that has an enum holds a text which the enum does not name."""
    values = value if is_array(value) else [value]
    if not any(isinstance(one, str) and not isinstance(one, Enum) for one in values):
        return False
    module = inspect.getmodule(kind)
    names = re.findall(r"\w+", annotation)
    return any(
        isinstance(found, type) and issubclass(found, Enum) and issubclass(found, str)
        for found in (getattr(module, name, None) for name in names)
    )


def _read(value: Any, pages: int | None) -> Any:
    if hasattr(value, "pages"):
        found: list[Any] = []
        walk = value.pages()
        for number, page in enumerate(walk, start=1):
            found += page.items
            if number == pages:
                break
        walk.close()
        return found
    return value.read() if hasattr(value, "iter_bytes") else value


async def _read_async(value: Any, pages: int | None) -> Any:
    if hasattr(value, "pages"):
        found: list[Any] = []
        walk = value.pages()
        number = 0
        async for page in walk:
            number += 1
            found += page.items
            if number == pages:
                break
        await walk.aclose()
        return found
    if hasattr(value, "iter_bytes"):
        return await value.read()
    return await value

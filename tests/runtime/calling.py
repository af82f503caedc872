"""Make calls with either client, the same way, and see what is left behind."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from typing import Any

from harness_nextgen_runtime import harness
from harness_nextgen_runtime.client import AsyncClient, SyncClient
from harness_nextgen_runtime.formats import read_bytes, read_data
from harness_nextgen_runtime.operation import Operation
from harness_nextgen_runtime.request import Request
from harness_nextgen_runtime.vendor import Vendor

KEY = "pat.ACCOUNT.id.canary-4711-secret"
MODES = ("blocking", "async")
VENDOR = Vendor(
    name="Harness",
    package="harness-nextgen",
    logger="harness_nextgen",
    base_url="https://app.harness.io",
    base_url_environment="HARNESS_BASE_URL",
    api_key_header="x-api-key",
    api_key_prefix="",
    api_key_environment="HARNESS_API_KEY",
    api_key_help=harness.API_KEY_HELP,
    account_header="Harness-Account",
    account_environment="HARNESS_ACCOUNT_ID",
    account_pattern=r"\A(?:pat|sat)\.([^.]+)\.",
    account_help=harness.ACCOUNT_HELP,
    advice=harness.ADVICE,
    read_error=harness.read_error,
)
"""As the generated client has it; the runtime knows no vendor."""


class Blocking(SyncClient):
    """A client as the generated code makes one."""

    VENDOR = VENDOR


class Async(AsyncClient):
    """The same, asynchronous."""

    VENDOR = VENDOR


def make_request(method: str = "GET", path: str = "/modules/1", **changes: Any) -> Request:
    """Describe a request as generated code does."""
    known = {name: changes.pop(name) for name in ("query", "headers", "body") if name in changes}
    operation = Operation(
        id="do_it", method=method, path="/modules/{id}", **{"takes_account": True, **changes}
    )
    return Request(operation, path, **known)


def run(
    mode: str,
    url: str,
    requests: Sequence[Request],
    how: str = "call",
    pause: float = 0,
    **options: Any,
) -> list[Any]:
    """Make calls one after the other with one client; an error stands in place of a value.

    Fails when a descriptor or a task is left over.
    """
    before = count_descriptors()
    results: list[Any] = []
    if mode == "blocking":
        with Blocking(KEY, base_url=url, **options) as client:
            for request in requests:
                results.append(_call(client, request, how))
                time.sleep(pause)
    else:
        asyncio.run(_run_async(url, requests, how, pause, options, results))
    # The server's own ends are in this process too, and close when they see ours closed.
    end = time.monotonic() + 2
    while count_descriptors() > before:
        assert time.monotonic() < end, "a descriptor stays open"
        time.sleep(0.002)
    return results


def count_descriptors() -> int:
    """Count what this process has open."""
    return len(os.listdir("/proc/self/fd"))


def one(mode: str, url: str, request: Request | None = None, how: str = "call", **o: Any) -> Any:
    """Make one call."""
    return run(mode, url, [request or make_request()], how, **o)[0]


def _call(client: SyncClient, request: Request, how: str) -> Any:
    try:
        if how == "exchange":
            return client.exchange(request, read_bytes, {}).http_response
        if how == "stream":
            with client.stream(request, {}) as response:
                return b"".join(response.iter_bytes())
        method = client.call if how == "call" else client.call_raw
        return method(request, read_data, {})
    except Exception as error:
        return error


async def _run_async(
    url: str,
    requests: Sequence[Request],
    how: str,
    pause: float,
    options: Any,
    results: list[Any],
) -> None:
    async with Async(KEY, base_url=url, **options) as client:
        for request in requests:
            results.append(await call_async(client, request, how))
            await asyncio.sleep(pause)
    # httpx leaves its generators to the loop, which closes them in tasks of a few steps.
    for _ in range(20):
        await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}, "a task stays behind"


async def call_async(client: AsyncClient, request: Request, how: str = "call") -> Any:
    """Make one call; an error is returned."""
    try:
        if how == "exchange":
            return (await client.exchange(request, read_bytes, {})).http_response
        if how == "stream":
            async with client.stream(request, {}) as response:
                return b"".join([chunk async for chunk in response.aiter_bytes()])
        method = client.call if how == "call" else client.call_raw
        return await method(request, read_data, {})
    except Exception as error:
        return error

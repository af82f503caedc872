"""The measurements of the client, one function for each group of rows of the table."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import httpx
from harness_nextgen import AsyncHarness, Harness
from harness_nextgen.models import Module
from pydantic import TypeAdapter, ValidationError

from benchmarks.environments import Environment, build_wheel, install
from benchmarks.measure import run, time_alternately, time_calls
from benchmarks.modules import EqualModule, make_module
from benchmarks.row import Row, compare
from benchmarks.server import MODULES, run_server
from harness_nextgen_runtime.decoding import Mismatch, list_of

OFFICIAL = "harness-open-api==2.0.1"
_SANDBOX = "harness_nextgen_sandbox/"
_LISTS = ("/RECORD", "/generation.lock")
_KEY = "pat.account.token.secret"
_LOADS_LITTLE = """
import sys, harness_nextgen
loaded = {"asyncio", "attr", "attrs", "httpx", "ssl", "yaml"} & sys.modules.keys()
sys.exit(f"importing harness_nextgen loads {loaded}" if loaded else 0)
"""
_READY = f"from harness_nextgen import Harness; harness = Harness({_KEY!r})"
_BUILT = f"""{_READY}
import httpx, sys
sys.exit(0 if type(harness._http) is httpx.Client else "Harness() builds no httpx client")
"""


def measure_client(folder: Path, repetitions: int) -> Iterator[Row | str]:
    """Measure everything about the client; a text says what is left out, and why."""
    wheel = build_wheel(folder)
    client = size_without_sandbox(wheel)
    sandbox = wheel.stat().st_size / 1e3 - client
    yield Row("wheel without the sandbox, in KB", f"{client:.0f} KB", "", client, 250)
    yield Row("the sandbox in the wheel, in KB", f"{sandbox:.0f} KB", "", sandbox, 75)
    own = install(folder / "own", str(wheel))
    yield from compare_start(own, repetitions)
    try:
        official = install(folder / "official", OFFICIAL)
    except SystemExit as error:
        reason = str(error).splitlines()[-1]
        yield f"the rows beside {OFFICIAL}, which cannot be installed: {reason}"
    else:
        yield from compare_official(own, official, repetitions)
    yield compare_decoding(repetitions)
    with run_server() as url:
        yield compare_get(url, repetitions)
        yield compare_prefetch(url)
        yield compare_async_prefetch(url)


def size_without_sandbox(wheel: Path) -> float:
    """Return how many kilobytes a wheel has without the sandbox: its files, and their digests."""
    rest = BytesIO()
    with ZipFile(wheel) as whole, ZipFile(rest, "w") as archive:
        for file in whole.infolist():
            if not file.filename.startswith(_SANDBOX):
                content = whole.read(file)
                if file.filename.endswith(_LISTS):
                    lines = content.splitlines(keepends=True)
                    content = b"".join(line for line in lines if _SANDBOX.encode() not in line)
                archive.writestr(file, content)
    return len(rest.getvalue()) / 1e3


def compare_start(own: Environment, repetitions: int) -> Iterator[Row]:
    """Compare starting to use the client, in a fresh process, with Python's and httpx's start."""
    codes = (
        "pass",
        "import harness_nextgen",
        _READY,
        "import httpx; httpx.Client()",
    )
    for check in (_LOADS_LITTLE, _BUILT):
        run(own.command(check))
    commands = [own.command(code) for code in codes]
    nothing, imported, ready, bare = time_alternately(commands, repetitions * 5)
    more = (imported - nothing) * 1e3
    yield Row(
        "import harness_nextgen, ms more than nothing",
        f"{imported * 1e3:.1f} ms",
        f"{nothing * 1e3:.1f} ms",
        more,
        20,
    )
    yield compare("ready to send, to httpx.Client()", ready, bare, 1.15)


def compare_official(own: Environment, official: Environment, repetitions: int) -> Iterator[Row]:
    """Compare with the official client: how long its import takes, and its room on disk."""
    mine, peer = time_alternately(
        [
            own.command("import harness_nextgen"),
            official.command("import harness_open_api"),
        ],
        repetitions,
    )
    yield compare(f"import, to {OFFICIAL}", mine, peer, 1.0)
    size, other = own.size / 1e6, official.size / 1e6
    what = f"installed with all it needs, to {OFFICIAL}"
    yield Row(what, f"{size:.1f} MB", f"{other:.1f} MB", size / other, 1.0)


def compare_decoding(repetitions: int) -> Row:
    """Compare a page of 100 modules, from bytes to models, with pydantic's."""
    page = json.dumps([make_module(number) for number in range(100)]).encode()
    decode = list_of(Module.from_dict)
    adapter = TypeAdapter(list[EqualModule])
    complete = make_module(1)
    wrong: list[dict[str, Any]] = [
        {name: value for name, value in complete.items() if name != "name"},
        {**complete, "name": 7},
        {**complete, "created": "soon"},
        {**complete, "versions": ["1.0.0", {}]},
    ]
    for value in wrong:
        _expect(Mismatch, lambda value=value: decode([value]))  # type: ignore[misc]
        _expect(ValidationError, lambda value=value: adapter.validate_python([value]))  # type: ignore[misc]
    mine, peer = time_calls(
        [lambda: decode(json.loads(page)), lambda: adapter.validate_python(json.loads(page))],
        repetitions * 100,
    )
    return compare("100 modules from bytes to models, to pydantic", mine, peer, 1.0)


def compare_get(url: str, repetitions: int) -> Row:
    """Compare one call over loopback with what httpx alone takes for the same bytes."""
    with Harness(_KEY, base_url=url) as harness, httpx.Client() as http:
        address = f"{url}/iacm/api/modules/one"
        mine, peer = time_calls(
            [lambda: harness.modules.get("one"), lambda: http.get(address).json()],
            repetitions * 200,
        )
    return compare("one get over loopback, to httpx", mine, peer, 1.15)


def compare_prefetch(url: str) -> Row:
    """Compare a walk over 10,000 modules, reading ahead, with one that does not."""
    with Harness(_KEY, base_url=url) as harness:

        def walk(prefetch: int) -> None:
            _expect_all(sum(1 for _ in harness.modules.list(prefetch=prefetch)))

        mine, peer = time_calls([lambda: walk(8), lambda: walk(0)], 3)
    return compare("10,000 modules with prefetch=8, to without", mine, peer, 1 / 6)


def compare_async_prefetch(url: str) -> Row:
    """Compare the same walks of the asynchronous client."""
    harness = AsyncHarness(_KEY, base_url=url)

    async def walk(prefetch: int) -> None:
        _expect_all(len([one async for one in harness.modules.list(prefetch=prefetch)]))

    with asyncio.Runner() as runner:
        calls = [lambda: runner.run(walk(8)), lambda: runner.run(walk(0))]
        mine, peer = time_calls(calls, 3)
        runner.run(harness.aclose())
    return compare("the same, asynchronous", mine, peer, 1 / 6)


def _expect(kind: type[Exception], call: Callable[[], object]) -> None:
    try:
        call()
    except kind:
        return
    raise SystemExit(f"{kind.__name__} was expected: what is compared is not equal")


def _expect_all(count: int) -> None:
    if count != MODULES:
        raise SystemExit(f"{count} modules came of {MODULES}")

"""The command ``python -m harness_nextgen_sandbox``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from harness_nextgen_sandbox.clock import parse_start
from harness_nextgen_sandbox.options import Options, parse_duration, parse_fault
from harness_nextgen_sandbox.store import StoreError, open_store

_PROGRAM = "harness_nextgen_sandbox"
_MAXIMUM_SEED = 100_000


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        """Leave with 2."""
        self.exit(2, f"{self.prog}: {message} (--help lists the options)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Start the sandbox and serve until it is interrupted; return the exit code."""
    asked = make_parser().parse_args(arguments)
    try:
        from harness_nextgen_sandbox.app import open_app
        from harness_nextgen_sandbox.keys import make_environment
        from harness_nextgen_sandbox.seeds import fill
        from harness_nextgen_sandbox.serving import HOST, listen, make_server
    except ModuleNotFoundError as error:
        return _fail(f"{error.name} is missing: pip install 'harness-nextgen[sandbox]'")
    options = Options(
        seed=asked.seed,
        clock=asked.clock,
        rate_limit=asked.rate_limit,
        faults=tuple(asked.fault),
        latency=asked.latency,
        sparse=asked.sparse,
    )
    try:
        store = open_store(asked.db, seed=asked.seed, clock=asked.clock)
    except StoreError as error:
        return _fail(str(error))
    fill(store, asked.seed or 0)
    try:
        listener = listen(asked.port)
    except OSError as error:
        store.close()
        return _fail(f"port {asked.port} cannot be used: {error.strerror}; choose with --port")
    app = open_app(store, options)
    url = f"http://{HOST}:{listener.getsockname()[1]}"
    print(f"The sandbox is at {url}, its API page at {url}/ui/")
    for name, value in make_environment(url).items():
        print(f"export {name}={value}", flush=True)
    try:
        make_server(app).run(sockets=[listener])
    except KeyboardInterrupt:
        pass
    finally:
        store.close()
    return 0


def make_parser() -> argparse.ArgumentParser:
    """Make the parser of the command."""
    parser = _Parser(prog=_PROGRAM, description="A local Harness to try against.")
    add = parser.add_argument
    add(
        "--port",
        type=_make_type(_read_port),
        default=8808,
        help="0 takes a free one; default: 8808",
    )
    add("--db", type=Path, metavar="FILE", help="keep the state in FILE; default: in memory")
    add(
        "--seed",
        type=_make_type(_read_seed),
        metavar="N",
        help="fill an empty database with N modules, and make ids the same in every run",
    )
    add(
        "--clock",
        type=_make_type(parse_start),
        metavar="ISO",
        help="a time to begin at; each change is a second later",
    )
    add(
        "--rate-limit",
        type=_make_type(_read_limit),
        metavar="N",
        help="answer 429 to more than N requests a minute of one key",
    )
    add(
        "--fault",
        type=_make_type(parse_fault),
        action="append",
        default=[],
        metavar="STATUS:PART:SHAPE",
        help="answer so, to a part of the requests, in a shape: 503, 503:0.1, 502:html",
    )
    add(
        "--latency",
        type=_make_type(parse_duration),
        default=0.0,
        metavar="TIME",
        help="hold each answer back: 50ms",
    )
    add(
        "--sparse",
        action="store_true",
        help="leave out of each answer what the spec does not require",
    )
    return parser


def _make_type(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """Let argparse tell what a reader of ours says is wrong."""

    def read_argument(text: str) -> Any:
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read_argument


def _read_number(text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and least <= int(text) <= most):
        raise ValueError(f"{text!r} is no number from {least} to {most}")
    return int(text)


def _read_port(text: str) -> int:
    return _read_number(text, 0, 65535)


def _read_seed(text: str) -> int:
    return _read_number(text, 0, _MAXIMUM_SEED)


def _read_limit(text: str) -> int:
    return _read_number(text, 1, 100_000_000)


def _fail(message: str) -> int:
    print(f"{_PROGRAM}: {message}", file=sys.stderr)
    return 2

"""The command line of the pipeline: one command for each of its functions."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from pipeline.faults import BAD_INPUT, Fault, Faults, Place


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 does not hold, 2 bad input or usage."""
    _open_closed_streams()
    options = build_parser().parse_args(arguments)
    try:
        code: int = options.func(options)
        sys.stdout.flush()
        return code
    except Faults as faults:
        print(faults, file=sys.stderr)
        return faults.exit_code
    except BrokenPipeError:
        # The reader of our output left (`| head`); silence the interpreter's own last flush too.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BAD_INPUT
    except OSError as error:
        # A full disk, a folder that is taken away during a run: no fault of this program's.
        place = Place(str(error.filename or "this run"))
        print(Fault(place, f"cannot go on: {error.strerror or error}"), file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("interrupted: no file is half written", file=sys.stderr)
        return 130


def _open_closed_streams() -> None:
    """Let what nobody reads (`>&-`) go nowhere; Python has no stream at all there."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115


def build_parser() -> argparse.ArgumentParser:
    """Make the parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="python -m pipeline",
        description="Make a Python client from an OpenAPI document and overlays.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    from pipeline import regenerate_cli
    from pipeline.contract import cli as contract
    from pipeline.diff import cli as diff
    from pipeline.overlay import cli as overlay
    from pipeline.publish import cli as publish
    from pipeline.publish import consume_cli as consume
    from pipeline.publish import release_cli as release
    from pipeline.site import cli as site
    from pipeline.update import cli as update

    regenerate_cli.add_commands(commands.add_parser)
    contract.add_commands(commands.add_parser)
    diff.add_commands(commands.add_parser)
    update.add_commands(commands.add_parser)
    publish.add_commands(commands.add_parser)
    consume.add_commands(commands.add_parser)
    release.add_commands(commands.add_parser)
    site.add_commands(commands.add_parser)
    overlay.add_commands(commands.add_parser("overlay", help="apply, check and write overlays"))
    return parser

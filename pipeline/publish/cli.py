"""The commands that bring the client to others: ``build``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from pipeline.faults import DONE

_ROOT = Path(__file__).resolve().parents[2]


def add_commands(add_parser: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the commands."""
    add_build(add_parser)


def add_build(add_parser: Callable[..., argparse.ArgumentParser]) -> None:
    """Add ``build``."""
    summary = "build wheel and sdist from the last commit, the same bytes everywhere"
    parser = add_parser(
        "build",
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}. The wheel is built from the sdist once "
        "more, and exits 1 when that is another one. Other files in the folder stay.",
    )
    parser.add_argument(
        "-o", "--output", type=Path, metavar="DIR", help="the folder to write to (default: dist/)"
    )
    parser.add_argument(
        "--version", metavar="VERSION",
        help="the version to build (default: the declared one at its tag, elsewhere a development "
        "version of the one that comes next)",
    )  # fmt: skip
    parser.set_defaults(func=run_build)


def run_build(options: argparse.Namespace) -> int:
    """Build, and name what was made."""
    from tempfile import TemporaryDirectory

    from pipeline.diff.version import parse_version
    from pipeline.git import run_git
    from pipeline.publish.distributions import build_distributions, tell_other_zlib
    from pipeline.publish.version import choose_version

    version = str(parse_version(options.version)) if options.version else choose_version(_ROOT)
    with TemporaryDirectory(prefix="build-") as scratch:
        built = build_distributions(
            _ROOT, version, options.output or _show_default(), Path(scratch)
        )
    print(*built.all_files, sep="\n")
    if run_git(_ROOT, "status", "--porcelain"):
        print("what is not committed is not in them")
    if note := tell_other_zlib():
        print(note, file=sys.stderr)
    return DONE


def _show_default() -> Path:
    folder = _ROOT / "dist"
    return folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder

"""The commands of the comparison: ``diff`` tells what changed, ``baseline`` keeps a release."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from pipeline.faults import DOES_NOT_HOLD, DONE

_ROOT = Path(__file__).resolve().parents[2]

_PAGE = "review.html"


def add_commands(add_parser: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the commands of the comparison."""
    summary = "tell what changed between two states, what breaks, and which version it takes"
    parser = add_parser(
        "diff",
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}. A state is a folder of this project, a "
        "revision of its repository, `released` for the last release, or an OpenAPI document; "
        "a path comes before a revision of the same name. Exits 1 when a change breaks callers.",
    )
    parser.add_argument(
        "old", nargs="?", metavar="OLD",
        help="the state before (default: released, or HEAD before the first release)",
    )  # fmt: skip
    parser.add_argument(
        "new", nargs="?", metavar="NEW", help="the state after (default: this checkout)"
    )
    parser.add_argument(
        "--format", choices=("text", "json", "html", "markdown"), default="text", dest="form",
        help="text for a terminal, json for programs, markdown for a pull request, html for a "
        "page of its own (default: text)",
    )  # fmt: skip
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE",
        help=f"write here (default: {_PAGE} for html, else standard output)",
    )  # fmt: skip
    parser.set_defaults(func=run_diff)

    summary = "keep the present state as the release that the next one is judged by"
    parser = add_parser("baseline", help=summary, description=summary)
    parser.add_argument("version", metavar="VERSION", help="the version that is released")
    parser.set_defaults(func=run_baseline)


def run_diff(options: argparse.Namespace) -> int:
    """Compare two states and write the report."""
    from pipeline.diff.change import Severity
    from pipeline.diff.report.forms import render
    from pipeline.diff.review import review
    from pipeline.diff.states import open_state
    from pipeline.regenerate_cli import show_progress
    from pipeline.writing import replace_file

    with ExitStack() as stack:
        # Bare documents are compared faster than a person can read what is being done.
        tell = stack.enter_context(show_progress()) if sys.stderr.isatty() else _say_nothing
        old = stack.enter_context(open_state(options.old or _name_default(), _ROOT))
        new = stack.enter_context(open_state(options.new or _show_root(), _ROOT))
        report = review(old, new, tell)
    output = options.output
    if output is None and options.form == "html":
        output = Path(_PAGE)
    if output is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(render(report, options.form).encode())
    else:
        replace_file(output, render(report, options.form))
        print(output)
    return DOES_NOT_HOLD if report.verdict is Severity.BREAKING else DONE


def run_baseline(options: argparse.Namespace) -> int:
    """Keep the present state as the last release."""
    from pipeline.diff.release import write_release
    from pipeline.diff.states import BASELINE, open_project
    from pipeline.diff.version import parse_version

    version = str(parse_version(options.version))
    state = open_project(_ROOT, _show_root())
    write_release(_ROOT / BASELINE, version, state)
    print(f"{BASELINE} holds {version}")
    return DONE


def _name_default() -> str:
    from pipeline.diff.states import BASELINE, RELEASED

    return RELEASED if (_ROOT / BASELINE).is_dir() else "HEAD"


def _show_root() -> str:
    cwd = Path.cwd()
    return "." if cwd == _ROOT else str(_ROOT)


def _say_nothing(stage: str) -> None:
    """Tell nobody."""

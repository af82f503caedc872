"""The commands ``regenerate`` and ``check`` of the command line."""

from __future__ import annotations

import argparse
import keyword
import shlex
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.document import DEFAULT_MAX_BYTES
from pipeline.faults import DONE, BadInput, Fault, Place

if TYPE_CHECKING:
    from pipeline.output import Difference
    from pipeline.regenerate import Job, Report

_ROOT = Path(__file__).resolve().parents[1]


def add_commands(add_parser: Callable[..., argparse.ArgumentParser]) -> None:
    """Add ``regenerate`` and its twin ``check``, which take the same options."""
    for name, run, summary in (
        ("regenerate", run_regenerate, "write the client from the spec and the overlays"),
        ("check", run_check, "fail when the client is not what the spec and overlays make"),
    ):
        parser = add_parser(name, help=summary, description=summary)
        parser.add_argument(
            "--spec", type=Path, metavar="FILE",
            help="an OpenAPI 3.0 or 3.1 document, JSON or YAML (default: spec/openapi.yaml)",
        )  # fmt: skip
        parser.add_argument(
            "--overlays", type=Path, metavar="DIR",
            help="*.overlay.yaml in it correct the document, by name; those in DIR/codegen make "
            "the generator's view of it (default: overlays/, and none with --spec)",
        )  # fmt: skip
        parser.add_argument(
            "--output", type=Path, metavar="DIR",
            help="the folder that gets the package, and nothing else (default: generated/; "
            "required with --spec)",
        )  # fmt: skip
        parser.add_argument(
            "--package", metavar="NAME",
            help="the name to import the client by (default: harness_nextgen, and the document's "
            "title with --spec)",
        )  # fmt: skip
        parser.add_argument(
            "--allow-loss", action="append", default=[], metavar="OPERATION",
            help="accept that this operation is not generated whole: an operationId, "
            "'METHOD /path' or components/schemas/NAME; recorded in the lock; may be repeated",
        )  # fmt: skip
        parser.add_argument(
            "--max-bytes", type=positive, default=DEFAULT_MAX_BYTES, metavar="N",
            help="refuse a larger document (default: %(default)s)",
        )  # fmt: skip
        parser.set_defaults(func=run)


def run_regenerate(options: argparse.Namespace) -> int:
    """Regenerate and report."""
    from pipeline.regenerate import regenerate

    with show_progress() as tell:
        report = regenerate(_read_job(options), tell)
    print(describe(report))
    return DONE


def run_check(options: argparse.Namespace) -> int:
    """Check and say that it holds."""
    from pipeline.regenerate import check

    with show_progress() as tell:
        package = check(_read_job(options), tell, _name_command(options))
    print(f"{package} is what the spec and the overlays make")
    if options.spec is None:
        print(_check_version())
    return DONE


def _check_version() -> str:
    """Check the version of this project, and say what it was judged by."""
    from pipeline.diff.review import check_declared_version

    version = check_declared_version(_ROOT)
    if version is None:
        return "nothing is released yet: any version will do"
    return f"the version {version.declared} will do: the baseline is {version.released}"


@contextmanager
def show_progress() -> Generator[Callable[[str], None], None, None]:
    """Tell each stage on standard error: on one line of a terminal, line by line elsewhere."""
    terminal = sys.stderr.isatty()

    def tell(stage: str) -> None:
        line = f"\r\x1b[2K{stage} …" if terminal else f"{stage} …\n"
        print(line, end="", file=sys.stderr, flush=True)

    try:
        yield tell
    finally:
        if terminal:
            print("\r\x1b[2K", end="", file=sys.stderr, flush=True)


def describe(report: Report) -> str:
    """Say in a few lines what a run did."""
    if report.made is None:
        return f"nothing to do: {report.package} matches its lock ({report.seconds:.2f} s)"
    made, difference = report.made, report.difference
    generated = made.generated
    counts = ", ".join(
        (
            _count(generated.operations, "operation"),
            _count(generated.models, "model"),
            _count(made.actions, "overlay action"),
        )
    )
    lines = [
        f"{report.package}: {counts} ({report.seconds:.2f} s)",
        f"files: {_describe_difference(difference)}",
    ]
    lines += [f"lost, as allowed: {loss.subject}" for loss in generated.losses]
    if report.aside:
        lines.append(describe_strays(report.strays, report.aside))
    return "\n".join(lines)


def describe_strays(strays: Sequence[str], aside: Path) -> str:
    """Say where the files are that somebody put into a client's folder."""
    return (
        f"{_count(len(strays), 'file')} not written by this tool, "
        f"kept in {aside}: {', '.join(strays[:5])}{' …' if len(strays) > 5 else ''}"
    )


def _describe_difference(difference: Difference) -> str:
    if not difference:
        return "none changed"
    return (
        f"{len(difference.added)} added, {len(difference.changed)} changed, "
        f"{len(difference.removed)} removed"
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _read_job(options: argparse.Namespace) -> Job:
    from pipeline.regenerate import Job

    if options.spec is None:
        job = Job(
            spec=_shown("spec/openapi.yaml"),
            overlays=options.overlays or _shown("overlays"),
            output=options.output or _shown("generated"),
            package=options.package or "harness_nextgen",
            allowed_losses=frozenset(options.allow_loss),
            max_bytes=options.max_bytes,
        )
    else:
        if options.output is None:
            raise BadInput(Fault(Place("--spec"), "needs --output DIR: where the client goes"))
        job = Job(
            spec=options.spec,
            overlays=options.overlays,
            output=options.output,
            package=options.package,
            allowed_losses=frozenset(options.allow_loss),
            max_bytes=options.max_bytes,
        )
    if job.package is not None and not _is_package_name(job.package):
        message = f"{job.package!r} is no name of a Python package: use letters, digits and _"
        raise BadInput(Fault(Place("--package"), message))
    return job


def _name_command(options: argparse.Namespace) -> str:
    """Name the command that makes what a check of these options accepts."""
    named = [("--spec", options.spec), ("--overlays", options.overlays)]
    named += [("--output", options.output), ("--package", options.package)]
    named += [("--allow-loss", operation) for operation in options.allow_loss]
    if options.max_bytes != DEFAULT_MAX_BYTES:
        named.append(("--max-bytes", options.max_bytes))
    given = [str(part) for option in named if option[1] is not None for part in option]
    if not given:
        return "nox -s regenerate"
    return shlex.join(["python", "-m", "pipeline", "regenerate", *given])


def _is_package_name(name: str) -> bool:
    return name.isascii() and name.isidentifier() and not keyword.iskeyword(name)


def _shown(name: str) -> Path:
    """Name a file of the checkout as a person in it would."""
    path = _ROOT / name
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def positive(text: str) -> int:
    """Read a number of an option."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number

"""The command ``consume``: the client from an index in somebody else's program."""

from __future__ import annotations

import argparse
import os
import tempfile
import tomllib
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.faults import DONE, BadInput, DoesNotHold, Fault, Place

if TYPE_CHECKING:
    from pipeline.publish.consume import Outcome, Tell, Wanted
    from pipeline.publish.index import Index

_ROOT = Path(__file__).resolve().parents[2]
_CONSUMER = Path("docs") / "examples" / "consumer"


def add_commands(add_parser: Callable[..., argparse.ArgumentParser]) -> None:
    """Add ``consume``."""
    summary = "install the client from an index in clean environments, and use it in a program"
    parser = add_parser(
        "consume",
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}: on every supported Python of this "
        "machine, with the newest and the lowest dependencies. Without --index, the present commit "
        "is built and served by an index on loopback. Exits 1 when something does not hold.",
    )
    parser.add_argument(
        "--index", metavar="NAME|URL",
        help="install from this index instead: a section of ~/.pypirc or an address, as for "
        "`publish`, or where pip looks, such as https://packages.example.com/simple/; user name "
        "and password come from where `publish` and pip find them, never from here",
    )  # fmt: skip
    parser.add_argument(
        "--simple-url", default="", metavar="URL",
        help="where pip looks in this index (default: derived from --index)",
    )  # fmt: skip
    parser.add_argument("--version", metavar="X", help="the version to install from it")
    parser.add_argument(
        "--sums", type=Path, metavar="FILE",
        help="the SHA256SUMS of its build (default: the present commit is built and compared)",
    )  # fmt: skip
    parser.add_argument(
        "--python", action="append", default=[], metavar="X.Y",
        help="only on this version of Python; may be repeated",
    )  # fmt: skip
    parser.set_defaults(func=run_consume)


def run_consume(options: argparse.Namespace) -> int:
    """Consume, and show a table of what was done."""
    from pipeline.publish.index import take_settings

    _check_options(options)
    versions = choose_versions(options.python)
    settings = take_settings(os.environ)
    return consume_on(versions, lambda folder, tell: _open_wanted(options, settings, folder, tell))


def consume_on(
    versions: Sequence[str],
    open_wanted: Callable[[Path, Tell], AbstractContextManager[Wanted]],
) -> int:
    """Consume what ``open_wanted`` gives on these versions of Python, and show a table of it.

    Raises BadInput when the machine has none of them, and DoesNotHold when something fails.
    """
    from pipeline.publish.consume import consume
    from pipeline.publish.interpreters import find_interpreters
    from pipeline.publish.running import clean_up_when_told_to_end
    from pipeline.regenerate_cli import show_progress

    found = find_interpreters(versions)
    interpreters = {version: path for version, path in found.items() if path}
    missing = [version for version in versions if version not in interpreters]
    if not interpreters:
        message = f"none of {', '.join(versions)} is on the PATH: install one"
        raise BadInput(Fault(Place("python"), message))
    with clean_up_when_told_to_end(), open_folder() as folder, show_progress() as tell:
        for version in missing:
            tell(f"Python {version} is not on the PATH: left out")
        with open_wanted(folder, tell) as wanted:
            outcomes = consume(wanted, interpreters, _ROOT / _CONSUMER, folder / "consume", tell)
    print("\n".join(lay_out_table(outcomes, missing)), flush=True)
    if faults := [outcome.fault for outcome in outcomes if outcome.fault]:
        raise DoesNotHold(*faults)
    return DONE


@contextmanager
def open_folder() -> Generator[Path]:
    """Give a temporary folder outside the checkout until the block ends; raises BadInput."""
    with tempfile.TemporaryDirectory(prefix="harness-nextgen-") as name:
        folder = Path(name).resolve()
        if folder.is_relative_to(_ROOT):
            message = "is inside the checkout, which must not help: set TMPDIR to another folder"
            raise BadInput(Fault(Place(str(folder.parent)), message))
        (folder / "consume").mkdir()
        yield folder


def _check_options(options: argparse.Namespace) -> None:
    for name in ("version", "simple_url", "sums"):
        if getattr(options, name) and options.index is None:
            option = f"--{name.replace('_', '-')}"
            message = "needs --index: without it, the present commit is built and served"
            raise BadInput(Fault(Place(option), message))
    if options.index is not None and not options.version:
        raise BadInput(Fault(Place("--index"), "needs --version: which version to install"))


def choose_versions(wanted: Sequence[str]) -> list[str]:
    """Return the supported versions of Python that are asked for, or all; raises BadInput."""
    from pipeline.publish.interpreters import list_supported

    supported = list_supported(_ROOT / "pyproject.toml")
    for version in wanted:
        if version not in supported:
            message = f"{version} is not supported: choose from {', '.join(supported)}"
            raise BadInput(Fault(Place("--python"), message))
    return [version for version in supported if version in (wanted or supported)]


def find_source(argument: str, simple_url: str, settings: Mapping[str, str]) -> Index:
    """Find the index to install from; ``argument`` may also be its simple page.

    Raises BadInput for what names none, or when it cannot be reached.
    """
    from pipeline.publish.index import find_index
    from pipeline.publish.listing import settle_simple_url

    if argument.rstrip("/").endswith(("/simple", "/+simple")):
        simple_url = simple_url or argument
    return settle_simple_url(find_index(argument, settings, Path.home() / ".pypirc", simple_url))


@contextmanager
def _open_wanted(
    options: argparse.Namespace, settings: Mapping[str, str], folder: Path, tell: Tell
) -> Generator[Wanted]:
    """Tell what to consume, and keep an index for it until the block ends, where it is ours."""
    from pipeline.publish.consume import CLIENT, Wanted
    from pipeline.publish.distributions import build_distributions
    from pipeline.publish.loopback import start_index
    from pipeline.publish.upload import upload
    from pipeline.publish.version import choose_version

    source = find_source(options.index, options.simple_url, settings) if options.index else None
    if source and options.sums:
        yield Wanted(source, options.version, read_sum(options.sums, options.version))
        return
    version = options.version or choose_version(_ROOT)
    tell(f"building {version} from the present commit")
    scratch = folder / "scratch"
    scratch.mkdir()
    built = build_distributions(_ROOT, version, folder / "dist", scratch)
    sha256 = read_sum(built.sums, version)
    if source:
        yield Wanted(source, version, sha256)
        return
    # Reading takes the password too, as with an index of a company.
    with start_index(folder / "index", protect="update,list,download") as index:
        tell(f"publishing to {index.name}")
        upload(index, CLIENT, version, built.files, tell)
        yield Wanted(index, version, sha256)


def read_sum(sums: Path, version: str) -> str:
    """Return the digest that a SHA256SUMS has for the wheel of a version; raises BadInput."""
    try:
        text = sums.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(Fault(Place(str(sums)), f"cannot be read: {error}")) from None
    for line in text.splitlines():
        digest, _, name = line.partition(" ")
        if name.strip(" *").startswith(f"harness_nextgen-{version}-"):
            return digest
    raise BadInput(Fault(Place(str(sums)), f"has no wheel of version {version}"))


def list_direct(pyproject: Path) -> list[str]:
    """Return the names of what a project and its extra for tests ask for."""
    from packaging.requirements import Requirement

    from pipeline.publish.consume import EXTRA

    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"][EXTRA]]
    return [Requirement(text).name for text in asked]


def lay_out_table(outcomes: Sequence[Outcome], missing: Sequence[str]) -> list[str]:
    """Lay out what was installed where, and whether all held."""
    shown = list_direct(_ROOT / "pyproject.toml")
    rows: list[tuple[str, ...]] = [("Python", "dependencies", *shown, "result")]
    for outcome in outcomes:
        versions = {pin.name: pin.version for pin in outcome.pins}
        installed = (versions.get(name, "-") for name in shown)
        result = "FAILED" if outcome.fault else "ok"
        rows.append((outcome.python, outcome.edge, *installed, result))
    rows += [(version, *("-" * 6), "not on this machine") for version in missing]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]

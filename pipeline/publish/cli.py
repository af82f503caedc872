"""The commands that bring the client to others: ``build`` and ``publish``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.faults import DONE

if TYPE_CHECKING:
    from pipeline.publish.publish import Published

_ROOT = Path(__file__).resolve().parents[2]


def add_commands(add_parser: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the commands."""
    add_build(add_parser)
    add_publish(add_parser)


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
    from pipeline.publish.running import clean_up_when_told_to_end
    from pipeline.publish.version import choose_version

    version = str(parse_version(options.version)) if options.version else choose_version(_ROOT)
    with clean_up_when_told_to_end(), TemporaryDirectory(prefix="build-") as scratch:
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


def add_publish(add_parser: Callable[..., argparse.ArgumentParser]) -> None:
    """Add ``publish``."""
    summary = "publish the wheel to an index: a rehearsal on loopback, or a configured one"
    parser = add_parser(
        "publish",
        help=summary,
        description="Publish what the last commit holds. Without options this is a rehearsal: it "
        "starts an index on loopback, publishes a development version there, installs it back in a "
        "clean environment and runs the contract tests on it. With --index it publishes a release. "
        "Exits 1 when something does not hold, of which all is told, and 2 when the index cannot "
        "be reached or refuses. User name and password come from UV_PUBLISH_* or TWINE_*, from "
        "~/.pypirc or from the keyring, never from here.",
    )
    parser.add_argument(
        "--index", nargs="?", const="", metavar="NAME|URL",
        help="a section of ~/.pypirc, or the address that takes uploads; without a value what "
        "UV_PUBLISH_URL, TWINE_REPOSITORY_URL or TWINE_REPOSITORY says",
    )  # fmt: skip
    parser.add_argument(
        "--simple-url", default="", metavar="URL",
        help="where pip looks in this index (default: UV_PUBLISH_CHECK_URL, or derived from the "
        "address for uploads, see docs/publish.md)",
    )  # fmt: skip
    parser.add_argument(
        "--dry-run", action="store_true", help="judge all and upload nothing; needs --index"
    )
    parser.add_argument(
        "--allow-http", action="store_true",
        help="send the password unencrypted to an index that has no https",
    )  # fmt: skip
    parser.set_defaults(func=run_publish)


def run_publish(options: argparse.Namespace) -> int:
    """Publish, say what was done, and what does not hold."""
    from pipeline.publish.gates import raise_all
    from pipeline.publish.index import find_index, take_settings
    from pipeline.publish.publish import publish, rehearse
    from pipeline.publish.running import clean_up_when_told_to_end
    from pipeline.regenerate_cli import show_progress

    settings = take_settings(os.environ)
    with clean_up_when_told_to_end(), show_progress() as tell:
        if options.index is None:
            _refuse_alone(options)
            published = rehearse(_ROOT, tell)
        else:
            index = find_index(
                options.index,
                settings,
                Path.home() / ".pypirc",
                options.simple_url,
                allow_http=options.allow_http,
            )
            published = publish(_ROOT, index, tell, dry_run=options.dry_run)
    print("\n".join(describe(published)))
    sys.stdout.flush()
    raise_all(published.failures)
    return DONE


def describe(published: Published) -> list[str]:
    """Say what was built and published, where it was installed, and what holds."""
    built, index, uploaded = published.distributions, published.index, published.uploaded
    lines = [f"built: {built.version} of the commit {published.commit[:12]}"]
    lines += [f"  sha256 {digest}  {name}" for name, digest in published.digests.items()]
    if published.left_out:
        shown = ", ".join(published.left_out[:5]) + (" …" if len(published.left_out) > 5 else "")
        lines.append(f"left out, since it is not committed: {shown}")
    if index and uploaded:
        lines.append(f"published to {index.name}: {index.upload_url}")
        lines += [f"  sent: {path.name}" for path in uploaded.sent]
        lines += [f"  there already, byte for byte: {path.name}" for path in uploaded.kept]
        lines.append(f"installed back from {index.simple_url}, by its digest")
    else:
        lines.append("published: nothing")
    if found := published.found:
        lines.append(f"checked: {built.wheel.name}, installed in {found.folder}")
        elsewhere = f"{len(found.elsewhere)} of them" if found.elsewhere else "none"
        lines.append(f"  {found.imported} modules of it imported, {elsewhere} from elsewhere")
        lines += [f"  {one}" for one in found.said]
    if published.holds:
        lines += ["holds:", *(f"  {one}" for one in published.holds)]
    return lines


def _refuse_alone(options: argparse.Namespace) -> None:
    from pipeline.faults import BadInput, Fault, Place

    for name in ("simple_url", "dry_run", "allow_http"):
        if getattr(options, name):
            option = f"--{name.replace('_', '-')}"
            raise BadInput(Fault(Place(option), "needs --index: the rehearsal has its own"))

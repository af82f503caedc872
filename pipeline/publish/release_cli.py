"""The command ``release``: all of it in order, from the version to a program that uses it."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.faults import DONE, Faults

if TYPE_CHECKING:
    from pipeline.publish.consume import Wanted
    from pipeline.publish.distributions import Distributions
    from pipeline.publish.index import Index
    from pipeline.publish.release import Plan

_ROOT = Path(__file__).resolve().parents[2]
_DIST = "dist"


def add_commands(add_parser: Callable[..., argparse.ArgumentParser]) -> None:
    """Add ``release``."""
    summary = "release a version: commit, tag, build, publish, and use it from the index"
    parser = add_parser(
        "release",
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}. It stops at the first thing that does not "
        "hold; started again, it goes on with what is not done yet. Nothing is pushed. User name "
        "and password of the index come from where `publish` finds them.",
    )
    parser.add_argument(
        "version", nargs="?", metavar="VERSION",
        help="the version to release (default: the declared one while it is not released yet, or "
        "the lowest that the changes allow)",
    )  # fmt: skip
    parser.add_argument(
        "--index", metavar="NAME|URL", required=True,
        help="a section of ~/.pypirc, or the address that takes uploads",
    )  # fmt: skip
    parser.add_argument(
        "--simple-url", default="", metavar="URL",
        help="where pip looks in this index (default: derived, as for `publish`)",
    )  # fmt: skip
    parser.add_argument(
        "--python", action="append", default=[], metavar="X.Y",
        help="use it on this version of Python only; may be repeated (default: all that are there)",
    )  # fmt: skip
    parser.add_argument(
        "--allow-http", action="store_true",
        help="send the password unencrypted to an index that has no https",
    )  # fmt: skip
    parser.add_argument(
        "--dry-run", action="store_true", help="say what there is to do, and do nothing"
    )
    parser.set_defaults(func=run_release)


def run_release(options: argparse.Namespace) -> int:
    """Release, and say of each step what it did."""
    from pipeline.publish.consume_cli import choose_versions, consume_on
    from pipeline.publish.gates import require_clean_tree
    from pipeline.publish.index import find_index, take_settings
    from pipeline.publish.listing import list_files, settle_simple_url
    from pipeline.publish.publish import PROJECT
    from pipeline.publish.release import plan_release, prepare_release
    from pipeline.regenerate_cli import show_progress

    versions = choose_versions(options.python)
    settings = take_settings(os.environ)
    index = settle_simple_url(
        find_index(
            options.index,
            settings,
            Path.home() / ".pypirc",
            options.simple_url,
            allow_http=options.allow_http,
        )
    )
    require_clean_tree(_ROOT)
    plan = plan_release(_ROOT, options.version)
    # An index that is not there or does not know us stops it before a commit and a tag are made.
    list_files(index, PROJECT)
    if options.dry_run:
        print("\n".join(describe_plan(plan, index, versions)))
        return DONE
    with _tell_where_it_stops("prepare"), show_progress() as tell:
        for done in prepare_release(_ROOT, plan, tell):
            _say(done)
    with _tell_where_it_stops("build"), show_progress() as tell:
        tell(f"build {plan.version}")
        built = _build(plan.version)
        _say(f"built {_DIST}/: {', '.join(path.name for path in built.all_files)}")
    with _tell_where_it_stops("publish"), show_progress() as tell:
        _publish(index, tell)
    with _tell_where_it_stops("consume"):
        consume_on(versions, lambda folder, tell: _find_wanted(index, built))
    print(f"{plan.version} is released; nothing is pushed: git push --follow-tags")
    return DONE


def describe_plan(plan: Plan, index: Index, versions: list[str]) -> list[str]:
    """Say what a release does, and what of it is done already."""
    committed = "done" if plan.is_committed else "declare it, write CHANGELOG.md and spec/released/"
    return [
        f"release {plan.version}",
        f"  commit   {committed}",
        f"  tag      {'done' if plan.is_tagged else f'v{plan.version}'}",
        f"  build    {_DIST}/",
        f"  publish  to {index.name}: {index.upload_url}",
        f"  consume  from {index.simple_url}, on Python {', '.join(versions)}",
        "nothing was done, as asked",
    ]


def _build(version: str) -> Distributions:
    from pipeline.publish.distributions import build_distributions

    with tempfile.TemporaryDirectory(prefix="build-") as scratch:
        return build_distributions(_ROOT, version, _ROOT / _DIST, Path(scratch))


def _publish(index: Index, tell: Callable[[str], None]) -> None:
    from pipeline.publish.cli import describe
    from pipeline.publish.gates import raise_all
    from pipeline.publish.publish import publish
    from pipeline.publish.running import clean_up_when_told_to_end

    with clean_up_when_told_to_end():
        published = publish(_ROOT, index, tell)
    _say("\n".join(describe(published)))
    raise_all(published.failures)


def _find_wanted(index: Index, built: Distributions) -> AbstractContextManager[Wanted]:
    from pipeline.publish.consume import Wanted
    from pipeline.publish.upload import digest

    return nullcontext(Wanted(index, built.version, digest(built.wheel)))


@contextmanager
def _tell_where_it_stops(step: str) -> Generator[None]:
    try:
        yield
    except Faults:
        sys.stdout.flush()
        print(f"the release stops at: {step}; started again, it goes on there", file=sys.stderr)
        raise


def _say(text: str) -> None:
    print(text, flush=True)

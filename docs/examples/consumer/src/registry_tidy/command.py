"""The command ``registry-tidy``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from harness_nextgen import Harness, errors
from harness_nextgen.types import Retry

from registry_tidy.modules import delete_modules, find_unused


def main(arguments: Sequence[str] | None = None) -> int:
    """List what is unused, or delete it; return the exit code."""
    options = read_options(arguments)
    before = datetime.now(UTC) - timedelta(days=options.days)
    try:
        with Harness(
            max_retries=options.retries, deadline=60.0, on_retry=report_retry
        ) as harness:  # reads HARNESS_API_KEY, HARNESS_ACCOUNT_ID, HARNESS_BASE_URL
            return tidy(harness, before, delete=options.delete)
    except errors.ConfigurationError as error:
        print(error, file=sys.stderr)
    except errors.UnauthorizedError as error:
        print(f"the key is not accepted: {error.details.message}", file=sys.stderr)
    except errors.HarnessError as error:  # the root of all of them
        print(f"Harness cannot be used: {error}", file=sys.stderr)
    return 2


def read_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="registry-tidy", description=__doc__)
    parser.add_argument("--days", type=int, default=90, help="unchanged for so long (default: 90)")
    parser.add_argument("--delete", action="store_true", help="delete what is listed")
    parser.add_argument("--retries", type=int, default=4, help="tries after the first (default: 4)")
    return parser.parse_args(arguments)


def tidy(harness: Harness, before: datetime, *, delete: bool) -> int:
    """List what is unused, or delete it; return the exit code."""
    unused = list(find_unused(harness, before))  # first all, then delete: a list must not move
    if not delete:
        for module in unused:
            print(f"{module.name} ({module.system}) unchanged since {module.updated_at:%Y-%m-%d}")
        print(f"{len(unused)} unused")
        return 0
    outcome = delete_modules(harness, unused)
    for name, reason in outcome.kept.items():
        print(f"{name} stays: {reason}", file=sys.stderr)
    print(f"{len(outcome.deleted)} deleted")
    return 1 if outcome.kept else 0


def report_retry(retry: Retry) -> None:
    """Tell that a request is tried again."""
    print(f"trying again in {retry.delay:.1f} s: {retry.error}", file=sys.stderr)

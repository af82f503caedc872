"""Run what takes too long for every run of the tests: ``python -m tests.runtime.load``.

Files of a gigabyte go up and down, many threads and tasks share one client, and many clients one
sandbox. Prints a table; exit 1 when a bound does not hold. It needs Linux, which tells a process
how much memory it has.
"""

from __future__ import annotations

import argparse
import os
import sys
from itertools import chain

from tests.runtime.load_files import measure_files
from tests.runtime.load_sharing import measure_sharing
from tests.sandbox.load_sandbox import measure_sandbox


def main() -> int:
    """Run everything and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.runtime.load", description=__doc__)
    parser.add_argument("--bytes", type=int, default=1024**3, help="of a file; default: 1 GiB")
    parser.add_argument("--seconds", type=float, default=60, help="to share a client; default: 60")
    parser.add_argument("--requests", type=int, default=20_000, help="to a sandbox; default: 20000")
    parser.add_argument("--kills", type=int, default=20, help="of a sandbox; default: 20")
    options = parser.parse_args()
    if not os.path.exists("/proc/self/status"):
        print("this needs /proc/self/status, which Linux has", file=sys.stderr)
        return 2
    failed = 0
    print("| what | measured | allowed | holds |\n|---|---|---|---|")
    for line in chain(
        measure_files(options.bytes),
        measure_sharing(options.seconds),
        measure_sandbox(options.requests, options.kills),
    ):
        failed += not line.holds
        holds = "yes" if line.holds else "NO"
        print(f"| {line.what} | {line.measured} | {line.allowed} | {holds} |", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

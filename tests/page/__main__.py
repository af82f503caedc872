"""Try the API page, the review page and the site: ``python -m tests.page``; takes pytest's options.

Exit 2 when the browser or its driver is missing.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.page.browsing import find_missing


def main() -> int:
    """Run the checks."""
    if missing := find_missing():
        message = f"{missing} is not on the PATH: on Debian, install chromium and chromium-driver"
        print(message, file=sys.stderr)
        return 2
    checks = map(str, sorted(Path(__file__).parent.glob("check_*.py")))
    return subprocess.run(
        [sys.executable, "-m", "pytest", *checks, *sys.argv[1:]], check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())

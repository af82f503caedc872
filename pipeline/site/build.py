"""Make the site of the documentation: whole and without a warning, or not at all."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from pipeline.faults import BadInput, DoesNotHold, Fault, Place
from pipeline.site.inspect import inspect_site, list_documented

MARK = "objects.inv"
"""The file that a folder holds when it is a site of ours, which may be replaced."""

_START = """\
<!doctype html>
<meta charset="utf-8">
<meta http-equiv="refresh" content="0; url=docs/index.html">
<title>Documentation</title>
<a href="docs/index.html">Documentation</a>
"""
_KIND = re.compile(r" ?(?:WARNING|ERROR): ")


def build_site(root: Path, folder: Path) -> int:
    """Make the site of a checkout in ``folder`` and return the number of its pages.

    Raises DoesNotHold for each warning, for what asks another host, for links that fail and for
    public names that the reference leaves out; BadInput where ``folder`` holds something else.
    What was in ``folder`` stays until then.
    """
    if folder.exists() and not _is_ours(folder):
        raise BadInput(Fault(Place(str(folder)), "holds something else: name another folder"))
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as name:
        scratch = Path(name).resolve()
        _run_sphinx(root, scratch / "site", scratch / "doctrees")
        (scratch / "site/index.html").write_text(_START, encoding="utf-8")
        _inspect(scratch / "site")
        if folder.exists():
            folder.rename(scratch / "old")
        (scratch / "site").rename(folder)
    return len(list(folder.rglob("*.html")))


def _is_ours(folder: Path) -> bool:
    return folder.is_dir() and ((folder / MARK).is_file() or not any(folder.iterdir()))


def _run_sphinx(root: Path, site: Path, doctrees: Path) -> None:
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-E", "--jobs", "auto"]
    command += ["-c", str(root / "docs"), "-d", str(doctrees), str(root), str(site)]
    done = subprocess.run(
        command, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False
    )
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    warnings = [line for line in lines if "WARNING: " in line or "ERROR: " in line]
    if done.returncode or warnings:
        # What Sphinx died of is the last line that it indents, above its own words about it.
        crash = [line.strip() for line in lines if line.startswith("    ")] or lines
        found = warnings or crash[-1:] or [f"Sphinx failed with {done.returncode}"]
        raise DoesNotHold(*(_read_warning(root, line) for line in found))


def _read_warning(root: Path, line: str) -> Fault:
    """Read ``file:line: WARNING: message``, or with ``docstring of NAME`` between the two."""
    head, *rest = _KIND.split(line.replace(f"{root}/", ""), maxsplit=1)
    if not rest:
        return Fault(Place("docs"), line)
    file, *where = head.rstrip(":").split(":")
    if len(where) == 1 and where[0].isdigit():
        return Fault(Place(file, int(where[0])), rest[0])
    return Fault(Place(file), ": ".join([*where[:1], rest[0]]))


def _inspect(site: Path) -> None:
    from pipeline.site.reference import list_public

    documented = list_documented(site)
    faults = list(inspect_site(site))
    faults += [
        Fault(Place("docs/reference"), f"{name} is public and not described")
        for name in dict.fromkeys(list_public())
        if name not in documented
    ]
    if faults:
        raise DoesNotHold(*faults)

"""Start a new overlay: a valid file with the fields to fill."""

from __future__ import annotations

import re
from pathlib import Path

from pipeline.faults import BadInput, Fault, Place

_NAME = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")

_TEXT = """\
overlay: 1.1.0
info:
  title: "{name}"          # what this overlay corrects, in one line
  version: 1.0.0
actions:
  - target: $              # JSONPath (RFC 9535) of the nodes to change
    description: >-
      Why: what is wrong upstream and what it breaks.
    x-evidence: >-
      How we know: a page, a recorded exchange, a link.
    x-expect-matches: 1    # how many nodes the target selects
    update: {{}}             # what to merge there; or `copy: $.path`, or `remove: true`
"""


def create_overlay(name: str, folder: Path) -> Path:
    """Write ``NAME.overlay.yaml`` into ``folder`` and return its path.

    Raises BadInput when the name is not fit for a file, the file exists or cannot be written.
    """
    if not _NAME.fullmatch(name):
        message = "is no name for an overlay: use a-z, 0-9 and single - . _ between them"
        raise BadInput(Fault(Place(name), message))
    path = folder / f"{name}.overlay.yaml"
    try:
        with open(path, "x", encoding="utf-8", newline="\n") as file:
            file.write(_TEXT.format(name=name))
    except FileExistsError:
        raise BadInput(Fault(Place(str(path)), "exists: choose another name")) from None
    except FileNotFoundError:
        message = f"the folder {folder} does not exist: create it, or name another with --folder"
        raise BadInput(Fault(Place(str(path)), message)) from None
    except OSError as error:
        message = f"cannot be written: {error.strerror}"
        raise BadInput(Fault(Place(str(path)), message)) from None
    return path

"""What can be wrong with an input, where it is, and the exit code that says so.

Every fault that a person or a document can cause is raised as one of the two exceptions below and
printed as one line, ``file:line:column: message``. Exit codes: 0 done; 1 the thing checked does
not hold; 2 bad input or usage.
"""

from __future__ import annotations

from dataclasses import dataclass

DONE = 0
DOES_NOT_HOLD = 1
BAD_INPUT = 2


@dataclass(frozen=True, slots=True)
class Place:
    """A spot in a file. ``line`` and ``column`` count from 1; None means the whole file."""

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, the place where it is, and what to do next."""

    place: Place
    message: str

    def __str__(self) -> str:
        # A message may quote a document; a line break in it must not fake a second finding.
        return f"{self.place}: {inert_line(self.message)}"


class Faults(Exception):
    """One or more faults that end a command with ``exit_code``."""

    exit_code = BAD_INPUT

    def __init__(self, *faults: Fault) -> None:
        super().__init__(*faults)
        self.faults = faults

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)


class BadInput(Faults):
    """The input cannot be used: exit code 2."""


class DoesNotHold(Faults):
    """The input was read and what was to be checked is not so: exit code 1."""

    exit_code = DOES_NOT_HOLD


def inert_line(text: str) -> str:
    """Return ``text`` on one line, with everything that a terminal would obey escaped."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )

"""What a change is: where it stands, how bad it is, what it touches, and who caused it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal

from pipeline.faults import Place
from pipeline.values import Json

Direction = Literal["request", "response"]
By = Literal["upstream", "overlay", "generator", "unknown"]


class Severity(IntEnum):
    """How a change meets programs that were written before it; the largest counts."""

    COMPATIBLE = 0
    """They go on as they did."""
    DANGEROUS = 1
    """They go on, and may meet what they do not expect: a new value, another default."""
    BREAKING = 2
    """Some that were right are so no more: they are refused, fail, or do not pass a type check."""

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Spot:
    """One side of a change: where it stands in the effective spec, and what stands there."""

    pointer: str
    """A JSON pointer as a fragment (RFC 6901, section 6): ``#/paths/~1modules/get``."""
    place: Place
    """The line that a person edits: the spec's, or that of the overlay action that wrote it."""
    value: Json = None


@dataclass(frozen=True, slots=True)
class Cause:
    """Who made a change: Harness in its document, we in an overlay, or the generator.

    ``place`` and ``reason`` are those of the overlay action; ``unknown`` is what bare documents
    leave open.
    """

    by: By
    place: Place | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class PythonChange:
    """What became of one name of the generated package.

    ``symbol`` is how a person writes it: ``Harness.modules.list``, ``models.Module.synced``.
    ``before`` and ``after`` are its declaration in Python on each side; None where it is not there.
    """

    symbol: str
    severity: Severity
    what: str
    """One sentence: ``the argument `search_term` is gone``."""
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One edit, reported once, with all that it touches."""

    rule: str
    """The kind of edit, such as ``parameter-removed``; the same for all edits of its kind."""
    what: str
    """One sentence for a user: ``the query parameter `provider` was added``."""
    severity: Severity
    """The worse of what the document and the Python surface say."""
    directions: tuple[Direction, ...] = ()
    """Whether requests or responses hold what changed; none for the API as a whole."""
    old: Spot | None = None
    """Where it was; None for what was added."""
    new: Spot | None = None
    """Where it is; None for what was removed."""
    operations: tuple[str, ...] = ()
    """The operations that it reaches, as ``GET /iacm/api/modules``."""
    resource: str = ""
    """The resource of the client that it belongs to, such as ``modules.testing``; "" for all."""
    symbols: tuple[str, ...] = ()
    """The Python names that it touches."""
    caller: str = ""
    """What happens to a caller's code."""
    python: tuple[PythonChange, ...] = ()
    """What became of those names in the generated package, where both sides have one."""
    cause: Cause = Cause("unknown")


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """What one action of an overlay is worth over another document from upstream."""

    place: Place
    """The action, in its file."""
    target: str
    """Its JSONPath."""
    state: Literal["needed", "redundant", "unmatched", "conflict"]
    """Still needed; or upstream has it now, nothing matches, or upstream changed the node too."""
    note: str = ""
    """One sentence: the nearest node that it probably meant, or what upstream has there now."""
    reason: str = ""
    """The action's description."""


@dataclass(frozen=True, slots=True)
class Version:
    """What the changes demand of the version, and whether it is declared."""

    released: str | None
    """The last release; None before the first."""
    declared: str
    """What pyproject.toml says."""
    demanded: str
    """The lowest version that the changes allow; ``declared`` before the first release."""
    bump: Literal["none", "patch", "minor", "major"]

    holds: bool = True
    """The declared version is not lower than the demanded one."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of the effective spec the recorded exchanges show, and what does not hold."""

    covered: int
    parts: int
    fixtures: int
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """All that a review needs to know of what lies between two states."""

    old: str
    """The name of the old state: a revision, a folder or a file."""
    new: str
    changes: Sequence[Change]
    """The worst first, then by resource."""
    version: Version | None = None
    ledger: Sequence[LedgerEntry] = ()
    coverage: Coverage | None = None
    new_operations: Sequence[str] = field(default=())
    """Operations that upstream has under the same paths and that are not selected."""

    @property
    def verdict(self) -> Severity:
        """The worst of all changes; compatible where there is none."""
        return max((one.severity for one in self.changes), default=Severity.COMPATIBLE)

"""What can be chosen when the sandbox starts, beside the store."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from harness_nextgen_sandbox.error_shapes import SHAPES

_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s)")
_FAULT = re.compile(
    r"([45][0-9]{2})(?::(0(?:\.[0-9]+)?|1(?:\.0+)?|\.[0-9]+))?(?::([A-Za-z][^:]*))?"
)


@dataclass(frozen=True, slots=True)
class Fault:
    """A status that some requests get instead of their answer."""

    status: int
    probability: float = 1.0
    shape: str | None = None
    """How the body looks: one of SHAPES; None: as the errors of the API that is asked."""

    def __post_init__(self) -> None:
        """Raise ValueError for a shape that does not exist."""
        if self.shape is not None and self.shape not in SHAPES:
            shapes = ", ".join(SHAPES)
            raise ValueError(f"{self.shape!r} is no shape of an error: choose from {shapes}")


@dataclass(frozen=True, slots=True)
class Options:
    """How the sandbox behaves beyond what Harness documents."""

    seed: int | None = None
    """How many modules to begin with; makes ids, and which requests get a fault, repeatable."""
    clock: datetime | None = None
    """The time to begin at, with its zone; each change is a second later."""
    rate_limit: int | None = None
    """Requests a minute for each key; more get 429."""
    faults: tuple[Fault, ...] = ()
    """Statuses to answer with, how often, and in which shape."""
    latency: float = 0.0
    """Seconds that each answer is held back."""
    validate_responses: bool = False
    """Whether each answer is checked against the spec; one that does not fit becomes a 500."""
    sparse: bool = False
    """Whether answers of success leave out each member that the spec does not require."""


def parse_fault(text: str) -> Fault:
    """Read ``503``, ``503:0.1``, ``502:html`` or ``503:0.1:text``; raises ValueError."""
    found = _FAULT.fullmatch(text.strip())
    if not found:
        raise ValueError(
            f"{text!r} is no fault: write a status, how often and a shape, such as 503:0.1:text"
        )
    return Fault(int(found[1]), float(found[2] or 1), found[3])


def parse_duration(text: str) -> float:
    """Read ``50ms`` or ``1.5s`` as seconds; raises ValueError."""
    found = _DURATION.fullmatch(text.strip())
    if not found:
        raise ValueError(f"{text!r} is no duration: write 50ms or 1.5s")
    return float(found[1]) / (1000 if found[2] == "ms" else 1)

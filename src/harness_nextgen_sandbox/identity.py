"""Ids of modules and errors: random, or the same in every run."""

from __future__ import annotations

import hashlib
import uuid
from itertools import count


class Identity:
    """Makes ids of the form that the API page shows, a UUID."""

    def __init__(self, seed: int | None = None) -> None:
        self._seed = seed
        self._errors = count(1)

    def name(self, kind: str, number: int) -> str:
        """Return the id of the thing with this number; with a seed it is always the same."""
        if self._seed is None:
            return str(uuid.uuid4())
        # Not the seed itself: `--seed 10` and `--seed 20` share their first ten modules.
        digest = hashlib.sha256(f"harness-sandbox/{kind}/{number}".encode()).digest()
        return str(uuid.UUID(bytes=digest[:16], version=4))

    def name_error(self) -> str:
        """Return an id for one answer that is an error."""
        return self.name("error", next(self._errors))[:8]

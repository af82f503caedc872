"""What is unused in a registry, and how it goes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from harness_nextgen import Harness, errors, models


@dataclass(slots=True)
class Outcome:
    """What became of the modules that were to be deleted."""

    deleted: list[str] = field(default_factory=list[str])
    kept: dict[str, str] = field(default_factory=dict[str, str])
    """Why a module is still there, by its name."""


def find_unused(harness: Harness, before: datetime) -> Iterator[models.Module]:
    """Walk the modules that have no version and were last changed before a time."""
    for module in harness.modules.list(sort="name,ASC", prefetch=4):  # all pages, 4 read ahead
        changed = module.updated_at
        if not module.versions and changed and changed < before:
            yield module


def delete_modules(harness: Harness, modules: Iterable[models.Module]) -> Outcome:
    """Delete modules one by one; one that is locked, or not ours to delete, stays."""
    outcome = Outcome()
    for module in modules:
        try:
            harness.modules.delete(module.id)
        except errors.NotFoundError:
            outcome.deleted.append(module.name)  # somebody else was faster
        except (errors.ForbiddenError, errors.LockedError) as error:
            outcome.kept[module.name] = error.details.message
        else:
            outcome.deleted.append(module.name)
    return outcome

"""Short waits for every test of the runtime, and no environment of the machine."""

from __future__ import annotations

import pytest

from harness_nextgen_runtime import constants


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "FIRST_DELAY", 0.01)
    monkeypatch.setattr(constants, "MAX_DELAY", 0.02)
    for name in ("HARNESS_API_KEY", "HARNESS_ACCOUNT_ID", "HARNESS_BASE_URL"):
        monkeypatch.delenv(name, raising=False)

"""Tests of a small program against a Harness of their own."""

import asyncio

import pytest
from harness_nextgen import Harness, models

from harness_nextgen_sandbox import Sandbox


def delete_unused() -> list[str]:
    """The program: delete the modules that have no version; it finds Harness in the environment."""
    with Harness() as harness:
        unused = [module for module in harness.modules.list() if not module.versions]
        for module in unused:
            harness.modules.delete(module.id)
    return [module.name for module in unused]


def test_unused_modules_are_deleted(harness_sandbox: Sandbox) -> None:
    """What has a version stays."""
    with harness_sandbox.client() as harness:
        for name in ("vpc", "eks"):
            harness.modules.create(models.CreateModuleRequest(name=name, system="aws"))
        harness.onboarding.upload_readme("vpc", "aws", "1.0.0", "# A VPC\n")
        assert delete_unused() == ["eks"]
        assert [module.name for module in harness.modules.list()] == ["vpc"]


@pytest.mark.harness_sandbox(seed=50)
def test_nothing_to_delete(harness_sandbox: Sandbox) -> None:
    """Fifty modules to begin with, all of which have versions."""
    assert delete_unused() == []


def test_async(harness_sandbox: Sandbox) -> None:
    """The asynchronous client needs no socket."""

    async def count() -> int:
        async with harness_sandbox.async_client() as harness:
            return len([module async for module in harness.modules.list()])

    assert asyncio.run(count()) == 0

"""The program against a Harness of each test's own."""

from datetime import UTC, datetime

import httpx
import pytest
from harness_nextgen import models
from harness_nextgen_sandbox import Fault, Sandbox

from registry_tidy.command import main

LONG_AGO = datetime(2023, 8, 4, tzinfo=UTC)


def add_modules(sandbox: Sandbox, *names: str) -> list[str]:
    """Make modules without a version; return their ids."""
    with sandbox.client() as harness:
        requests = [models.CreateModuleRequest(name=name, system="aws") for name in names]
        return [harness.modules.create(request).id for request in requests]


def list_names(sandbox: Sandbox) -> list[str]:
    """Name the modules that are there."""
    with sandbox.client() as harness:
        return [module.name for module in harness.modules.list()]


@pytest.mark.harness_sandbox(clock=LONG_AGO)
def test_lists_what_is_unused(harness_sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    """A module with a version is in use; nothing is deleted."""
    add_modules(harness_sandbox, "vpc", "eks")
    with harness_sandbox.client() as harness:
        harness.onboarding.upload_readme("vpc", "aws", "1.0.0", "# A VPC\n")
    assert main([]) == 0
    assert capsys.readouterr().out == "eks (aws) unchanged since 2023-08-04\n1 unused\n"
    assert list_names(harness_sandbox) == ["eks", "vpc"]


@pytest.mark.harness_sandbox(clock=LONG_AGO)
def test_deletes_on_all_pages(harness_sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    """More modules than a page holds go, all of them."""
    add_modules(harness_sandbox, *(f"module-{number}" for number in range(120)))
    assert main(["--delete"]) == 0
    assert capsys.readouterr().out == "120 deleted\n"
    assert list_names(harness_sandbox) == []


def test_new_modules_stay(harness_sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    """What was changed today is not unused yet."""
    add_modules(harness_sandbox, "vpc")
    assert main(["--delete"]) == 0
    assert list_names(harness_sandbox) == ["vpc"]


@pytest.mark.harness_sandbox(clock=LONG_AGO)
def test_locked_modules_stay(harness_sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    """A module that is locked is named, and the others go."""
    locked, _ = add_modules(harness_sandbox, "vpc", "eks")
    key = {"x-api-key": "pat.sandbox.anything"}
    lock = f"{harness_sandbox.url}/sandbox/modules/{locked}/lock"
    httpx.post(lock, headers=key).raise_for_status()
    assert main(["--delete"]) == 1
    assert "vpc stays: " in capsys.readouterr().err
    assert list_names(harness_sandbox) == ["vpc"]


def test_key_that_is_not_known(
    harness_sandbox: Sandbox, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that was revoked ends the program with a line."""
    monkeypatch.setenv("HARNESS_API_KEY", "pat.sandbox.revoked.anything")
    assert main([]) == 2
    assert "the key is not accepted: " in capsys.readouterr().err


def test_no_key(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a key, the program says where to get one."""
    monkeypatch.delenv("HARNESS_API_KEY", raising=False)
    assert main([]) == 2
    assert "HARNESS_API_KEY" in capsys.readouterr().err


@pytest.mark.harness_sandbox(faults=(Fault(503),))
def test_server_that_fails(harness_sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    """A request is tried again, and then the program gives up with a line."""
    assert main(["--retries", "1"]) == 2
    told = capsys.readouterr().err
    assert "trying again in " in told
    assert "Harness cannot be used: " in told

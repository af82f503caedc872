"""What the reference must hold is found in the code, and texts of an API become no markup."""

from __future__ import annotations

import harness_nextgen
import pytest
from harness_nextgen import errors, models

from pipeline.site.reference import escape, list_methods, list_public, list_resources


def test_everything_public_is_listed() -> None:
    """Names, models with their fields, values of enums, errors, options and the fixture."""
    public = set(list_public())
    for name in harness_nextgen.__all__:
        assert {f"harness_nextgen.{name}", f"harness_nextgen.types.{name}"} & public, name
    assert {f"harness_nextgen.models.{name}" for name in models.__all__} <= public
    assert {f"harness_nextgen.errors.{name}" for name in errors.__all__} <= public
    assert {
        "harness_nextgen.models.Module.synced",
        "harness_nextgen.models.StorageType.ARTIFACT",
        "harness_nextgen.types.CallOptions.deadline",
        "harness_nextgen.resources.modules_testing.ModulesTestingResource.enable",
        "harness_nextgen_sandbox.pytest_plugin.harness_sandbox",
    } <= public


def test_all_operations_are_methods() -> None:
    """Each of the 45 operations is a method of one resource."""
    methods = [name for resource in list_resources() for name in list_methods(resource)]
    assert len(methods) == 45


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("module-name-* takes", r"module-name-\* takes"),
        ("*all* of a|b and a_ b", r"\*all\* of a\|b and a\_ b"),
        ("`a*b` and ``c_ *`` stay, snake_case too", "`a*b` and ``c_ *`` stay, snake_case too"),
    ],
)
def test_markup_is_escaped(text: str, escaped: str) -> None:
    """What reStructuredText would obey is escaped, but in code."""
    assert escape(text) == escaped

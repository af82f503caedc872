"""The sandbox holds against schemathesis: all operations, phases and checks, in a short form."""

from __future__ import annotations

import pytest

from tests.client.described import list_operations
from tests.sandbox.fuzz.run import fuzz

CHECKS = {
    "allow_header_conformance",
    "content_type_conformance",
    "ensure_resource_availability",
    "error_has_its_shape",
    "ignored_auth",
    "missing_required_header",
    "negative_data_rejection",
    "not_a_server_error",
    "object_level_authorization",
    "positive_data_acceptance",
    "response_headers_conformance",
    "response_schema_conformance",
    "status_code_conformance",
    "status_is_named",
    "unsupported_method",
    "use_after_free",
}


@pytest.mark.once
def test_fuzzing_finds_nothing() -> None:
    """Nothing is found, and not because little was tried: a run that tests nothing fails here.

    ``nox -s fuzz`` does the same for longer, and with other seeds.
    """
    report = fuzz(seed=3, examples=3, scenarios=40)
    assert report.exit_code == 0, report.output
    names = {one.id for one in list_operations()}
    assert len(names) == 45
    assert report.succeeded == names
    assert {name for name, found in report.answers.items() if found[401]} == names
    assert {name for name, found in report.answers.items() if found[400]} == names
    assert not [one for found in report.answers.values() for one in found if not 200 <= one < 500]
    assert set(report.other_methods) == {405}
    assert report.other_methods.total() > 150
    assert report.phases["examples"] > 200
    assert report.phases["coverage"] > 2000
    assert report.phases["fuzzing"] > 100
    assert report.phases["stateful"] > 300
    assert min(report.modes["positive"], report.modes["negative"]) > 1000
    assert report.scenarios >= 40
    assert len(report.links) > 50
    assert report.after_deletion > 10
    assert report.known_links > 100
    assert report.peers.total() > 0
    assert set(report.checks) == CHECKS
    assert min(report.checks.values()) > 2500

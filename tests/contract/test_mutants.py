"""The mutants of the spec: each place in each way, one change at a time."""

from __future__ import annotations

import copy
from collections import Counter
from typing import Any

import pytest

from pipeline.contract.mutants import list_mutants
from pipeline.contract.mutation import pick_sample
from pipeline.document import Document
from pipeline.faults import BadInput
from pipeline.openapi import check_openapi
from tests.client.described import METHODS, SPEC, list_operations

MUTANTS = list_mutants(SPEC)
SCHEMAS = SPEC["components"]["schemas"]


def count_places() -> Counter[str]:
    """Count what there is to change, with a reader of its own."""
    counts: Counter[str] = Counter()
    for schema in SCHEMAS.values():
        properties, required = schema.get("properties", {}), schema.get("required", [])
        for kind in ("rename property", "remove property", "retype property"):
            counts[kind] += len(properties)
        counts["make property optional"] += len(required)
        counts["make property required"] += len(properties) - len(required)
        counts["remove enum value"] += len(schema.get("enum", []))
    parameters = list(SPEC["components"]["parameters"].values())
    for path in SPEC["paths"]:
        for holder in (SPEC["paths"][path], *SPEC["paths"][path].values()):
            if isinstance(holder, dict):
                parameters += [one for one in holder.get("parameters", []) if "$ref" not in one]
    for parameter in parameters:
        counts["rename parameter"] += 1
        counts["retype parameter"] += 1
        if parameter["in"] != "path":
            required = parameter.get("required", False)
            counts[f"make parameter {'optional' if required else 'required'}"] += 1
            is_paging = parameter["name"] in ("page", "limit")
            counts["move parameter"] += not is_paging
    counts["change path"] = len(SPEC["paths"])
    for operation in list_operations():
        counts["change method"] += 1
        counts["change status"] += len(set(operation.value["responses"]) - {"default"})
        counts["change paging base"] += "x-pagination" in operation.value
        counts["make request body optional"] += "requestBody" in operation.value
    return counts


def test_every_place_is_changed_in_every_way() -> None:
    """As many mutants of each kind as there are places for it."""
    found = Counter(one.kind for one in MUTANTS)
    expected = count_places()
    others = {"retype items", "retype map", "change media type"}
    assert {kind: number for kind, number in found.items() if kind not in others} == expected
    assert all(found[kind] for kind in others)


def test_labels_name_one_mutant_each() -> None:
    """A survivor that is excused by its label is no other."""
    assert len({one.label for one in MUTANTS}) == len(MUTANTS)


def find_differences(old: Any, new: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the places at which two values differ."""
    if isinstance(old, dict) and isinstance(new, dict) and list(old) == list(new):
        return [found for key in old for found in find_differences(old[key], new[key], (*at, key))]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = enumerate(zip(old, new, strict=True))
        return [found for key, (a, b) in pairs for found in find_differences(a, b, (*at, key))]
    return [] if old == new else [at]


@pytest.mark.parametrize("mutant", pick_sample(MUTANTS, 200), ids=lambda one: one.label)
def test_one_place_is_changed(mutant: Any) -> None:
    """The place itself, its holder where a name changes, and what must follow; nothing else."""
    before = copy.deepcopy(SPEC)
    changed = mutant.change(SPEC)
    assert before == SPEC
    places = find_differences(SPEC, changed)
    assert places
    follows = ("required", "x-pagination", "paths")
    for place in places:
        near = place[: len(mutant.location) - 1] == mutant.location[: len(place)][: len(place)]
        inside = mutant.location[: len(place)] == place or place[: len(mutant.location)] == (
            mutant.location
        )
        assert near or inside or any(one in place for one in follows), place


@pytest.mark.parametrize("mutant", pick_sample(MUTANTS, 60), ids=lambda one: one.label)
def test_mutants_are_valid_documents(mutant: Any) -> None:
    """A mutant is a description that somebody could publish."""
    changed = mutant.change(SPEC)
    try:
        check_openapi(changed, Document("spec", changed, "").place)
    except BadInput as error:
        pytest.fail(str(error))


def test_paging_follows_a_renamed_parameter() -> None:
    """A list that is walked by a parameter of another name says so."""
    by_label = {one.label: one for one in MUTANTS}
    changed = by_label["rename parameter query page (Page)"].change(SPEC)
    paging = changed["paths"]["/iacm/api/modules"]["get"]["x-pagination"]
    assert paging["page"] == {"parameter": "page_mutated", "first": 1}
    assert paging["size"]["parameter"] == "limit"
    organizations = changed["paths"]["/v1/orgs"]["get"]["x-pagination"]
    assert organizations == SPEC["paths"]["/v1/orgs"]["get"]["x-pagination"]


def test_reach_is_what_references_lead_to() -> None:
    """A change reaches the operations that use the place, through references, and no others."""
    by_label = {one.label: one.operations for one in MUTANTS}
    assert by_label["rename property Module.synced"] == {
        "list_modules", "get_module", "update_module",
    }  # fmt: skip
    assert (
        by_label["retype property ModuleTesting.org"] == by_label["rename property Module.synced"]
    )
    assert by_label["rename parameter query limit (LimitOfPlatform)"] == {
        "list_organizations", "list_projects",
    }  # fmt: skip
    assert by_label["change method get_module"] == {"get_module"}
    path = SPEC["paths"]["/iacm/api/modules/{module_id}"]
    assert by_label["change path /iacm/api/modules/{module_id}"] == {
        path[method]["operationId"] for method in METHODS if method in path
    }

"""The ledger of this project's overlays, over edits of what Harness publishes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from pipeline.document import Document, read_document
from pipeline.effective import find_overlays
from pipeline.overlay.apply import Run, actions_of
from pipeline.overlay.ledger import judge_actions
from pipeline.overlay.merge import copied
from pipeline.overlay.query import Match, select
from pipeline.overlay.read import Action, read_overlay
from pipeline.values import Location, kind

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
SPEC = read_document(ROOT / "spec" / "openapi.yaml")
FILES = find_overlays(ROOT / "overlays")
OVERLAYS = [read_overlay(path) for path in FILES.corrections + FILES.codegen]
ACTIONS = actions_of(OVERLAYS)

Key: TypeAlias = tuple[str, int]
"""An action: the start of its file's name, and its number in the file from 1."""


def key_of(action: Action) -> Key:
    """Return the short name of an action."""
    path = Path(action.document.path)
    folder = "codegen/" if path.parent.name == "codegen" else ""
    return folder + path.name.split("-")[0], action.index + 1


def judge(new: Any) -> dict[Key, tuple[str, str]]:
    """Judge all overlays over a new document; return what is to be said of each action."""
    entries = judge_actions(SPEC, Document("new.yaml", new, ""), OVERLAYS)
    return {
        key_of(action): (entry.state, entry.note)
        for action, entry in zip(ACTIONS, entries, strict=True)
    }


def states(judged: dict[Key, tuple[str, str]]) -> dict[Key, str]:
    """Return the actions that are not simply needed, with their states."""
    return {key: state for key, (state, _) in judged.items() if state != "needed"}


def test_every_action_is_needed_over_its_own_spec() -> None:
    """Nothing is to be said of any action as long as upstream changes nothing."""
    assert set(judge(copied(SPEC.value)).values()) == {("needed", "")}


def rename(holder: dict[str, Any], old: str, new: str) -> None:
    """Rename a member where it stands."""
    members = [(new if name == old else name, value) for name, value in holder.items()]
    holder.clear()
    holder.update(members)


def rename_a_path(spec: Any) -> None:
    """Harness writes the word out."""
    rename(spec["paths"], "/v1/orgs/{org}", "/v1/organizations/{org}")


def rename_a_moved_path(spec: Any) -> None:
    """A path that the overlays move as well."""
    rename(spec["paths"], "/iacm/api/modules/{id}/sync", "/iacm/api/modules/{id}/synchronize")


def remove_a_schema_that_overlays_remove(spec: Any) -> None:
    """Nothing referred to it."""
    del spec["components"]["schemas"]["PolicyViolationError"]


def remove_a_schema_that_overlays_edit(spec: Any) -> None:
    """One of several that two actions match."""
    del spec["components"]["schemas"]["ModuleLifecycleOverride"]


def rename_a_schema(spec: Any) -> None:
    """A schema that the overlays leave its name."""
    rename(spec["components"]["schemas"], "ModuleLifecycleRule", "LifecycleRule")


def rename_a_property(spec: Any) -> None:
    """A property of a schema that the overlays copy."""
    schema = spec["components"]["schemas"]["ListModuleByIDResponse"]
    rename(schema["properties"], "repository_url", "repositoryUrl")


def change_a_type_that_overlays_correct(spec: Any) -> None:
    """The one id that is an integer."""
    operation = spec["paths"]["/iacm/api/modules/{id}/testing"]["delete"]
    operation["parameters"][0]["schema"]["type"] = "number"


def change_a_type_beside_what_overlays_write(spec: Any) -> None:
    """A time, to which the overlays only add its unit."""
    schema = spec["components"]["schemas"]["ListModuleByIDResponse"]
    schema["properties"]["created"]["type"] = "number"


def change_a_text_that_overlays_replace(spec: Any) -> None:
    """The text of the whole API."""
    spec["info"]["description"] = "Another text"


def change_an_operation_id(spec: Any) -> None:
    """An id that the overlays replace."""
    spec["paths"]["/iacm/api/modules"]["get"]["operationId"] = "list-all"


def add_a_value_to_an_enum(spec: Any) -> None:
    """An enum that the overlays move into a schema of its own."""
    schema = spec["components"]["schemas"]["ListModuleByIDResponse"]
    schema["properties"]["storage_type"]["enum"].append("oci")


def change_a_schema_that_overlays_drop(spec: Any) -> None:
    """A schema that was like another one."""
    schema = spec["components"]["schemas"]["ModuleResource"]
    schema["properties"]["org"]["description"] = "Another text"


def add_what_overlays_do_not_know(spec: Any) -> None:
    """A path, a schema, a summary and a property."""
    spec["paths"]["/new"] = {"get": {"operationId": "new", "responses": {}}}
    spec["paths"]["/iacm/api/modules"]["get"]["summary"] = "Another text"
    spec["components"]["schemas"]["New"] = {"type": "object"}
    schema = spec["components"]["schemas"]["ListModuleByIDResponse"]
    schema["properties"]["new"] = {"type": "string"}


EDITS: dict[Callable[[Any], None], dict[Key, str]] = {
    rename_a_path: {
        ("12", 38): "unmatched",
        ("12", 39): "unmatched",
        ("12", 40): "unmatched",
        ("13", 38): "unmatched",
        ("13", 39): "unmatched",
        ("13", 40): "unmatched",
        ("20", 3): "conflict",
        ("20", 4): "conflict",
        ("20", 5): "conflict",
        ("21", 3): "conflict",
        ("22", 3): "conflict",
    },
    rename_a_moved_path: {
        ("10", 3): "unmatched",
        ("10", 12): "conflict",
        ("12", 6): "unmatched",
        ("13", 6): "unmatched",
    },
    remove_a_schema_that_overlays_remove: {("40", 16): "redundant"},
    remove_a_schema_that_overlays_edit: {("46", 10): "conflict", ("46", 11): "conflict"},
    rename_a_schema: {
        ("44", 1): "conflict",
        ("44", 2): "unmatched",
        ("44", 3): "unmatched",
        ("44", 4): "unmatched",
        ("46", 6): "unmatched",
        ("46", 7): "unmatched",
    },
    rename_a_property: {("45", 3): "conflict", ("71", 1): "unmatched"},
    change_a_type_that_overlays_correct: {("11", 1): "conflict"},
    change_a_type_beside_what_overlays_write: {},
    change_a_text_that_overlays_replace: {("70", 14): "conflict"},
    change_an_operation_id: {("12", 1): "conflict"},
    add_a_value_to_an_enum: {("46", 2): "conflict"},
    change_a_schema_that_overlays_drop: {("40", 11): "conflict"},
    add_what_overlays_do_not_know: {},
}


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
def test_an_edit_of_the_spec_touches_its_actions_alone(edit: Callable[[Any], None]) -> None:
    """What upstream edits tells in those actions that have to do with it, and in no others."""
    new = copied(SPEC.value)
    edit(new)
    assert states(judge(new)) == EDITS[edit]


def test_the_nearest_path_is_named() -> None:
    """Who renamed a path reads its new name, and on what else an action hangs."""
    new = copied(SPEC.value)
    rename_a_moved_path(new)
    judged = judge(new)
    old, found = "/iacm/api/modules/{module_id}/sync", "/iacm/api/modules/{id}/synchronize"
    place = ACTIONS[2].place()
    assert judged["12", 6] == (
        "unmatched",
        (
            f"it matched `$['paths']['{old}']['post']['operationId']`, and the nearest node is "
            f"`$['paths']['{found}']['post']['operationId']`, since the action at {place} "
            "matches nothing"
        ),
    )
    assert judged["14", 1] == (
        "needed",
        (
            "x-expect-matches says 24, and the target matches 23 nodes, since the action at "
            f"{place} matches nothing"
        ),
    )


def test_what_a_copy_takes_along_is_told() -> None:
    """A change that goes along with a copy is no conflict, and is told with the copy."""
    new = copied(SPEC.value)
    change_a_type_beside_what_overlays_write(new)
    path = "$['components']['schemas']['ListModuleByIDResponse']['properties']['created']['type']"
    assert judge(new)["40", 2] == (
        "needed",
        f'upstream changed `{path}` from "integer" to "number", which goes with the copy',
    )


@pytest.mark.parametrize("count", range(1, len(FILES.corrections) + 1, 3))
def test_what_upstream_has_of_all_overlays_is_redundant(count: int) -> None:
    """When upstream does all that the first overlays do, these are redundant and no others."""
    run = Run(copied(SPEC.value), strict=False)
    done = actions_of(OVERLAYS[:count])
    for action in done:
        run.perform(action)
    assert states(judge(run.root)) == dict.fromkeys(map(key_of, done), "redundant")


def upstream_with_one_action() -> dict[Key, Any]:
    """Return for each action the spec after that action alone, at the places of the spec.

    Copies move nodes; so an action on what was moved is done where that was before. Left out are
    copies, and what has no place in the spec since an action before makes it.
    """
    result: dict[Key, Any] = {}
    run = Run(copied(SPEC.value), strict=False)
    moved: dict[Location, Location] = {}

    def home(location: Location) -> Location:
        for length in range(len(location), 0, -1):
            if location[:length] in moved:
                return home(moved[location[:length]] + location[length:])
        return location

    for action in ACTIONS:
        matches = select(action.target, run.root)
        sources = select(action.source, run.root) if action.source else []
        new = copied(SPEC.value)
        places = [at_home(new, home(match.location), match) for match in matches]
        known = [place for place in places if place]
        alone = Run(new, strict=False)
        if not sources and len(known) == len(places):
            alone.perform(action, known)
            if not alone.faults:
                result[key_of(action)] = new
        run.perform(action)
        for source in sources:
            moved[matches[0].location] = source.location
    return result


def at_home(root: Any, location: Location, match: Match) -> Match | None:
    """Return the node at a location of the spec, if there is one of the kind of ``match``."""
    holder, value = None, root
    for step in location:
        try:
            holder, value = value, value[step]
        except (LookupError, TypeError):
            return None
    return Match(location, value, holder) if kind(value) == kind(match.value) else None


ALONE = upstream_with_one_action()

MOVES = {("10", 12), ("40", 11), ("41", 43), ("41", 47)}
"""These take out what others copy before; done alone, they leave nothing to copy."""

ALSO = {
    # The old tags are to be taken out, and now there are the new ones too: 8 where 3 are expected.
    ("14", 7): {("14", 6): "conflict"},
    # The error is to be emptied, and now it holds the reference too: 8 where 6 are expected.
    ("41", 50): {("41", 49): "conflict"},
    # Three of the eight parameters with allowEmptyValue are gone.
    ("51", 1): {("33", 2): "conflict"},
    # What these take out is a reference that others point elsewhere first.
    ("46", 20): {("41", 41): "redundant", ("41", 42): "redundant"},
    ("codegen/50", 2): {("41", 23): "redundant"},
}
"""What else is true of other actions, where one action alone is done upstream."""


def test_most_actions_can_be_done_alone() -> None:
    """All but copies and what hangs on the making of actions before have a place in the spec."""
    assert len(ALONE) > len(ACTIONS) * 3 // 4
    assert MOVES | ALSO.keys() <= ALONE.keys()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give the next test what is special and each eighth of the rest, or all with --thorough."""
    if "key" in metafunc.fixturenames:
        keys = [
            key
            for position, key in enumerate(ALONE)
            if metafunc.config.getoption("--thorough")
            or position % 8 == 0
            or key in MOVES
            or key in ALSO
        ]
        metafunc.parametrize("key", keys, ids=["-".join(map(str, key)) for key in keys])


def test_an_action_that_upstream_has_done_is_redundant(key: Key) -> None:
    """When upstream does what one action does, that one is redundant, and others stay needed."""
    judged = states(judge(ALONE[key]))
    assert judged.pop(key) == "redundant"
    if key in MOVES:
        assert set(judged.values()) == {"unmatched"}
    else:
        assert judged == ALSO.get(key, {})

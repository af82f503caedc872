"""A change has the one cause that it has: Harness's document, or an action of our overlays."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.diff.causes import name_causes
from pipeline.diff.change import Change
from pipeline.diff.compare import find_changes
from pipeline.diff.release import write_release
from pipeline.diff.states import State, open_project, open_release, open_state
from pipeline.document import parse_document
from pipeline.effective import correct_as_far_as_possible
from pipeline.faults import BadInput
from pipeline.openapi import check_openapi
from pipeline.overlay.merge import same
from pipeline.overlay.read import Overlay, overlay_of
from pipeline.yaml_writer import render_yaml
from tests.diff.project import open_pair, overlay, shop, write_document, write_project

Side = tuple[Any, tuple[dict[str, Any], ...]]

NAME = "$.components.schemas.Item.properties.name"
NO_BOUND = {"target": f"{NAME}.minLength", "remove": True, "description": "Empty names exist."}
A_BOUND = {"target": NAME, "update": {"maxLength": 9}, "description": "Long names are refused."}
A_SIZE = {
    "target": "$.components.schemas.Item.properties",
    "update": {"size": {"type": "string", "minLength": 2}},
    "description": "Items have a size.",
}
NO_SIZE_BOUND = {
    "target": "$.components.schemas.Item.properties.size.minLength",
    "remove": True,
    "description": "Sizes can be short.",
}
PRICE_REQUIRED = {
    "target": "$.components.schemas.Item.required",
    "update": ["price"],
    "description": "A price is always there.",
}
MORE_SORTS = {
    "target": "$.components.schemas.Sort.enum",
    "update": ["size"],
    "description": "Sizes sort, too.",
}
NO_LIMIT = {
    "target": "$.paths['/items'].get.parameters[?@.name == 'limit']",
    "remove": True,
    "description": "There is no limit.",
}
A_PAGE = {
    "target": "$.paths['/items'].get.parameters",
    "update": [{"name": "page", "in": "query", "schema": {"type": "integer"}}],
    "description": "There are pages.",
}
TEXT_PRICE = {
    "target": "$.components.schemas.Item.properties.price",
    "update": {"type": "string"},
    "description": "Prices are texts.",
}
NO_ORDERS = {
    "target": "$.paths['/orders/{order_id}']",
    "remove": True,
    "description": "Nobody may read orders.",
}
OTHER_ITEM = {
    "target": "$.paths['/items/{item_id}'].get.responses['200'].content['application/json'].schema",
    "update": {"$ref": "#/components/schemas/NewItem"},
    "description": "It has no id.",
}
LONG = {**A_BOUND, "update": {"maxLength": 99}, "description": "They may be longer."}
AN_ALIAS = {
    "target": "$.components.schemas",
    "update": {"Size": {"type": "string", "enum": ["s", "m"]}},
    "description": "Sizes have names.",
}


def spec(edit: Callable[[Any], Any] | None = None) -> Any:
    """Return the shop after an edit by upstream."""
    value = shop()
    if edit:
        edit(value)
    return value


def item(value: Any) -> Any:
    """Return the properties of Item."""
    return value["components"]["schemas"]["Item"]["properties"]


def find_caused(old: State, new: State) -> list[Change]:
    """Return the changes with their causes."""
    return name_causes(find_changes(old.document, new.document), old, new)


def tell(changes: list[Change]) -> list[tuple[str, str, str | None, str | None]]:
    """Tell of each change its rule, who caused it, where, and why."""
    return sorted(
        (one.rule, one.cause.by, str(one.cause.place or "") or None, one.cause.reason)
        for one in changes
    )


UPSTREAM: dict[str, tuple[Side, Side, list[str]]] = {
    "upstream adds a property": (
        (spec(), ()),
        (spec(lambda one: item(one).update(size={"type": "string"})), ()),
        ["property-added"],
    ),
    "upstream removes a property under overlays that stay": (
        (spec(), (overlay(A_BOUND),)),
        (spec(lambda one: item(one).pop("price")), (overlay(A_BOUND),)),
        ["property-removed"],
    ),
    "upstream changes what an action stands beside": (
        (spec(), (overlay(A_BOUND),)),
        (spec(lambda one: item(one)["name"].update(minLength=3)), (overlay(A_BOUND),)),
        ["bound-tightened"],
    ),
    "upstream removes what an action writes to, which misses": (
        (spec(), (overlay(TEXT_PRICE),)),
        (spec(lambda one: item(one).pop("price")), (overlay(TEXT_PRICE),)),
        ["property-removed"],
    ),
    "an overlay hides an edit by upstream": (
        (spec(), (overlay(TEXT_PRICE),)),
        (spec(lambda one: item(one)["price"].update(type="integer")), (overlay(TEXT_PRICE),)),
        [],
    ),
    "an overlay becomes needless": (
        (spec(), (overlay(A_BOUND),)),
        (spec(lambda one: item(one)["name"].update(maxLength=9)), (overlay(A_BOUND),)),
        [],
    ),
    "upstream takes in what an overlay said, which goes": (
        (spec(), (overlay(A_BOUND),)),
        (spec(lambda one: item(one)["name"].update(maxLength=9)), ()),
        [],
    ),
    "overlays are laid out anew": (
        (spec(), (overlay(A_BOUND), overlay(A_SIZE))),
        (
            spec(lambda one: item(one).pop("tags")),
            (overlay(A_BOUND, A_SIZE, title="Both"),),
        ),
        ["property-removed"],
    ),
    "upstream needs a new overlay to stay whole": (
        (spec(), ()),
        (
            spec(lambda one: one["paths"]["/orders/{order_id}"]["get"].pop("operationId")),
            (
                overlay(
                    {
                        "target": "$.paths['/orders/{order_id}'].get",
                        "update": {"operationId": "get_order"},
                    }
                ),
            ),
        ),
        [],
    ),
}


@pytest.mark.parametrize("name", UPSTREAM)
def test_upstream_is_the_cause(tmp_path: Path, name: str) -> None:
    """What the new document brings is upstream's, and what an overlay hides is no change."""
    old, new, rules = UPSTREAM[name]
    caused = find_caused(*open_pair(tmp_path, old, new))
    assert tell(caused) == [(rule, "upstream", None, None) for rule in rules]


def at(side: str, number: int = 1, line: int = 6, column: int = 3) -> str:
    """Name the place of an action: the first of its overlay, where nothing else is said."""
    return f"{side}/overlays/{number}0.overlay.yaml:{line}:{column}"


OVERLAYS: dict[str, tuple[Side, Side, list[tuple[str, str, dict[str, Any]]]]] = {
    "a new action writes a member": (
        (spec(), ()),
        (spec(), (overlay(A_BOUND),)),
        [("bound-tightened", at("new", line=8, column=5), A_BOUND)],
    ),
    "a new action takes a member out": (
        (spec(), ()),
        (spec(), (overlay(NO_BOUND),)),
        [("bound-relaxed", at("new"), NO_BOUND)],
    ),
    "a new action takes out what another wrote": (
        (spec(), (overlay(A_SIZE),)),
        (spec(), (overlay(A_SIZE), overlay(NO_SIZE_BOUND))),
        [("bound-relaxed", at("new", 2), NO_SIZE_BOUND)],
    ),
    "a new action adds to a list": (
        (spec(), (overlay(MORE_SORTS),)),
        (spec(), (overlay(MORE_SORTS), overlay(PRICE_REQUIRED))),
        [("property-now-required", at("new", 2), PRICE_REQUIRED)],
    ),
    "a new action adds to an enum": (
        (spec(), (overlay(A_BOUND),)),
        (spec(), (overlay(A_BOUND, MORE_SORTS),)),
        [("enum-value-added", at("new", line=10), MORE_SORTS)],
    ),
    "a new action removes a parameter": (
        (spec(), ()),
        (spec(), (overlay(NO_LIMIT),)),
        [("parameter-removed", at("new"), NO_LIMIT)],
    ),
    "a new action adds a parameter": (
        (spec(), ()),
        (spec(), (overlay(A_PAGE),)),
        [("parameter-added", at("new"), A_PAGE)],
    ),
    "a new action removes an operation and its classes": (
        (spec(), ()),
        (spec(), (overlay(NO_ORDERS),)),
        [("operation-removed", at("new"), NO_ORDERS)],
    ),
    "a new action points to another schema": (
        (spec(), (overlay(A_BOUND),)),
        (spec(), (overlay(A_BOUND), overlay(OTHER_ITEM))),
        [
            ("bound-relaxed", at("new", 2), OTHER_ITEM),
            ("bound-relaxed", at("new", 2), OTHER_ITEM),
            ("property-removed", at("new", 2), OTHER_ITEM),
            ("property-removed", at("new", 2), OTHER_ITEM),
            ("wording", at("new", 2), OTHER_ITEM),
        ],
    ),
    "an action is changed": (
        (spec(), (overlay(A_BOUND),)),
        (spec(), (overlay(LONG),)),
        [("bound-relaxed", at("new", line=8, column=5), LONG)],
    ),
    "an action that wrote is dropped": (
        (spec(), (overlay(A_BOUND), overlay(A_SIZE))),
        (spec(), (overlay(A_SIZE),)),
        [("bound-relaxed", at("old", line=8, column=5), A_BOUND)],
    ),
    "an action that added a property is dropped": (
        (spec(), (overlay(A_SIZE),)),
        (spec(), ()),
        [("property-removed", at("old", line=8, column=5), A_SIZE)],
    ),
    "an action that took a parameter out is dropped": (
        (spec(), (overlay(NO_LIMIT), overlay(A_BOUND))),
        (spec(), (overlay(A_BOUND),)),
        [("parameter-added", at("old"), NO_LIMIT)],
    ),
    "an action that took a bound out is dropped": (
        (spec(), (overlay(NO_BOUND),)),
        (spec(), ()),
        [("bound-tightened", at("old"), NO_BOUND)],
    ),
    "an action gives another one's work another form": (
        (spec(), (overlay(TEXT_PRICE),)),
        (spec(), (overlay(TEXT_PRICE, {**TEXT_PRICE, "update": {"type": "integer"}}),)),
        [("type-changed", at("new", line=12, column=5), TEXT_PRICE)],
    ),
    "a class is added that nothing needs yet": (
        (spec(), ()),
        (spec(), (overlay(AN_ALIAS),)),
        [("schema-added", at("new", line=8, column=5), AN_ALIAS)],
    ),
}


@pytest.mark.parametrize("name", OVERLAYS)
def test_action_is_the_cause(tmp_path: Path, name: str) -> None:
    """What an overlay does is its action's, by place and reason, also when the action went."""
    old, new, expected = OVERLAYS[name]
    caused = find_caused(*open_pair(tmp_path, old, new))
    wanted = sorted(
        (rule, "overlay", place, action["description"]) for rule, place, action in expected
    )
    found = [one for one in tell(caused) if one[0] != "schema-removed"]
    assert found == wanted


def test_both_at_once_are_told_apart(tmp_path: Path) -> None:
    """In one update each change has its own cause, whatever else comes along."""

    def edit(value: Any) -> None:
        item(value).pop("tags")
        value["components"]["schemas"]["Line"]["properties"]["count"]["type"] = "string"

    old, new = open_pair(tmp_path, (spec(), ()), (spec(edit), (overlay(NO_LIMIT, A_BOUND),)))
    assert tell(find_caused(old, new)) == [
        ("bound-tightened", "overlay", at("new", line=11, column=5), A_BOUND["description"]),
        ("parameter-removed", "overlay", at("new"), NO_LIMIT["description"]),
        ("property-removed", "upstream", None, None),
        ("type-changed", "upstream", None, None),
    ]


def test_what_both_do_is_ours(tmp_path: Path) -> None:
    """What upstream takes out and a new action as well is the action's: it does it by itself."""

    def edit(value: Any) -> None:
        value["paths"]["/items"]["get"]["parameters"].pop(2)
        value["info"]["version"] = "2"

    remove = {**NO_LIMIT, "target": "$.paths['/items'].get.parameters[?@.name=='limit']"}
    old, new = open_pair(tmp_path, (spec(), ()), (spec(edit), (overlay(remove),)))
    assert [(one.rule, one.cause.by) for one in find_caused(old, new)] == [
        ("parameter-removed", "overlay"),
        ("version-changed", "upstream"),
    ]


def test_overlay_that_needs_what_upstream_brings(tmp_path: Path) -> None:
    """An action that refers to what is new upstream takes no other action's changes with it."""

    def edit(value: Any) -> None:
        value["components"]["schemas"]["Size"] = {"type": "string"}

    refers = {
        "target": "$.components.schemas.Item.properties",
        "update": {"size": {"$ref": "#/components/schemas/Size"}},
        "description": "Items have a size.",
    }
    old, new = open_pair(tmp_path, (spec(), ()), (spec(edit), (overlay(NO_LIMIT, refers),)))
    causes = {one.rule: one.cause.by for one in find_caused(old, new)}
    assert causes["parameter-removed"] == "overlay"


def test_release_without_overlays(tmp_path: Path) -> None:
    """Over the kept release, of which no overlays are known, both causes are told apart."""
    before = write_project(
        tmp_path / "old", spec(), (overlay(A_BOUND),), version="1.0", with_client=True
    )
    write_release(before / "spec/released", "1.0", open_project(before, "old"))
    release = open_release(before)
    after = write_project(
        tmp_path / "new",
        spec(lambda one: item(one).pop("tags")),
        (overlay(A_BOUND, NO_LIMIT),),
    )
    assert tell(find_caused(release, open_project(after, "new"))) == [
        ("parameter-removed", "overlay", at("new", line=10), NO_LIMIT["description"]),
        ("property-removed", "upstream", None, None),
    ]


def test_release_of_the_same_upstream(tmp_path: Path) -> None:
    """Over the kept release, with the same document from upstream, all is the overlays' doing."""
    before = write_project(tmp_path / "old", spec(), (overlay(A_SIZE),), with_client=True)
    write_release(before / "spec/released", "1.0", open_project(before, "old"))
    after = open_project(write_project(tmp_path / "new", spec(), (overlay(NO_LIMIT),)), "new")
    changes = find_caused(open_release(before), after)
    assert [(one.rule, one.cause.by) for one in changes] == [
        ("property-removed", "overlay"),
        ("parameter-removed", "overlay"),
    ]


def test_bare_documents_leave_causes_open(tmp_path: Path) -> None:
    """Of two documents nobody can tell who changed them."""
    paths = [
        write_document(tmp_path / "old.json", spec()),
        write_document(tmp_path / "new.json", spec(lambda one: item(one).pop("tags"))),
    ]
    with open_state(str(paths[0]), tmp_path) as old, open_state(str(paths[1]), tmp_path) as new:
        assert tell(find_caused(old, new)) == [("property-removed", "unknown", None, None)]


def test_order_of_overlays_is_a_cause(tmp_path: Path) -> None:
    """When only the order of actions changed, the one that wins now is the cause."""
    other = {**TEXT_PRICE, "update": {"type": "integer"}, "description": "Whole prices."}
    old, new = open_pair(
        tmp_path, (spec(), (overlay(TEXT_PRICE, other),)), (spec(), (overlay(other, TEXT_PRICE),))
    )
    assert tell(find_caused(old, new)) == [
        ("type-changed", "overlay", at("new", line=12, column=5), TEXT_PRICE["description"])
    ]


# Edits of places of the shop, for upstream's document and for overlays alike.
_EDITS: dict[str, tuple[Any, ...]] = {
    NAME: (
        {"maxLength": 9},
        {"minLength": 3},
        {"description": "Other words."},
        {"type": "integer"},
    ),
    "$.components.schemas.Item.properties": ({"size": {"type": "string"}},),
    "$.components.schemas.Item.properties.price": ({"type": "string"}, {"nullable": True}),
    "$.components.schemas.Order.properties.lines": ({"maxItems": 3}, {"deprecated": True}),
    "$.components.schemas.Sort.enum": (["size"], ["age"]),
    "$.components.schemas.Item.required": (["price"],),
    "$.paths['/items'].get": ({"deprecated": True}, {"summary": "All."}, {"x-method": "list"}),
    "$.paths['/items'].get.parameters": (
        [{"name": "page", "in": "query", "schema": {"type": "integer"}}],
        [{"name": "from", "in": "query", "required": True, "schema": {"type": "integer"}}],
    ),
    "$.components.schemas": ({"Size": {"type": "string"}},),
    "$.info": ({"version": "2"}, {"description": "Sells."}),
}
_REMOVALS = (
    f"{NAME}.minLength",
    "$.components.schemas.Item.properties.tags",
    "$.components.schemas.Order.properties.lines",
    "$.paths['/items'].post",
    "$.paths['/orders/{order_id}']",
    "$.paths['/items'].get.parameters[0]",
    "$.components.schemas.Item.required",
)
_ACTIONS = st.one_of(
    st.sampled_from(
        [
            {"target": target, "update": update}
            for target, updates in _EDITS.items()
            for update in updates
        ]
    ),
    st.sampled_from([{"target": target, "remove": True} for target in _REMOVALS]),
)


@st.composite
def overlays(draw: st.DrawFn) -> tuple[Overlay, ...]:
    """Some overlays of random actions."""
    actions = st.lists(_ACTIONS, min_size=1, max_size=3, unique_by=repr)
    parts = draw(st.lists(actions, max_size=2))
    return tuple(
        overlay_of(parse_document(render_yaml(overlay(*copy.deepcopy(part))), f"{position}.yaml"))
        for position, part in enumerate(parts)
    )


@st.composite
def documents(draw: st.DrawFn) -> Any:
    """The shop after some random edits."""
    made = correct_as_far_as_possible(
        parse_document(render_yaml(shop()), "spec.yaml"), draw(overlays())
    )
    return made.value


def make_state(value: Any, corrections: tuple[Overlay, ...]) -> State | None:
    """Make a state of a document and overlays; None where they make none that is valid."""
    source = parse_document(render_yaml(value), "spec.yaml")
    document = correct_as_far_as_possible(source, corrections)
    try:
        check_openapi(document.value, document.place)
    except BadInput:
        return None
    return State("state", document, source, corrections)


@settings(max_examples=40)
@given(documents(), documents(), overlays(), overlays())
def test_causes_are_complete(
    old: Any, new: Any, before: tuple[Overlay, ...], after: tuple[Overlay, ...]
) -> None:
    """Each change has a cause; when only one side edited something, all changes are its own."""
    one, other = make_state(old, before), make_state(new, after)
    if one is None or other is None:
        return
    causes = {change.cause.by for change in find_caused(one, other)}
    assert causes <= {"upstream", "overlay"}
    if same(old, new):
        assert causes <= {"overlay"}


@settings(max_examples=40)
@given(documents(), overlays(), overlays())
def test_overlays_alone_are_the_cause(
    value: Any, before: tuple[Overlay, ...], after: tuple[Overlay, ...]
) -> None:
    """When upstream's document stays, each change has the place of an overlay's action."""
    one, other = make_state(value, before), make_state(value, after)
    if one is None or other is None:
        return
    for change in find_caused(one, other):
        assert change.cause.by == "overlay"
        assert change.cause.place is not None, change
        assert change.cause.place.file in ("0.yaml", "1.yaml")


@settings(max_examples=25)
@given(documents(), documents(), overlays())
def test_upstream_alone_is_the_cause(old: Any, new: Any, both: tuple[Overlay, ...]) -> None:
    """When the overlays stay, each change is upstream's."""
    one, other = make_state(old, both), make_state(new, both)
    if one is None or other is None or same(old, new):
        return
    assert {change.cause.by for change in find_caused(one, other)} <= {"upstream"}

"""What a model has beside a field, and the classes of an operation, go with the edit of these."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.diff.change import Change
from pipeline.diff.review import list_changes
from tests.diff.project import open_pair, shop

CREATED = {"type": "integer", "format": "int64", "x-timestamp": "milliseconds"}
TAGS = {"type": "string", "x-comma-separated": True}


def spec(change: Callable[[dict[str, Any]], object] = lambda _: None) -> dict[str, Any]:
    """Return the shop, whose items say when they were made and have tags in one text."""
    value = shop()
    properties = value["components"]["schemas"]["Item"]["properties"]
    properties.update(created=dict(CREATED), tags=dict(TAGS))
    change(properties)
    return value


DERIVED: dict[str, tuple[Callable[[dict[str, Any]], object], str, str]] = {
    "a time becomes a text": (
        lambda properties: properties["created"].update(type="string", format="uuid"),
        "type-changed",
        "models.Item.created_at",
    ),
    "a time is gone": (
        lambda properties: properties.pop("created"),
        "property-removed",
        "models.Item.created_at",
    ),
    "tags become a list": (
        lambda properties: properties.update(tags={"type": "array", "items": {"type": "string"}}),
        "type-changed",
        "models.Item.tag_list",
    ),
}


@pytest.mark.parametrize("name", DERIVED)
def test_what_is_made_of_a_field_is_told_with_it(tmp_path: Path, name: str) -> None:
    """A property that a model has beside a field goes with what the field is made of."""
    change, rule, symbol = DERIVED[name]
    [one] = compare(tmp_path, spec(), spec(change))
    assert (one.rule, one.cause.by) == (rule, "upstream")
    assert symbol in {python.symbol for python in one.python}


def test_classes_go_with_their_operation_where_room_is_left(tmp_path: Path) -> None:
    """A schema that says nothing, as an overlay leaves that finds nothing to copy, has no class."""
    new = shop()
    del new["paths"]["/orders/{order_id}"]
    schemas = new["components"]["schemas"]
    schemas["Order"] = {}
    del schemas["Line"]
    [one] = [one for one in compare(tmp_path, shop(), new) if one.severity]
    assert (one.rule, one.cause.by) == ("operation-removed", "upstream")
    assert {python.symbol for python in one.python} >= {"models.Order", "Client.orders.get_order"}
    assert (
        one.caller == "A call of `Client.orders.get_order` fails: the server has no such operation."
    )


def compare(folder: Path, old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    """Compare two documents and the clients that are made of them."""
    return list_changes(*open_pair(folder, (old, ()), (new, ()), with_client=True), lambda _: None)

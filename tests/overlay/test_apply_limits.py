"""How much actions may write, and how deep."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.document import Document
from pipeline.faults import BadInput
from pipeline.overlay.apply import apply_overlays
from tests.overlay.applying import applied, overlay_with


def test_copies_into_copies_stay_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A document that doubles with every action is refused before it fills the memory."""
    monkeypatch.setattr("pipeline.overlay.apply.MAX_WRITTEN_VALUES", 1_000)
    doubling = [{"target": "$.a", "copy": "$.a", "x-n": n} for n in range(40)]
    with pytest.raises(BadInput) as caught:
        applied({"a": [1, 2, 3, 4]}, *doubling)
    assert str(caught.value).splitlines()[0] == (
        "overlay.json:1:403: writes more than 1,000 values, at $['a'] (spec.json:1:2): "
        "target less, or split the run"
    )


def test_as_many_values_as_may_be_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound itself is allowed; it counts every value at every target."""
    update = {"target": "$.*", "update": {"x": [1, 2]}}
    monkeypatch.setattr("pipeline.overlay.apply.MAX_WRITTEN_VALUES", 8)
    assert applied({"a": {}, "b": {}}, update) == {"a": {"x": [1, 2]}, "b": {"x": [1, 2]}}
    with pytest.raises(BadInput, match="writes more than 8 values"):
        applied({"a": {}, "b": {}}, update, {"target": "$.a", "update": {}})


def nested(levels: int, innermost: Any) -> Any:
    for _ in range(levels):
        innermost = {"a": innermost}
    return innermost


DEPTHS = {
    "an object merged": ({}, 100, nested(100, 1), True),
    "an object merged, too deep": ({}, 100, nested(101, 1), False),
    "an array added to the end": ([], 199, [1], True),
    "an array added to the end, too deep": ([], 199, [[1]], False),
    "an object appended": ([], 198, {"x": 1}, True),
    "an object appended, too deep": ([], 199, {}, False),
    "a primitive replaced": (1, 200, 2, True),
}


@pytest.mark.parametrize(("innermost", "levels", "update", "fits"), DEPTHS.values(), ids=DEPTHS)
def test_nesting_stays_within_bounds(innermost: Any, levels: int, update: Any, fits: bool) -> None:
    """Actions make a document as deep as may be read, and no deeper."""
    document = Document("spec.json", nested(levels, innermost), "")
    overlay = overlay_with({"target": "$" + ".a" * levels, "update": update})
    if fits:
        assert apply_overlays(document, [overlay]).outcomes[0].changed
    else:
        with pytest.raises(BadInput, match=r"nests .* more than 200 levels deep"):
            apply_overlays(document, [overlay])


def test_a_descendant_target_reaches_the_depth_that_documents_may_have() -> None:
    """A descendant search goes as deep as a document may be nested."""
    spec: dict[str, Any] = {"leaf": {}}
    for _ in range(197):
        spec = {"a": spec}
    result = applied(spec, {"target": "$..leaf", "update": {"x": 1}})
    for _ in range(197):
        result = result["a"]
    assert result == {"leaf": {"x": 1}}

"""The table of pairs is sound: valid documents that differ, one name for each, known labels."""

from __future__ import annotations

import pytest

from pipeline.faults import BadInput
from pipeline.openapi import check_openapi
from tests.diff.reading import AREAS, VERDICTS, list_steps, read_pairs

PAIRS = read_pairs()


@pytest.mark.parametrize("area", [path.stem for path in AREAS])
def test_documents_are_valid(area: str) -> None:
    """Both documents of each pair are OpenAPI that a client can be made from."""
    pairs = [pair for pair in PAIRS if pair.name.startswith(f"{area}: ")]
    faults: list[str] = []
    for pair in pairs:
        for document in (pair.old, pair.new):
            try:
                check_openapi(document.value, document.place)
            except BadInput as error:
                faults.append(str(error))
    assert pairs
    assert faults == []


def test_table_is_large_enough() -> None:
    """There are at least 150 pairs, and each verdict is the right one in many."""
    verdicts = [step.verdict for step in list_steps(PAIRS)]
    assert len(PAIRS) >= 150
    assert {verdict: verdicts.count(verdict) >= 50 for verdict in VERDICTS} == dict.fromkeys(
        VERDICTS, True
    )
    assert set(verdicts) == set(VERDICTS)


def test_each_pair_has_its_own_name() -> None:
    """A name stands for one pair."""
    names = [pair.name for pair in PAIRS]
    assert [name for name in set(names) if names.count(name) > 1] == []


def test_documents_of_a_pair_differ() -> None:
    """No pair compares a text with itself."""
    assert [pair.name for pair in PAIRS if pair.old.text == pair.new.text] == []


def test_no_change_is_none_in_both_directions() -> None:
    """Where there is no change from old to new, there is none back."""
    uneven = [pair.name for pair in PAIRS if (pair.forward == "none") != (pair.backward == "none")]
    assert uneven == []

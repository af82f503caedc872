"""A sample of the mutants is killed; and the judge tells what notices, and what nothing does."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.contract.fixture import SURVIVORS
from pipeline.contract.mutants import Edit, Mutant
from pipeline.contract.mutation import (
    Judge,
    Sources,
    Verdict,
    draw_table,
    judge_all,
    list_survivors,
    pick_sample,
    read_excuses,
)
from pipeline.faults import BadInput, Place
from tests.contract.exchanges import FIXTURES, ROOT, SPEC

CODEGEN = tuple(sorted((ROOT / "overlays/codegen").glob("*.overlay.yaml")))
SOURCES = Sources(SPEC, CODEGEN, FIXTURES)
PLACE = Place("survivors.yaml")


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    """A judge with all fixtures."""
    made = Judge(SOURCES)
    yield made
    made.close()


@pytest.mark.once
def test_a_sample_is_noticed(judge: Judge) -> None:
    """Of a hundred changes, evenly from all kinds, each is noticed or excused by name."""
    verdicts = [judge.judge(one) for one in pick_sample(judge.mutants, 100)]
    _, faults = list_survivors(verdicts, read_excuses(FIXTURES / SURVIVORS), PLACE, whole=False)
    assert [fault.message for fault in faults] == []
    assert len({one.mutant.label for one in verdicts}) == 100


def find(judge: Judge, label: str) -> Mutant:
    """Find a mutant by its label."""
    return next(one for one in judge.mutants if one.label == label)


def test_both_sides_notice(judge: Judge) -> None:
    """The changed spec does not describe the exchange, the changed client does not keep to it."""
    verdict = judge.judge(find(judge, "rename parameter query searchTerm (list_modules)"))
    assert verdict.by_spec is not None
    assert verdict.by_client is not None
    assert "(a) request/query/searchTerm" in verdict.by_spec
    assert "(d) " in verdict.by_client


def test_what_is_not_changed_is_not_noticed(judge: Judge) -> None:
    """A change that changes nothing survives: the checks are not just red."""
    title = ("info", "title")
    same = Mutant("nothing", title, "nothing", (Edit("put", title, "Another"),),
                  frozenset({"list_modules", "get_project"}))  # fmt: skip
    verdict = judge.judge(same)
    assert (verdict.by_spec, verdict.by_client, verdict.is_killed) == (None, None, False)


def test_what_the_pipeline_refuses_is_noticed(judge: Judge) -> None:
    """A spec of which no client can be made is told as such."""
    names = ("components", "schemas", "StorageType", "enum")
    reached = frozenset({"get_module"})
    broken = Mutant("break", names, "break", (Edit("put", names, ["artifact", 1]),), reached)
    verdict = judge.judge(broken)
    assert verdict.by_client is not None
    assert verdict.by_client.startswith("the pipeline refuses it: ")


@pytest.mark.once
def test_without_fixtures_everything_survives(tmp_path: Path) -> None:
    """It is the fixtures that notice; two processes judge as one does."""
    (tmp_path / "fixtures").mkdir()
    verdicts = judge_all(Sources(SPEC, CODEGEN, tmp_path / "fixtures"), 2, lambda _: None, 4)
    assert [one.is_killed for one in verdicts] == [False] * 4
    shutil.copytree(FIXTURES, tmp_path / "all")
    verdicts = judge_all(Sources(SPEC, CODEGEN, tmp_path / "all"), 2, lambda _: None, 4)
    assert [one.is_killed for one in verdicts] == [True] * 4


def verdicts_of(judge: Judge, *killed: bool) -> list[Verdict]:
    """Make verdicts of the first mutants."""
    return [
        Verdict(mutant, "seen" if is_killed else None, None)
        for mutant, is_killed in zip(judge.mutants, killed, strict=False)
    ]


def test_survivors_need_a_reason_that_holds(judge: Judge, tmp_path: Path) -> None:
    """One without a reason is told; so is a reason whose mutant is killed, in a whole run."""
    first, second, third = (one.label.removeprefix("rename property ") for one in judge.mutants[:3])
    path = tmp_path / "survivors.yaml"
    path.write_text(
        f"- kind: rename property\n  where: [{first}, {second}]\n"
        "  reason: nobody could ever tell these apart\n"
    )
    excuses = read_excuses(path)
    verdicts = verdicts_of(judge, False, True, False)
    reasons, faults = list_survivors(verdicts, excuses, PLACE, whole=True)
    assert dict(reasons) == {"rename property: nobody could ever tell these apart": 1}
    survives = f"survives: rename property {third}: record an exchange that tells it apart"
    assert [str(one) for one in faults] == [
        f"survivors.yaml: {survives}",
        f"{path}:2:{faults[1].place.column}: {second}: no such mutant survives: remove it here",
    ]
    _, of_a_sample = list_survivors(verdicts, excuses, PLACE, whole=False)
    assert of_a_sample == faults[:1]
    path.write_text("- kind: a\n")
    with pytest.raises(BadInput):
        read_excuses(path)


def test_table_counts_by_kind(judge: Judge) -> None:
    """How many of each kind there are, and what noticed them."""
    lines = draw_table(verdicts_of(judge, True, False, True)).splitlines()
    assert lines[0].split() == ["mutants", "killed", "by", "spec", "by", "client"]
    assert lines[1].split() == ["rename", "property", "3", "2", "2", "0"]
    assert lines[2].split() == ["all", "3", "2", "2", "0"]

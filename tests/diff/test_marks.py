"""Two texts side by side: aligned, marked where they differ, and nothing lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.diff.report.marks import Line, Sides, lay_side_by_side

LINES = st.lists(st.sampled_from(["a: 1", "a: 2", "b: x y", "b: x z", "-", ""]), max_size=6)


def draw(lines: tuple[Line, ...] | None) -> list[str]:
    """Return lines as a person sees them: marks in brackets, a gap as a dash."""
    assert lines is not None
    return [
        "—" if line.kind == "gap" else "".join(f"[{t}]" if m else t for t, m in line.pieces)
        for line in lines
    ]


def read(lines: tuple[Line, ...] | None) -> list[str]:
    """Return the text of the lines that are not gaps."""
    assert lines is not None
    return ["".join(text for text, _ in one.pieces) for one in lines if one.kind != "gap"]


def compare(old: str, new: str) -> tuple[list[str], list[str]]:
    """Return both sides as a person sees them."""
    sides = lay_side_by_side(old, new)
    return draw(sides.old), draw(sides.new)


def test_words_are_marked() -> None:
    """In lines that are alike, only the words that differ are marked."""
    assert compare("x: str | Unset = UNSET\n", "x: str | None | Unset = UNSET\n") == (
        ["x: str | Unset = UNSET"],
        ["x: str[ | None] | Unset = UNSET"],
    )


def test_other_lines_are_marked_whole() -> None:
    """Lines that share little are marked from end to end."""
    assert compare("one", "two") == (["[one]"], ["[two]"])


def test_added_line_leaves_a_gap() -> None:
    """Where one side has a line more, the other has a gap, and what is alike stays abreast."""
    old = "type: string\ntext: what went wrong\nend: 1\n"
    new = "type: string\nnullable: true\ntext: what went wrong; or null\nend: 1\n"
    assert compare(old, new) == (
        ["type: string", "—", "text: what went wrong", "end: 1"],
        ["type: string", "[nullable: true]", "text: what went wrong[; or null]", "end: 1"],
    )


def test_equal_lines_are_folded() -> None:
    """Of many equal lines those near a difference stay, and the first, and the last."""
    lines = [f"line {number}" for number in range(20)]
    old, new = compare("\n".join([*lines, "old", *lines]), "\n".join([*lines, "new", *lines]))
    assert old[:6] == ["line 0", "⋯ 16 equal lines", "line 17", "line 18", "line 19", "[old]"]
    assert old[6:] == ["line 0", "line 1", "line 2", "⋯ 16 equal lines", "line 19"]
    assert new == [*old[:5], "[new]", *old[6:]]


def test_one_side() -> None:
    """Without another side nothing is marked."""
    assert lay_side_by_side("a\nb\n", None) == Sides(
        (Line("same", (("a", False),)), Line("same", (("b", False),))), None
    )
    assert lay_side_by_side(None, None) == Sides(None, None)


def test_large_texts_are_cut() -> None:
    """Of a very long text the beginning is shown, and how much is left out."""
    sides = lay_side_by_side(None, "\n".join(["x" * 5000] * 1000))
    shown = draw(sides.new)
    assert len(shown) == 301
    assert shown[0] == "x" * 1000 + "…"
    assert shown[-1] == "… 700 more lines"


def test_long_lines_are_marked_whole() -> None:
    """Lines of very many words are not compared word by word."""
    words = "a " * 400
    assert compare(f"{words}b", f"{words}c") == ([f"[{words}b]"], [f"[{words}c]"])


def test_many_lines_are_paired_in_order() -> None:
    """Where too many lines differ to look for pairs, the first goes with the first."""
    old, new = compare(
        "\n".join(f"a b c {n} d" for n in range(11)),
        "\n".join(f"a b c {n} d" for n in range(11, 23)),
    )
    assert (old[0], new[0]) == ("a b c [0] d", "a b c [11] d")
    assert (old[11], new[11]) == ("—", "[a b c 22 d]")


@given(LINES, LINES)
def test_nothing_is_lost(old: list[str], new: list[str]) -> None:
    """Both sides have as many lines, their texts are whole, and what is not marked is equal."""
    sides = lay_side_by_side("\n".join([*old, "z"]), "\n".join([*new, "z"]))
    assert sides.old is not None
    assert sides.new is not None
    if not any(line.kind == "note" for line in sides.old):
        assert read(sides.old) == [*old, "z"]
        assert read(sides.new) == [*new, "z"]
    for left, right in zip(sides.old, sides.new, strict=True):
        plain = ["".join(t for t, marked in side.pieces if not marked) for side in (left, right)]
        assert plain[0] == plain[1]
        assert {left.kind, right.kind} != {"gap"}
        assert (left.kind == "same") == (right.kind == "same")

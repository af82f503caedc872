"""The changelog is made of fragments: those that people write, and those of an update."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pipeline.diff.change import Change, PythonChange, Severity, Spot
from pipeline.diff.report.markup import write_code
from pipeline.faults import Place, inert_line
from pipeline.update.fragments import KINDS, Kind, name_fragments, write_fragment
from pipeline.update.markdown import escape_prose

ROOT = Path(__file__).parents[2]
OK, RISK, BREAK = Severity
SPOT = Spot("#/paths", Place("spec/openapi.yaml", 3, 1))


def render(markdown: str) -> str:
    """Return the HTML that CommonMark makes of a text."""
    html: str = MarkdownIt("commonmark").render(markdown)
    return html


def show(markdown: str) -> str:
    """Return what a reader sees of a single paragraph in Markdown, or fail if it is more."""
    tokens = MarkdownIt("commonmark").parse(markdown)
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    children = tokens[1].children or []
    assert {token.type for token in children} <= {"text", "text_special", "code_inline"}
    return "".join(token.content for token in children)


def build(folder: Path, *options: str) -> str:
    """Run towncrier in a folder and return what it printed to standard output."""
    command = [sys.executable, "-m", "towncrier", "build", "--date", "2026-01-31", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with the settings of this one, its changelog and no fragment."""
    for name in ("pyproject.toml", "CHANGELOG.md", "docs/changes/README.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def list_fragments(project: Path) -> list[str]:
    """Return the names of the fragments that are there."""
    return sorted(path.name for path in (project / "docs/changes").iterdir())[:-1]


def test_kinds_have_headings() -> None:
    """Each kind of entry has a heading in the changelog, in the same order, and is explained."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    types = settings["tool"]["towncrier"]["type"]
    assert tuple(one["directory"] for one in types) == KINDS
    explained = (ROOT / "docs/changes/README.md").read_text(encoding="utf-8")
    assert tuple(re.findall(r"^\| `(\w+)` \|", explained, re.MULTILINE)) == KINDS


def test_own_fragments_are_in_the_draft() -> None:
    """A draft of the next release holds every fragment of this repository, as it is written."""
    draft = build(ROOT, "--draft", "--version", "9.9.9")
    fragments = [path for path in (ROOT / "docs/changes").iterdir() if path.name != "README.md"]
    for path in fragments:
        text = path.read_text(encoding="utf-8").strip().replace("\n", "\n  ")
        assert f"\n- {text}\n" in draft
    assert len(re.findall("^- ", draft, re.MULTILINE)) == len(fragments)


def test_build_writes_and_removes(project: Path) -> None:
    """A release stands below the introduction, the worst first, and its fragments are gone."""
    folder = project / "docs/changes"
    before = (project / "CHANGELOG.md").read_text(encoding="utf-8")
    write_fragment(folder, "`modules.list` takes `provider`.", "added")
    write_fragment(folder, "`models.Module.synced` is gone.", "breaking")
    write_fragment(folder, "A [link] of `tags[0]` stays text\nover two lines.", "fixed")
    build(project, "--yes", "--version", "1.0.0")
    head, start, releases = before.partition("-->\n")
    assert (project / "CHANGELOG.md").read_text(encoding="utf-8") == head + start + (
        "\n## 1.0.0 (2026-01-31)\n"
        "\n### Breaking changes\n\n- `models.Module.synced` is gone.\n"
        "\n### New\n\n- `modules.list` takes `provider`.\n"
        "\n### Mended\n\n- A [link] of `tags[0]` stays text\n  over two lines.\n"
        "\n"
    ) + releases
    assert list_fragments(project) == []
    write_fragment(folder, "`registry.list` is slow.", "changed")
    build(project, "--yes", "--version", "1.1.0")
    headings = re.findall("^##+ .*", (project / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert headings[:3] == [
        "## 1.1.0 (2026-01-31)",
        "### Changed behaviour",
        "## 1.0.0 (2026-01-31)",
    ]


def test_draft_writes_nothing(project: Path) -> None:
    """A draft prints the release and leaves the changelog and the fragments."""
    path = write_fragment(project / "docs/changes", "`a` is new.", "added")
    before = (project / "CHANGELOG.md").read_bytes()
    assert "\n- `a` is new.\n" in build(project, "--draft", "--version", "1.0.0")
    assert (project / "CHANGELOG.md").read_bytes() == before
    assert path.is_file()


def test_build_is_deterministic(project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The same fragments make the same bytes, whatever the order in which they were written."""
    other = tmp_path_factory.mktemp("other") / "project"
    shutil.copytree(project, other)
    entries: list[tuple[str, Kind]] = [
        (f"`m{number}` is {word}.", kind)
        for number, word in enumerate(("new", "gone", "slow", "new"))
        for kind in KINDS
    ]
    for folder, order in ((project, entries), (other, entries[::-1])):
        for text, kind in order:
            write_fragment(folder / "docs/changes", text, kind)
        build(folder, "--yes", "--version", "1.0.0")
    first, second = ((one / "CHANGELOG.md").read_bytes() for one in (project, other))
    assert first == second


def test_misnamed_fragment_fails(project: Path) -> None:
    """A fragment of a kind that is not there ends the build: it would be left out in silence."""
    (project / "docs/changes/+a.feature.md").write_text("`a` is new.\n", encoding="utf-8")
    command = [sys.executable, "-m", "towncrier", "build", "--draft", "--version", "1"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Invalid news fragment name: +a.feature.md" in done.stderr


def test_same_entry_has_the_same_file(tmp_path: Path) -> None:
    """An entry that is written again is the same file, and another entry is another file."""
    folder = tmp_path / "docs/changes"
    first = write_fragment(folder, "`modules.list` takes `provider`.", "added")
    again = write_fragment(folder, "`modules.list` takes `provider`.\n", "added")
    other_kind = write_fragment(folder, "`modules.list` takes `provider`.", "changed")
    other_text = write_fragment(folder, "`modules.list` takes `Provider`.", "added")
    assert first == again
    assert re.fullmatch(r"\+modules-list-takes-provider-[0-9a-f]{12}\.added\.md", first.name)
    assert {*folder.iterdir()} == {first, other_kind, other_text}
    assert len({first, other_kind, other_text}) == 3
    assert first.read_bytes() == b"`modules.list` takes `provider`.\n"


def test_name_of_a_file_ends_with_a_word(tmp_path: Path) -> None:
    """The name of a long entry holds its first words, whole, and that of one without words none."""
    long = write_fragment(tmp_path, "The `git_version` of a registry version may be None.", "fixed")
    assert re.fullmatch(r"\+the-git-version-of-a-registry-version-[0-9a-f]{12}.*", long.name)
    assert re.fullmatch(r"\+[0-9a-f]{12}\.fixed\.md", write_fragment(tmp_path, "…", "fixed").name)


def test_reworded_entry_stays(tmp_path: Path) -> None:
    """A file that a person reworded is not written over when the update runs again."""
    path = write_fragment(tmp_path, "`modules.list` takes `provider`.", "added")
    path.write_text("Filter modules by provider.\n", encoding="utf-8")
    assert write_fragment(tmp_path, "`modules.list` takes `provider`.", "added") == path
    assert path.read_text(encoding="utf-8") == "Filter modules by provider.\n"
    assert list(tmp_path.iterdir()) == [path]


def test_left_over_file_is_passed_over(project: Path) -> None:
    """What a write that was killed leaves behind is no entry, and the next write takes it away."""
    folder = project / "docs/changes"
    path = write_fragment(folder, "`a` is new.", "added")
    left = folder / f".{path.name.split('-')[-1].split('.')[0]}.new"
    path.rename(left)
    assert "is new" not in build(project, "--draft", "--version", "1.0.0")
    assert write_fragment(folder, "`a` is new.", "added") == path
    assert not left.exists()


def test_empty_entry_is_refused(tmp_path: Path) -> None:
    """An entry that says nothing is a fault of the program, and no file."""
    with pytest.raises(ValueError, match="says something"):
        write_fragment(tmp_path, " \n", "added")
    assert list(tmp_path.iterdir()) == []


LIST = "def list(self, *, search_term: str | None = None) -> Iterator[Module]"
CHANGES: dict[str, tuple[Change, Kind, str]] = {
    "argument-added": (
        Change(
            "parameter-added",
            "the query parameter `provider` was added",
            OK,
            python=tuple(
                PythonChange(
                    f"{client}.modules.list",
                    OK,
                    "the argument `provider` is new",
                    LIST,
                    LIST.replace("search_term", "provider: str | None = None, search_term"),
                )
                for client in ("Harness", "AsyncHarness")
            ),
            caller="Nothing: it can be passed from now on.",
        ),
        "added",
        "`modules.list` takes `provider`.",
    ),
    "field-removed": (
        Change(
            "property-removed",
            "the property `synced` was removed",
            BREAK,
            python=(
                PythonChange(
                    "models.Module.synced", BREAK, "is gone", "synced: int | Unset = UNSET"
                ),
            ),
            caller="Code that reads it fails with AttributeError.",
        ),
        "breaking",
        "`models.Module.synced` is gone. Code that reads it fails with AttributeError.",
    ),
    "argument-removed-and-needed": (
        Change(
            "parameter-renamed",
            "the query parameter `search_term` is called `term`",
            BREAK,
            python=(
                PythonChange(
                    "Harness.modules.list",
                    BREAK,
                    "the argument `search_term` is called `term`",
                    "async def list(self, name, *, search_term: str = ...) -> None:",
                    "async def list(self, name, *, term: str) -> None:",
                ),
            ),
        ),
        "breaking",
        "`modules.list` needs `term` and no longer takes `search_term`.",
    ),
    "long-declaration": (
        Change(
            "parameter-added",
            "the query parameter `owner` was added",
            OK,
            python=(
                PythonChange(
                    "Harness.modules.list", OK, "the argument `owner` was added",
                    "def list(*, …) -> Pages[Module]",
                    "def list(*, …, owner: str | Unset = UNSET, …) -> Pages[Module]",
                ),
            ),
        ),
        "added",
        "`modules.list` takes `owner`.",
    ),
    "long-declaration-by-position": (
        Change(
            "parameter-removed",
            "the query parameter `owner` was removed",
            BREAK,
            python=(
                PythonChange(
                    "Harness.modules.list", BREAK, "the argument `owner` is gone",
                    "def list(…, owner=1, …)", "def list(…)",
                ),
            ),
        ),
        "breaking",
        "`modules.list` no longer takes `owner`.",
    ),
    "more-than-arguments": (
        Change(
            "parameter-added",
            "the query parameter `owner` was added",
            BREAK,
            python=(
                PythonChange(
                    "Harness.a", BREAK, "the argument `b` was added; it returns `int`, was `str`",
                    "def a() -> str", "def a(*, b=1) -> int",
                ),
            ),
        ),
        "breaking",
        "`a`: the argument `b` was added; it returns `int`, was `str`.",
    ),
    "positional-argument-needed": (
        Change(
            "parameter-now-required",
            "the parameter `b` is required",
            BREAK,
            python=(
                PythonChange(
                    "Harness.a", BREAK, "`b` is required", "def a(self, b=1, /, c=2)",
                    "def a(self, b, /, c=2)",
                ),
            ),
        ),
        "breaking",
        "`a` needs `b`.",
    ),
    "type-changed": (
        Change(
            "type-widened",
            "the type of `size` went from integer to number",
            BREAK,
            python=(
                PythonChange(
                    "models.Module.size", BREAK, "is `float` and was `int`.", "size: int",
                    "size: float",
                ),
            ),
            caller="It may be 0.5!",
        ),
        "breaking",
        "`models.Module.size`: is `float` and was `int`. It may be 0.5!",
    ),
    "two-names": (
        Change(
            "type-changed",
            "the type of `size` changed",
            BREAK,
            python=(
                PythonChange("models.A.size", BREAK, "is `str`.", "size: int", "size: str"),
                PythonChange("models.B.size", BREAK, "is `str`.", "size: int", "size: str"),
            ),
        ),
        "breaking",
        "`models.A.size`: is `str`; `models.B.size`: is `str`.",
    ),
    "new-model": (
        Change(
            "schema-added",
            "the schema `Tag` was added",
            OK,
            python=(PythonChange("models.Tag", OK, "is new", None, "class Tag"),),
        ),
        "added",
        "`models.Tag` is new.",
    ),
    "many-names": (
        Change(
            "schema-removed",
            "gone",
            BREAK,
            python=tuple(PythonChange(f"models.M{n}", BREAK, "", "class M") for n in range(5)),
        ),
        "breaking",
        "`models.M0` is gone; `models.M1` is gone; `models.M2` is gone; and 2 more.",
    ),
    "default-of-the-server": (
        Change(
            "default-changed",
            "the default of `limit` went from 20 to 50",
            RISK,
            operations=("GET /iacm/api/modules",),
            caller="A page is longer.",
        ),
        "changed",
        "`GET /iacm/api/modules`: the default of `limit` went from 20 to 50. A page is longer.",
    ),
    "deprecated": (
        Change("deprecated", "the operation is deprecated", OK, symbols=("Harness.modules.old",)),
        "deprecated",
        "`modules.old`: the operation is deprecated.",
    ),
    "whole-api": (
        Change("server-changed", "the address of the API changed", RISK),
        "changed",
        "The address of the API changed.",
    ),
    "method-that-is-the-subject": (
        Change("deprecated", "`modules.old` is deprecated", OK, symbols=("Harness.modules.old",)),
        "deprecated",
        "`modules.old` is deprecated.",
    ),
    "field-that-is-the-subject": (
        Change(
            "bound-tightened", "`Module.name`: the length changed from 9 to 5", BREAK,
            symbols=("models.Module.name",),
        ),
        "breaking",
        "`models.Module.name`: the length changed from 9 to 5.",
    ),
    "field-with-the-end-of-the-name": (
        Change("bound-tightened", "`e.name` is short", BREAK, symbols=("models.Module.name",)),
        "breaking",
        "`models.Module.name`: `e.name` is short.",
    ),
    "said-by-python": (
        Change(
            "response-added", "the answer 202 was added", BREAK,
            python=(PythonChange("Harness.a", BREAK, "it returns `A | None`, was `A`"),),
            caller="In Python, it returns `A | None`, was `A`.",
        ),
        "breaking",
        "`a`: it returns `A | None`, was `A`.",
    ),
    "wording-that-python-shows": (
        Change(
            "wording",
            "the title changed",
            OK,
            python=(PythonChange("models.Tag", OK, "is called `Label`", "class A", "class B"),),
        ),
        "added",
        "`models.Tag`: is called `Label`.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_change_is_said_for_users(name: str) -> None:
    """A change is one sentence that names what a user writes, and how bad it is decides where."""
    change, kind, text = CHANGES[name]
    assert name_fragments([change]) == [(kind, text)]


def test_wording_is_left_out() -> None:
    """A change of a description is no news; one that is dangerous is, whatever its rule."""
    quiet = Change("wording", "the description of `name` changed", OK, old=SPOT, new=SPOT)
    loud = Change("wording", "the description of `name` changed", RISK, old=SPOT, new=SPOT)
    assert name_fragments([quiet]) == []
    assert name_fragments([quiet, loud]) == [
        ("changed", "The description of `name` changed."),
    ]


def test_same_sentences_fold() -> None:
    """Changes that say the same are one entry, and the kinds stand in the order of the headings."""
    new, gone = (CHANGES[name][0] for name in ("argument-added", "field-removed"))
    assert name_fragments([new, gone, new, gone]) == [
        CHANGES["field-removed"][1:],
        CHANGES["argument-added"][1:],
    ]


HOSTILE = st.text("a1 `\\*_[]()<>!|~&#-+=.\n\x1b\t", max_size=24) | st.sampled_from(
    ["    indented", "1. one", "1) one", "- a", "+ a", "# a", "=", "&lt;", "[a](b)", "``a`", "`a``"]
)


@given(HOSTILE)
def test_code_shows_every_text(text: str) -> None:
    """A name in code shows as it is, whatever it holds, and marks nothing up."""
    shown = show(f"x {write_code(text)} y")
    line = inert_line(text)
    assert shown == f"x {line} y" or not line.strip(" ")


@given(HOSTILE)
def test_prose_is_inert(text: str) -> None:
    """A sentence of others is a paragraph of text and code: no link, no HTML, no heading."""
    if text.strip():
        markdown = escape_prose(text)
        html = render(markdown)
        assert re.sub("</?(p|code)>", "", html).count("<") == 0
        assert html.startswith("<p>")
        assert html.count("<p>") == 1
        if "`" not in text:
            assert show(markdown) == inert_line(text).strip(" ")


def test_names_of_others_are_inert() -> None:
    """Names from a document come out as text: backticks, brackets, HTML and escapes."""
    name = "a`b[c](https://example.com)<script>\x1b[0m\n- d"
    change = Change(
        "property-removed",
        f"the property `{name}` was removed [x](y)",
        BREAK,
        symbols=(f"models.M.{name}",),
    )
    [(_, text)] = name_fragments([change])
    assert "\n" not in text
    html = render(text)
    assert "<a " not in html
    assert "<script" not in html
    assert "<code>models.M.a`b[c](https://example.com)&lt;script&gt;\\x1b" in html

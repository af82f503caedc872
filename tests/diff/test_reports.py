"""A report in each of its forms: complete, the same each time, and inert whatever it quotes."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import jsonschema_rs
import pytest
from hypothesis import given
from markdown_it import MarkdownIt
from markdown_it.token import Token

from pipeline.diff.change import Cause, Change, Coverage, Report, Severity, Version
from pipeline.diff.report.as_markdown import LIMIT
from pipeline.diff.report.as_text import render_text
from pipeline.diff.report.forms import FORMS, render
from pipeline.diff.report.wording import identify_changes, inert_lines
from pipeline.faults import inert_line
from tests.diff.hostile import ATTACKS, fill, texts
from tests.diff.sample import EMPTY, REPORT, enlarge

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
REPORTS = {"sample": REPORT, "empty": EMPTY, "large": enlarge(500)}
EVERY_ATTACK = "\n".join(ATTACKS)
SPACE = "\u200b"
VOID = {"meta", "link", "input", "rect"}
OF_GITHUB = {
    "mention": r"@\w",
    "reference": r"#\d|(?i:gh)-\d",
    "commit": r"\b[0-9a-f]{7,40}\b",
    "link": r"://|(?i:www)\.",
    "emoji": r":[\w+-]+:",
}
"""What GitHub looks for in the text that Markdown leaves behind."""


class Page(HTMLParser):
    """The elements of a page and the texts in them; fails when one is not closed where it must."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.comments = 0
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember an element."""
        assert len(dict(attrs)) == len(attrs)
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
            self.texts.append((tag, ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember an element of SVG."""
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost element."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Remember text with the element that it is in."""
        self.texts.append((self.open[-1] if self.open else "", data))

    def handle_comment(self, data: str) -> None:
        """Count comments, of which the page has none."""
        self.comments += 1

    def read(self, tag: str) -> list[str]:
        """Return the texts directly in elements of a kind."""
        return [text for kind, text in self.texts if kind == tag and text]


def read_markdown(text: str) -> list[Token]:
    """Parse as GitHub does, as far as our markup goes."""
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)


def flatten(tokens: list[Token]) -> Iterator[Token]:
    """Yield all tokens, those inside of lines too."""
    for token in tokens:
        yield token
        yield from flatten(token.children or [])


def shape(tokens: list[Token]) -> list[tuple[str, str]]:
    """Return the blocks of a document without what is in them."""
    return [(token.type, token.tag) for token in tokens]


@pytest.mark.parametrize("name", REPORTS)
def test_equal_bytes(name: str) -> None:
    """All forms of a report are the same in another process with another order of hashes."""
    script = (
        "import sys; from pipeline.diff.report.forms import FORMS, render;"
        "from tests.diff.sample import *"
        f"; report = {{'sample': REPORT, 'empty': EMPTY, 'large': enlarge(500)}}[{name!r}]"
        "; sys.stdout.buffer.write(''.join(render(report, form) for form in FORMS).encode())"
    )
    found = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
    )
    assert found.stdout.decode() == "".join(render(REPORTS[name], form) for form in FORMS)
    assert found.stderr == b""


def test_text_lines() -> None:
    """A finding stands on one line with place, severity, name and cause; what to do is below."""
    lines = render_text(REPORT).splitlines()
    assert lines[:6] == [
        (
            "spec/openapi.yaml:2214:9: breaking: the property `synced` of `Module` is gone "
            "[models.Module.synced] (upstream; the place is in v0.3.1)"
        ),
        "    Code that reads `module.synced` fails with AttributeError.",
        (
            "overlays/12-operation-ids.overlay.yaml:88:16: breaking: the operation `sync_module` "
            "is now called `synchronize_module` [Harness.modules.sync, "
            "Harness.modules.synchronize] "
            "(overlay overlays/12-operation-ids.overlay.yaml:84:5)"
        ),
        "    Calls of `harness.modules.sync` fail; write `harness.modules.synchronize`.",
        (
            "    Upstream gives two operations the same id; the Terraform provider calls this one "
            "by its full name."
        ),
        (
            "spec/openapi.yaml:2702:7: breaking: the property `system` of `ModuleTestingSettings` "
            "must be given [models.ModuleTestingSettings] (upstream)"
        ),
    ]
    assert lines[-4:] == [
        "v0.3.1 -> working tree: breaking: 3 breaking, 3 dangerous and 3 compatible changes",
        "overlays: 1 conflict, 1 unmatched, 1 redundant and 40 needed of 43 overlay actions",
        (
            "contract: 1,204 of 1,251 parts of the effective spec (96.2 %) are shown by 312 "
            "recorded exchanges"
        ),
        (
            "version: 0.4.0 or later, a minor bump from 0.3.1; 0.3.2.dev0 is declared, which is "
            "too low"
        ),
    ]


def test_text_of_no_change() -> None:
    """Nothing changed is one line."""
    assert render_text(EMPTY) == (
        "v0.3.1 -> v0.3.1: Nothing changed: the API and its Python client are the same in both "
        "states.\n"
    )


def test_text_without_place() -> None:
    """A change that stands nowhere is named after the new state, and its Python is told."""
    python = REPORT.changes[-1].python
    change = Change("rule", "it changed", Severity.DANGEROUS, python=python)
    lines = render_text(replace(EMPTY, changes=[change])).splitlines()
    assert lines[:2] == [
        "v0.3.1: dangerous: it changed (cause unknown)",
        "    Harness.registry.list_versions: the annotation of `prefetch` is narrower",
    ]


def test_color_on_request() -> None:
    """Severities are colored when that is asked for, and nothing else differs."""
    plain, colored = render_text(REPORT), render_text(REPORT, color=True)
    assert "\x1b" not in plain
    assert "\x1b[1;31mbreaking\x1b[0m" in colored
    assert re.sub(r"\x1b\[[\d;]+m", "", colored) == plain


@pytest.mark.parametrize(
    ("version", "sentence"),
    [
        (Version(None, "0.1.0", "0.1.0", "none"), "nothing is released yet; 0.1.0 is declared"),
        (
            Version("1.0.0", "1.0.0", "1.0.0", "none"),
            "no new version is needed after 1.0.0; 1.0.0 is declared",
        ),
        (
            Version("1.0.0", "2.0.0", "2.0.0", "major"),
            "2.0.0 or later, a major bump from 1.0.0; 2.0.0 is declared",
        ),
    ],
)
@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_version(version: Version, sentence: str, form: str) -> None:
    """Each form for people says which version is needed."""
    assert sentence in render(replace(REPORT, version=version), form)


@pytest.mark.parametrize(
    ("covered", "share"), [(0, "0.0 %"), (1999, "99.9 %"), (1998, "99.9 %"), (2000, "100 %")]
)
def test_coverage_is_not_rounded_up(covered: int, share: str) -> None:
    """Only full coverage is 100 %."""
    report = replace(REPORT, coverage=Coverage(covered, 2000, 1))
    assert f"({share}) are shown by 1 recorded exchange" in render(report, "text")
    assert f"({share}) are shown by 1 recorded exchange" in render(report, "html")


@pytest.mark.parametrize("name", REPORTS)
def test_json_is_as_documented(name: str) -> None:
    """What is printed for programs is valid by the schema of docs/, which allows nothing else."""
    schema = json.loads((ROOT / "docs/report.schema.json").read_text(encoding="utf-8"))
    validator = jsonschema_rs.Draft202012Validator(schema)
    report = json.loads(render(REPORTS[name], "json"))
    assert [error.message for error in validator.iter_errors(report)] == []
    report["changes"] = [{"id": "only"}]
    assert not validator.is_valid(report)


def test_json_holds_everything() -> None:
    """The JSON form has each field of a report, with null where a side is not there."""
    report = json.loads(render(REPORT, "json"))
    removed = REPORT.changes[0]
    assert removed.old is not None
    assert report["changes"][0] == {
        "id": identify_changes(REPORT.changes)[0],
        "rule": "property-removed",
        "what": removed.what,
        "severity": "breaking",
        "directions": ["response"],
        "old": {
            "pointer": removed.old.pointer,
            "place": {"file": "spec/openapi.yaml", "line": 2214, "column": 9},
            "value": removed.old.value,
        },
        "new": None,
        "operations": list(removed.operations),
        "resource": "modules",
        "symbols": ["models.Module.synced"],
        "caller": removed.caller,
        "python": [
            {
                "symbol": "models.Module.synced",
                "severity": "breaking",
                "what": "the attribute `synced` is gone",
                "before": "synced: datetime.datetime | None = None",
                "after": None,
            }
        ],
        "cause": {"by": "upstream", "place": None, "reason": None},
    }
    assert report["counts"] == {"breaking": 3, "dangerous": 3, "compatible": 3}
    assert report["verdict"] == "breaking"
    assert report["version"]["bump"] == "minor"
    assert len(report["ledger"]) == len(REPORT.ledger)
    assert report["coverage"]["parts"] == 1251
    assert report["new_operations"] == list(REPORT.new_operations)
    empty = json.loads(render(EMPTY, "json"))
    assert (empty["verdict"], empty["version"], empty["coverage"]) == ("compatible", None, None)


def test_names_of_changes() -> None:
    """A change is named by its kind and place alone, and no two have the same name."""
    names = identify_changes(REPORT.changes)
    assert names[0].startswith("property-removed-")
    assert identify_changes(REPORT.changes[::-1]) == names[::-1]
    reworded = [replace(one, what="other", caller="") for one in REPORT.changes]
    assert identify_changes(reworded) == names
    twice = identify_changes([*REPORT.changes, *REPORT.changes])
    assert len(set(twice)) == 2 * len(names)
    assert twice[: len(names)] == names


def test_markdown_in_order() -> None:
    """Verdict and bump are on top; the worst comes first and the compatible changes are folded."""
    text = render(REPORT, "markdown")
    assert text.startswith("## 🔴 API review: breaking, minor bump\n")
    marks = [
        "### 🔴 Breaking (3)",
        "#### the property `synced` of `Module` is gone",
        (
            "- **Where:** `spec/openapi.yaml:2214:9` in `v0.3.1`, "
            "`#/components/schemas/Module/properties/synced`"
        ),
        "- **Python:** `models.Module.synced`",
        "- **Callers:** Code that reads `module.synced` fails with AttributeError.",
        "```python\n# before\nsynced: datetime.datetime | None = None\n```",
        "- **Cause:** overlay `overlays/12-operation-ids.overlay.yaml:84:5`: Upstream gives two",
        "### 🟠 Dangerous (3)",
        "<details>\n<summary>🟢 Compatible (3)</summary>\n\n#### ",
        "</details>",
        "### Contract: what does not hold",
        "### Overlays to look at",
        "- **conflict** `overlays/44-response-defaults.overlay.yaml:12:5`",
        "- **unmatched**",
        "- **redundant**",
        "40 more are needed as they are.",
        "### New operations of upstream that are not selected",
        "- `GET /iacm/api/modules/{module_id}/usages`",
    ]
    places = [text.find(mark) for mark in marks]
    assert -1 not in places
    assert places == sorted(places)
    assert "descriptions.overlay.yaml" not in text


def test_markdown_of_no_change() -> None:
    """Without changes there is the verdict and nothing to fold."""
    assert render(EMPTY, "markdown") == (
        "## 🟢 API review: compatible\n\n`v0.3.1` → `v0.3.1`: Nothing changed: the API and its "
        "Python client are the same in both states.\n\n"
    )


@pytest.mark.parametrize("count", [50, 130, 500, 3000])
def test_markdown_fits_github(count: int) -> None:
    """A body is never longer than GitHub takes; the least weighty goes, and how much is said."""
    report = enlarge(count)
    text = render(report, "markdown")
    assert len(text.encode()) <= LIMIT
    cut = [int(number) for number in re.findall(r"_(\d+) more are left out", text)]
    shown = [
        len(re.findall(f"\n{block}", text))
        for block in ("#### ", "- `?tests/", "- \\*\\*[cru]", "- `[GP]")
    ]
    # Beside the changes there are one fault, three actions to look at and two operations.
    assert sum(shown) + sum(cut) == count + 1 + 3 + 2
    assert (cut != []) == (count > 100)
    assert cut == [] or len(text.encode()) > LIMIT - 3000
    breaking = sum(one.severity == Severity.BREAKING for one in report.changes)
    worst = text.partition("### 🟠")[0].count("\n#### ")
    assert worst == breaking or (shown[1:] == [0, 0, 0] and cut[0] == breaking - worst)


@pytest.mark.parametrize("length", [1_000, 1_000_000])
def test_markdown_of_long_texts(length: int) -> None:
    """One text, however long, does not take the room of the others."""
    text = render(fill("$" * length), "markdown")
    assert len(text.encode()) <= LIMIT
    assert "Dangerous (1)" in text


@given(texts())
def test_markdown_keeps_its_shape(text: str) -> None:
    """Whatever a document says, the blocks are those of a report that says nothing special."""
    tokens = read_markdown(render(fill(f"x{text}x"), "markdown"))
    assert shape(tokens) == shape(read_markdown(render(fill("x"), "markdown")))
    fences = [token.content for token in tokens if token.type == "fence"]
    shown = [line if len(line) <= 500 else line[:499] for line in inert_lines(text).split("\n")]
    assert all(line in fences[0] for line in shown[1:-1])


@given(texts())
def test_markdown_is_inert(text: str) -> None:
    """No text becomes markup, a link, a mention, a reference, an emoji or mathematics."""
    tokens = list(flatten(read_markdown(render(fill(text), "markdown"))))
    markup = {token.content for token in tokens if token.type in ("html_block", "html_inline")}
    assert markup <= {
        "<details>\n<summary>🟢 Compatible (1)</summary>\n",
        "</details>\n",
        "<span>",
        "</span>",
        "<br>",
    }
    kinds = {token.type for token in tokens}
    assert kinds.isdisjoint({"link_open", "image", "em_open", "s_open", "table_open", "hr"})
    for token in tokens:
        if token.type != "inline":
            continue
        # As the page that GitHub makes of it: markup and code part the text.
        plain = "".join(
            one.content if one.type == "text" else f"\n{one.type} {one.content}\n"
            for one in token.children or []
            if one.type != "code_inline"
        )
        for kind, pattern in OF_GITHUB.items():
            assert re.search(pattern, plain) is None, (kind, plain)
        assert plain.count("$") == plain.count("html_inline <span>\n$")


@given(texts())
def test_text_keeps_its_lines(text: str) -> None:
    """Whatever a document says, a finding is one line and a terminal obeys nothing in it."""
    lines = render_text(fill(f"x{text}x")).split("\n")
    assert len(lines) == len(render_text(fill("x")).split("\n"))
    assert all(map(str.isprintable, lines))
    assert inert_line(f"x{text}x:3:5: breaking: x{text}x [x{text}x, x") in lines[0]


@given(texts())
def test_json_keeps_texts(text: str) -> None:
    """The JSON form is ASCII and gives each text back as it was."""
    printed = render(fill(text), "json")
    assert printed.isascii()
    report = json.loads(printed)
    assert report["changes"][0]["old"]["value"] == {text: [text]}
    assert report["changes"][0]["cause"]["reason"] == text
    assert re.fullmatch("[a-z0-9-]+", report["changes"][0]["id"])


@given(texts())
def test_page_keeps_its_shape(text: str) -> None:
    """Whatever a document says, the page is well formed, holds it as text and runs only its own."""
    page = Page(render(fill(f"x{text}"), "html"))
    model = Page(render(REPORT, "html"))
    assert page.comments == 0
    assert {tag for tag, _ in page.elements} <= {tag for tag, _ in model.elements}
    names = {name for _, attributes in model.elements for name in attributes}
    assert {name for _, attributes in page.elements for name in attributes} <= names
    assert page.read("script") == model.read("script")
    assert page.read("style") == model.read("style")
    shown = inert_lines(f"x{text}")
    assert shown in page.read("code")
    assert shown in [attributes.get("data-resource") for _, attributes in page.elements]


def test_page_of_all_attacks_at_once() -> None:
    """A page full of hostile texts has no element or attribute of theirs."""
    page = Page(render(fill(EVERY_ATTACK), "html"))
    assert "img" not in {tag for tag, _ in page.elements}
    assert not [name for _, attributes in page.elements for name in attributes if name[:2] == "on"]


@pytest.mark.parametrize("name", REPORTS)
def test_page_admits_only_its_own(name: str) -> None:
    """The policy of the page names the digests of the style and the script in it, and no host."""
    page = Page(render(REPORTS[name], "html"))
    [policy] = [
        attributes["content"] or ""
        for tag, attributes in page.elements
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    for tag in ("style", "script"):
        [text] = page.read(tag)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy.split("; ")
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "//" not in re.sub("sha256-[^']+", "", policy)


@pytest.mark.parametrize("name", REPORTS)
def test_page_points_nowhere(name: str) -> None:
    """All links of a page lead into it, to elements that are there once."""
    page = Page(render(REPORTS[name], "html"))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [str(attributes["href"]) for tag, attributes in page.elements if tag == "a"]
    assert links
    assert [link for link in links if link[0] != "#" or link[1:] not in ids] == []
    assert not [tag for tag, attributes in page.elements if "src" in attributes]
    assert not re.search(r"@import|url\(", page.read("style")[0])


def test_page_shows_everything() -> None:
    """Each change, action, fault and operation of the report stands on the page."""
    page = "".join(text for _, text in Page(render(REPORT, "html")).texts)
    for change in REPORT.changes:
        for name in (*change.symbols, *change.operations, change.rule):
            assert name in page
        for spot in (change.old, change.new):
            assert spot is None or (spot.pointer in page and str(spot.place) in page)
        for one in change.python:
            assert not one.before or one.before.splitlines()[0] in page
        assert not change.cause.reason or change.cause.reason in page
    for entry in REPORT.ledger:
        assert entry.target in page
        assert str(entry.place) in page
    for operation in REPORT.new_operations:
        assert operation in page
    assert "0.4.0 or later, a minor bump from 0.3.1" in page


def test_unknown_form() -> None:
    """Only the four forms are known."""
    assert list(FORMS) == ["text", "json", "html", "markdown"]
    with pytest.raises(KeyError):
        render(EMPTY, "pdf")


def test_unknown_cause() -> None:
    """A change between bare documents says that its cause is not known."""
    report = Report("a.yaml", "b.yaml", [replace(REPORT.changes[0], cause=Cause("unknown"))])
    for form in ("text", "markdown"):
        assert "cause unknown" in render(report, form)
    assert "Cause unknown" in render(report, "html")

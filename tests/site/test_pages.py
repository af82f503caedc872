"""The pages hold: links, headings, and the form of what is shown."""

from __future__ import annotations

import configparser
import json
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from harness_nextgen_sandbox import Sandbox
from pipeline.site.links import ask, check_links, list_external
from pipeline.site.pages import Block, Page, read_pages
from tests.site import commands

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs/examples"
PAGES = read_pages(ROOT)
RUN_BY_THEMSELVES = "worked example"
"""The label from which on tests/update/worked_example.py runs the blocks of a page."""
PARSERS: dict[str, Callable[[str], object]] = {
    "ini": lambda text: configparser.ConfigParser().read_string(text),
    "json": json.loads,
    "toml": tomllib.loads,
    "yaml": yaml.safe_load,
}
NOT_PARSED = {
    "": "a drawing or a file's text",
    "hcl": "tests/peers gives it to Terraform",
    "text": "what a program prints",
    "{eval-rst}": "nox -s docs",
    "{toctree}": "nox -s docs",
}


def list_blocks(*languages: str) -> list[tuple[Page, Block]]:
    """Return the blocks of all pages in some languages."""
    return [(page, block) for page in PAGES for block in page.blocks if block.language in languages]


def test_pages_are_found() -> None:
    """All that a reader can come to is read: the README, the guides, the overlays' page."""
    names = {page.name for page in PAGES}
    assert {"README.md", "docs/index.md", "docs/client.md", "overlays/README.md"} <= names
    assert "docs/reference/models.md" in names


def test_links_lead_somewhere() -> None:
    """Every link of every page leads to a file or a heading that is there."""
    assert [str(fault) for fault in check_links(ROOT, PAGES)] == []
    assert list_external(PAGES)


def test_languages_are_known() -> None:
    """Every block says what it is, and each language is checked by something."""
    known = {*PARSERS, *NOT_PARSED, "console", "python"}
    assert {block.language for page in PAGES for block in page.blocks} <= known


def test_data_parses() -> None:
    """Blocks of TOML, INI, JSON and YAML can be read as such."""
    for page, block in list_blocks(*PARSERS):
        try:
            PARSERS[block.language](block.code)
        except (ValueError, configparser.Error, yaml.YAMLError) as error:
            pytest.fail(f"{page.name}:{block.line}: {error}")


def test_labelled_programs_are_parts_of_examples() -> None:
    """A block under the name of an example is a part of that file, which a test runs."""
    faults = [
        f"{page.name}:{block.line}: is no part of docs/examples/{block.label}"
        for page, block in list_blocks("python")
        if block.label and not _is_part(block)
    ]
    assert faults == []


@pytest.mark.harness_sandbox(seed=50)
def test_other_programs_run(harness_sandbox: Sandbox, tmp_path: Path) -> None:
    """A block without a name is a whole program, and runs against the sandbox."""
    programs = [(page, block) for page, block in list_blocks("python") if not block.label]
    assert programs
    for page, block in programs:
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", block.code],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, ""), f"{page.name}:{block.line}"


def test_commands_exist() -> None:
    """Sessions, modules, commands and options of the blocks are those of the programs."""
    faults = [
        f"{page.name}:{block.line}: {fault}"
        for page, block in list_blocks("console")
        if not _runs_by_itself(page, block)
        for fault in commands.find_faults(block.code)
    ]
    assert faults == []


def test_commands_in_sentences_exist() -> None:
    """So are those that a sentence or a table names, as far as it does: `nox -s tests`."""
    faults = [
        f"{page.name}:{inline.line}: {message}"
        for page in PAGES
        for inline in page.inline
        if (message := commands.judge_mention(inline.code))
    ]
    assert faults == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[a](b.md)", "a.md:3: b.md is not there"),
        ("[a](#nothing)", "a.md:3: a.md has no heading #nothing"),
        ("[a](docs/c.md#two)", "a.md:3: docs/c.md has no heading #two"),
        ("[a](docs)", "a.md:3: docs is a folder"),
        ("[a](../a.md)", "a.md:3: ../a.md leaves the repository"),
        ("[a](/a.md)", "a.md:3: /a.md leaves the repository"),
        ("![a](a.png)", "a.md:3: a.png is not there"),
        ("[a](LICENSE#one)", "a.md:3: LICENSE is no page"),
        ("[a]()", "a.md:3: the link is empty"),
        ("[a](http://example.com/)", "a.md:3: http://example.com/ is not https"),
        ("[a](https://example/)", "a.md:3: https://example/ names no host"),
        ("| a |\n|---|\n| [a](b.md) |", "a.md:5: b.md is not there"),
    ],
)
def test_bad_links_are_told(tmp_path: Path, text: str, said: str) -> None:
    """Each kind of a link that leads nowhere is told, with its place."""
    found = _check(tmp_path, text)
    assert len(found) == 1
    assert found[0].startswith(said)


@pytest.mark.parametrize(
    "text",
    [
        "[a](docs/c.md#one-two-and-3)",
        "[a](docs/c.md#one-two-and-3-1)",
        "[a](#title)",
        "[a](LICENSE)",
        "[a](https://example.com/x#y)",
        "`[a](b.md)`",
        "```\n[a](b.md)\n```",
    ],
)
def test_good_links_hold(tmp_path: Path, text: str) -> None:
    """Headings are named as code hosts name them; what is code is no link."""
    assert _check(tmp_path, text) == []


def test_hosts_are_asked(harness_sandbox: Sandbox, tmp_path: Path) -> None:
    """With a network, an address that answers with an error, or not at all, is told."""
    good = f"{harness_sandbox.url}/ui/"
    text = f"[a]({good}) [b]({harness_sandbox.url}/none) [c](http://127.0.0.1:1/)"
    (tmp_path / "a.md").write_text(text, encoding="utf-8")
    said = [str(fault) for fault in ask(list_external(read_pages(tmp_path)))]
    assert [line.split(" answers ")[-1] for line in said[:1]] == ["with 404"]
    assert len(said) == 2
    assert "http://127.0.0.1:1/ cannot be reached" in said[1]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("nox -s nothing", "there is no session nothing"),
        ("python3 -m nox -s update -- new.yaml --nothing", "unrecognized arguments: --nothing"),
        ("python3 -m nox -s diff -- --format html|nothing", "invalid choice: 'nothing'"),
        ("nox -s changelog -- --nothing", "towncrier has no --nothing"),
        ("$ python -m pipeline nothing\nsaid", "invalid choice: 'nothing'"),
        ("python -m harness_nextgen_sandbox --nothing", "unrecognized arguments"),
        ("python -m pipeline.nothing", "there is no module pipeline.nothing"),
        ("cat a && nothing --at all", "nobody here knows this program"),
        ("pip install --nothing x", "pip install has no --nothing"),
        ("pip install 'harness-nextgen[nothing]'", "there is no extra nothing"),
    ],
)
def test_bad_commands_are_told(code: str, said: str) -> None:
    """Each kind of a command that does not exist is told."""
    [fault] = commands.find_faults(code)
    assert said in fault


def _check(root: Path, text: str) -> list[str]:
    (root / "docs").mkdir()
    (root / "LICENSE").write_text("", encoding="utf-8")
    (root / "docs/c.md").write_text("# One, `two` and 3\n\n# One, two and 3\n", encoding="utf-8")
    (root / "a.md").write_text(f"# Title\n\n{text}\n", encoding="utf-8")
    return [str(fault) for fault in check_links(root, read_pages(root))]


def _is_part(block: Block) -> bool:
    file = EXAMPLES / block.label
    return file.is_file() and block.code in file.read_text(encoding="utf-8")


def _runs_by_itself(page: Page, block: Block) -> bool:
    labelled = [one.line for one in page.blocks if one.label == RUN_BY_THEMSELVES]
    return any(line <= block.line for line in labelled) and "$ " in block.code

"""The worked example of docs/update.md is what its commands print."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.update.worked_example import PAGE, lay_out_project, list_commands, make_tools, run


@pytest.mark.once
def test_worked_example_prints_what_the_page_says(tmp_path: Path) -> None:
    """Each command, run in order in a copy of this checkout, prints what stands below it."""
    folder = tmp_path / "project"
    lay_out_project(folder)
    tools = make_tools(tmp_path / "tools")
    commands = list(list_commands(PAGE.read_text(encoding="utf-8")))
    assert len(commands) == 12
    for command, printed in commands:
        assert run(command, folder, tools) == printed, command

"""Starting a new overlay."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.document import parse_document
from pipeline.faults import BadInput
from pipeline.overlay.apply import apply_overlays
from pipeline.overlay.read import read_overlay
from pipeline.overlay.skeleton import create_overlay


def test_a_skeleton_is_valid_and_does_nothing_yet(tmp_path: Path) -> None:
    """The new file is a valid overlay, which strict mode refuses until it is filled."""
    path = create_overlay("error-shape", tmp_path)
    assert path == tmp_path / "error-shape.overlay.yaml"
    overlay = read_overlay(path)
    assert (overlay.title, overlay.minor, len(overlay.actions)) == ("error-shape", 1, 1)
    with pytest.raises(BadInput, match="changes nothing"):
        apply_overlays(parse_document("a: 1\n", "s.yaml"), [overlay], strict=True)


@pytest.mark.parametrize("name", ["123", "1.5", "true", "null", "0x1f", "1e5"])
def test_a_name_that_yaml_would_misread_stays_text(tmp_path: Path, name: str) -> None:
    """A name of digits, or a word of YAML, is a title like any other."""
    assert read_overlay(create_overlay(name, tmp_path)).title == name


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".x", "A", "a b", "x\n", "-x", "é"])
def test_a_name_that_is_unfit_for_a_file_is_refused(tmp_path: Path, name: str) -> None:
    """A name cannot lead out of the folder or break the file."""
    with pytest.raises(BadInput, match="is no name for an overlay: use a-z, 0-9 and"):
        create_overlay(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_never_overwritten(tmp_path: Path) -> None:
    """An overlay that exists stays as it is."""
    path = tmp_path / "mine.overlay.yaml"
    path.write_text("mine")
    with pytest.raises(BadInput) as caught:
        create_overlay("mine", tmp_path)
    assert str(caught.value) == f"{path}: exists: choose another name"
    assert path.read_text() == "mine"


def test_a_folder_that_does_not_exist_is_not_made(tmp_path: Path) -> None:
    """A missing folder is a mistake of the caller's, and is named."""
    with pytest.raises(BadInput) as caught:
        create_overlay("x", tmp_path / "none")
    assert str(caught.value) == (
        f"{tmp_path}/none/x.overlay.yaml: the folder {tmp_path}/none does not exist: "
        "create it, or name another with --folder"
    )


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    """What the system refuses is said in one line."""
    (tmp_path / "file").touch()
    with pytest.raises(BadInput) as caught:
        create_overlay("x", tmp_path / "file")
    assert str(caught.value) == (
        f"{tmp_path}/file/x.overlay.yaml: cannot be written: Not a directory"
    )

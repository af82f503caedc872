"""A small document in, an exact tree out."""

from __future__ import annotations

from pathlib import Path

from pipeline.lock import LOCK_NAME
from pipeline.regenerate import Job
from tests.pipeline.small import run

ROOT = Path(__file__).parents[2]
GOLDEN = Path("tests/pipeline/golden")
REWRITE = (
    f"review and accept with: python -m pipeline regenerate --spec {GOLDEN}/openapi.yaml "
    f"--overlays {GOLDEN}/overlays --output {GOLDEN}/generated --package shelf"
)


def read_tree(folder: Path) -> dict[str, str]:
    """Read a tree but for its lock, which also changes when only the pipeline does."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != LOCK_NAME and "__pycache__" not in path.parts
    }


def test_tree_is_exact(tmp_path: Path) -> None:
    """One field and parameter of each kind come out as the reviewed code."""
    job = Job(
        spec=ROOT / GOLDEN / "openapi.yaml",
        overlays=ROOT / GOLDEN / "overlays",
        output=tmp_path / "out",
        package="shelf",
    )
    run(job)
    wanted, made = read_tree(ROOT / GOLDEN / "generated"), read_tree(job.output)
    assert wanted, REWRITE
    assert made.keys() == wanted.keys(), REWRITE
    for name, text in made.items():
        assert text == wanted[name], f"{name}: {REWRITE}"

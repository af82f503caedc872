"""The surface of a large upstream document is whole."""

from __future__ import annotations

from pathlib import Path

from pipeline.diff.python.changes import compare_python
from pipeline.diff.python.surface import (
    parse_python_surface,
    read_python_surface,
    render_python_surface,
    twins_of,
)
from pipeline.regenerate import Job, regenerate
from tests.client.described import ROOT

OVERLAYS = ROOT / "tests/pipeline/corpus/harness-code/overlays"


def test_surface_of_a_large_document_is_whole(corpus: Path, tmp_path: Path) -> None:
    """Each operation has its methods and its module, and only first forms are written down."""
    job = Job(spec=corpus, overlays=OVERLAYS, output=tmp_path / "out", package="code_client")
    regenerate(job, lambda stage: None)
    surface = read_python_surface(
        tmp_path / "out/code_client", ROOT / "src/harness_nextgen_runtime"
    )
    assert surface["clients"] == ["Client", "AsyncClient"]
    assert len(surface["operations"]) == 73
    assert {len(its) for its in surface["operations"].values()} == {3}
    assert None not in surface["symbols"].values()
    everything = twins_of(surface).list_all()
    assert sum(one.endswith(".asyncio_detailed") for one in everything) == 73
    assert sum(one.startswith("AsyncClient.") for one in surface["symbols"]) == 0
    text = render_python_surface(surface)
    assert parse_python_surface(text, "surface.json") == surface
    assert compare_python(surface, parse_python_surface(text, "surface.json")) == []

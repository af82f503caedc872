"""Memory does not grow with the size of a file; the gigabyte is for ``nox -s load``."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from tests.runtime.file_server import file_server
from tests.runtime.load_files import TRANSFERS, write_file

SIZE = 64 * 1024**2
ALLOWED = 8 * 1024**2


@pytest.mark.parametrize("name", TRANSFERS)
def test_memory_is_flat(tmp_path: Path, name: str) -> None:
    """64 MiB go up and down with less than 8 MiB of memory, the server's included."""
    path = write_file(tmp_path / "large", SIZE)
    with file_server() as server:
        tracemalloc.start()
        try:
            TRANSFERS[name](server.url, path)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < ALLOWED
    if name.startswith("save"):
        assert (tmp_path / "saved").stat().st_size == SIZE

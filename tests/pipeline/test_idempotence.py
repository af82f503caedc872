"""While inputs and outputs hold there is nothing to do; when one changes there is."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline import lock, regenerate, stock
from pipeline.faults import BadInput
from pipeline.lock import LOCK_NAME, SHAPING_RUNTIME, SHAPING_SOURCES, read_lock
from tests.pipeline.small import PACKAGE, action, digest, document, run, run_check, write_project

ROOT = Path(__file__).parents[2]
# Modules that a run imports and that do not shape what it writes.
SHAPELESS = {
    "__init__.py", "__main__.py", "cli.py", "faults.py", "output.py",
    "regenerate_cli.py", "swap.py", "contract/__init__.py", "contract/cli.py", "diff/__init__.py",
    "diff/cli.py", "publish/__init__.py", "publish/cli.py", "update/__init__.py", "update/cli.py",
    "overlay/__init__.py", "overlay/cli.py", "overlay/trace.py", "overlay/validate.py",
    "publish/consume_cli.py", "publish/release_cli.py", "site/__init__.py", "site/cli.py",
}  # fmt: skip

LIST_IMPORTS = """
import sys
from pathlib import Path
from pipeline.cli import main
code = main(sys.argv[1:])
root = Path("pipeline").resolve()
for name, module in sorted(sys.modules.items()):
    if name.startswith("pipeline"):
        print("imported", Path(module.__file__).resolve().relative_to(root).as_posix())
    if name.startswith("harness_nextgen_runtime."):
        print("runtime", Path(module.__file__).name)
print("generator", "openapi_python_client" in sys.modules, code)
"""


def list_imports(folder: Path) -> list[str]:
    """Run the command in a process of its own and list what it imported."""
    done = subprocess.run(
        [
            sys.executable, "-c", LIST_IMPORTS, "regenerate",
            "--spec", str(folder / "openapi.json"), "--overlays", str(folder / "overlays"),
            "--output", str(folder / "out"), "--package", PACKAGE,
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )  # fmt: skip
    return done.stdout.splitlines()


def test_second_run_does_nothing(tmp_path: Path) -> None:
    """A second run finds the client there, and does not even load the generator."""
    job = write_project(tmp_path)
    assert run(job).made is not None
    before = digest(job.output)
    lines = list_imports(tmp_path)
    assert lines[-1] == "generator False 0"
    assert any(line.startswith("nothing to do: ") for line in lines)
    assert digest(job.output) == before


def test_sources_that_shape_are_in_the_lock(tmp_path: Path) -> None:
    """Every module that a run imports is an input in the lock, or known to shape nothing."""
    write_project(tmp_path)
    lines = list_imports(tmp_path)
    assert lines[-1] == "generator True 0"
    imported = {line.removeprefix("imported ") for line in lines if line.startswith("imported ")}
    assert imported - SHAPELESS == set(SHAPING_SOURCES)
    runtime = {line.removeprefix("runtime ") for line in lines if line.startswith("runtime ")}
    assert runtime == set(SHAPING_RUNTIME)
    assert {path.relative_to(ROOT / "pipeline").as_posix()
                         for path in (ROOT / "pipeline").rglob("*.py")} >= SHAPELESS  # fmt: skip


@pytest.mark.parametrize("changed", ["spec", "overlay", "codegen", "package", "allowed"])
def test_changed_input_runs_again(tmp_path: Path, changed: str) -> None:
    """Whatever of the input changes, the client is made again."""
    value = document()
    value["paths"]["/items"]["post"]["responses"]["400"] = {
        "description": "Refused.",
        "content": {"application/problem": {"schema": {"type": "object"}}},
    }
    mend = action(
        "$.paths['/items'].post.responses['400'].content", update={"application/json": {}}
    )
    job = write_project(tmp_path, value)
    (job.spec.parent / "overlays/codegen").mkdir()
    (tmp_path / "overlays/codegen/10-type.overlay.json").write_text(json.dumps(mend))
    run(job)
    assert run(job).made is None
    if changed == "spec":
        job.spec.write_text(job.spec.read_text() + "\n")
    elif changed == "overlay":
        more = action("$.info", update={"contact": {"name": "x"}})
        (tmp_path / "overlays/20-more.overlay.json").write_text(json.dumps(more))
    elif changed == "codegen":
        mend["info"]["version"] = "2"
        (tmp_path / "overlays/codegen/10-type.overlay.json").write_text(json.dumps(mend))
    elif changed == "package":
        job = replace(job, package="other_client")
    else:
        (tmp_path / "overlays/codegen/10-type.overlay.json").unlink()
        job = replace(job, allowed_losses=frozenset({"create_item"}))
    assert run(job).made is not None
    assert run(job).made is None


def test_edit_during_a_run_makes_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock describes what was read, so that an edit made meanwhile is not taken for it."""
    job = write_project(tmp_path)
    read = regenerate.read_document

    def read_and_edit(*arguments: Any, **options: Any) -> Any:
        spec = read(*arguments, **options)
        write_project(tmp_path, document(info={"title": "Another", "version": "2"}))
        return spec

    with monkeypatch.context() as patch:
        patch.setattr(regenerate, "read_document", read_and_edit)
        run(job)
    assert "title: Shop" in (job.output / PACKAGE / "openapi.yaml").read_text()
    assert run(job).made is not None
    assert "title: Another" in (job.output / PACKAGE / "openapi.yaml").read_text()
    assert run(job).made is None


def test_name_that_is_asked_for_no_more_goes(tmp_path: Path) -> None:
    """Without --package after a run with it, the client gets the name of the title."""
    job = replace(write_project(tmp_path), package="other_client")
    run(job)
    job = replace(job, package=None)
    report = run(job)
    assert report.made is not None
    assert report.made.package == PACKAGE
    assert [path.name for path in job.output.iterdir()] == [PACKAGE]
    run_check(job)
    assert run(job).made is None


def test_allowed_loss_is_recorded(tmp_path: Path) -> None:
    """A loss is an error that says what to do; allowing it is written into the lock."""
    value = document()
    value["paths"]["/items"]["post"]["responses"]["400"] = {
        "description": "Refused.",
        "content": {"application/problem": {"schema": {"type": "object"}}},
    }
    job = write_project(tmp_path, value)
    with pytest.raises(BadInput) as caught:
        run(job)
    line = next(number for number, text in enumerate(job.spec.read_text().splitlines(), 1)
                if '"400"' in text)  # fmt: skip
    assert str(caught.value) == (
        f"{job.spec}:{line}:6: response 400 of create_item (POST /items) would be lost: "
        "unsupported content type application/problem; mend it by an overlay: "
        "an 'update' in codegen/ that adds a media type which the generator knows"
    )
    assert not job.output.exists()
    allowed = replace(job, allowed_losses=frozenset({"create_item"}))
    report = run(allowed)
    assert report.made is not None
    assert [loss.subject for loss in report.made.generated.losses] == [
        "response 400 of create_item (POST /items)"
    ]
    held = read_lock(job.output / PACKAGE)
    assert held is not None
    assert held[0]["allowed_losses"] == ["create_item"]


def test_changed_tool_or_source_runs_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another version of the generator, or another source of the pipeline, is another input."""
    job = write_project(tmp_path)
    run(job)
    with monkeypatch.context() as patch:
        patch.setattr(lock, "version", lambda name: "0.0.0")
        assert run(job).made is not None
    assert run(job).made is not None
    assert run(job).made is None
    monkeypatch.setattr(lock, "SHAPING_SOURCES", SHAPING_SOURCES[1:])
    assert run(job).made is not None


def test_changed_stock_template_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An upgrade of the generator that changes a template under ours fails with its name."""
    job = write_project(tmp_path)
    copied = tmp_path / "stock"
    shutil.copytree(stock.find_stock_templates(), copied)
    with (copied / "model.py.jinja").open("a", encoding="utf-8") as file:
        file.write("{# upgraded #}")
    (copied / "client.py.jinja").unlink()
    monkeypatch.setattr(stock, "find_stock_templates", lambda: copied)
    with pytest.raises(BadInput) as caught:
        run(job)
    lines = str(caught.value).splitlines()
    assert [line.partition(":1: ")[2].split(" changed")[0] for line in lines] == [
        "the generator's own client.py.jinja",
        "the generator's own model.py.jinja",
    ]
    assert not job.output.exists()


def test_lock_is_in_the_package(tmp_path: Path) -> None:
    """The lock lists every file of the package but itself."""
    job = write_project(tmp_path)
    run(job)
    held = read_lock(job.output / PACKAGE)
    assert held is not None
    present = set(digest(job.output / PACKAGE)) - {LOCK_NAME}
    assert set(held[1]) == present

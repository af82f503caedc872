"""Write to a sandbox from several threads, kill it meanwhile, and see what the next one has.

Each writer has a module of its own and goes through numbered steps, one request each. Afterwards
the module must be as it was after the last step that was acknowledged, or after the one that was
under way: never in between, and never earlier.
"""

from __future__ import annotations

import io
import signal
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from itertools import count
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

from harness_nextgen import Harness, errors, models
from harness_nextgen.types import File

from tests.sandbox.running import KEY, run_command

WRITERS = 4
MANY = 20
"""How many tags a push has, and files an upload of examples: they come all or none."""
KINDS = ("tags", "archive", "examples", "readme", "metadata")
"""What the steps write, by turns."""
PLACE = ("aws", "1.0.0")


def survive_kill(file: Path, seed: int) -> tuple[int, list[str]]:
    """Write to a sandbox with its state in a file, and kill it after some acknowledgements.

    Returns how many there were, and the modules that the next sandbox has otherwise. The next
    call may use the same file.
    """
    random = Random(seed)
    last, pause = random.randrange(WRITERS, 150), random.uniform(0, 0.005)
    names = [f"kill-{seed}-{number}" for number in range(WRITERS)]
    acknowledged = count(1)
    with run_command("--db", str(file)) as (url, process), ExitStack() as stack:

        def write(harness: Harness, name: str) -> int:
            """Take steps until the sandbox is gone; return how many were acknowledged."""
            for step in count():
                try:
                    take_step(harness, name, step)
                except errors.ConnectionFailedError:
                    return step
                if next(acknowledged) == last:
                    time.sleep(pause)  # so that it comes in the middle of something
                    process.kill()
            raise AssertionError("never reached")

        clients = [stack.enter_context(Harness(KEY, "sandbox", url, max_retries=0)) for _ in names]
        ids = [create(harness, name) for harness, name in zip(clients, names, strict=True)]
        with ThreadPoolExecutor(WRITERS) as pool:
            steps = list(pool.map(write, clients, names))
        assert process.wait() == -signal.SIGKILL
    with run_command("--db", str(file)) as (url, process), Harness(KEY, "sandbox", url) as harness:
        found = [read_state(harness, one) for one in ids]
        process.terminate()
        process.wait()
    check_file(file)
    return sum(steps), [
        f"{name} after {done} steps"
        for name, done, state in zip(names, steps, found, strict=True)
        if state not in (expect_state(done), expect_state(done + 1))
    ]


def create(harness: Harness, name: str) -> str:
    """Create a module with a version; return its id."""
    made = harness.modules.create(models.CreateModuleRequest(name=name, system="aws"))
    harness.onboarding.push_tags(name, "aws", models.PushModuleTagsRequest(tags=["v1.0.0"]))
    return made.id


def take_step(harness: Harness, name: str, step: int) -> None:
    """Make the request of a step."""
    onboarding, content = harness.onboarding, make_content(step)
    match KINDS[step % len(KINDS)]:
        case "tags":
            push = models.PushModuleTagsRequest(tags=make_tags(step))
            onboarding.push_tags(name, "aws", push)
        case "archive":
            onboarding.upload_archive(name, *PLACE, content, content_disposition="attachment")
        case "examples":
            upload = models.ModuleExampleUpload()
            for number in range(MANY):
                upload[f"{number:02}.tf"] = File(io.BytesIO(content))
            onboarding.upload_example(name, *PLACE, upload, path="examples/a")
        case "readme":
            onboarding.upload_readme(name, *PLACE, content)
        case _:
            body = models.PushModuleMetadataRequest(
                metadata="{}", download_url="", git_tag="v1.0.0", examples_paths=[str(step)]
            )
            onboarding.push_metadata(name, *PLACE, body)


def make_content(step: int) -> bytes:
    """Make the file that a step uploads."""
    return f"step {step}\n".encode() * 2000


def make_tags(step: int) -> list[str]:
    """Make the tags that a step pushes."""
    return [f"v{step + 2}.{minor}.0" for minor in range(MANY)]


def expect_state(steps: int) -> dict[str, Any]:
    """Tell what there is of a module after so many steps."""
    state: dict[str, Any] = {**dict.fromkeys(KINDS), "tags": ["v1.0.0"], "examples": []}
    for step in range(steps):
        content = make_content(step)
        match KINDS[step % len(KINDS)]:
            case "tags":
                state["tags"] = state["tags"] + make_tags(step)
            case "examples":
                state["examples"] = [content] * MANY
            case "metadata":
                state["metadata"] = [str(step)]
            case kind:
                state[kind] = content
    return {**state, "versions": [tag.removeprefix("v") for tag in state["tags"]]}


def read_state(harness: Harness, module_id: str) -> dict[str, Any]:
    """Read what there is of a module."""
    modules, registry = harness.modules, harness.registry
    module = modules.get(module_id)
    version = {"version": PLACE[1]}
    source = (str(module.namespace), module.name, *PLACE)

    def download() -> bytes:
        location = str(registry.get_download(*source).location)
        [token] = parse_qs(urlsplit(location).query)["token"]
        return registry.download_archive(*source, token=token).read()

    tree = modules.examples.list(module_id, path="examples", **version)
    files = (
        modules.examples.list(module_id, path="examples/a", **version).items if tree.items else []
    )
    return {
        "tags": modules.list_tags(module_id),
        "versions": module.versions,
        "archive": look(download),
        "examples": [
            modules.examples.get(module_id, path=one.path, **version).read() for one in files
        ],
        "readme": look(lambda: modules.get_readme(module_id, **version).read()),
        "metadata": modules.get_metadata(module_id, **version).examples_paths or None,
    }


def look(read: Callable[[], bytes]) -> bytes | None:
    """Read a file, or find that there is none."""
    try:
        return read()
    except errors.NotFoundError:
        return None


def check_file(file: Path) -> None:
    """Have SQLite check a database that nobody uses; fails when it finds a fault."""
    with closing(sqlite3.connect(file)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []

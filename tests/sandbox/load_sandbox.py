"""Many clients read and write one sandbox at a time, and each checks what it is told.

The sandbox is a process of its own with its state in a file. Each client has modules of its own,
which must always be as it last wrote them; what all of them write together must hold together.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Iterator
from pathlib import Path
from random import Random
from typing import TypeVar

from harness_nextgen import AsyncHarness, Harness, errors, models

from tests.runtime.processes import Line
from tests.sandbox.killing import WRITERS, check_file, survive_kill
from tests.sandbox.running import KEY, run_command

CLIENTS = 64
PLACE = {"scope_org": "load"}
T = TypeVar("T")


class Tally:
    """What all clients count together."""

    def __init__(self, requests: int) -> None:
        self.requests = 0
        self.wrong: list[str] = []
        self._planned = requests

    def goes_on(self) -> bool:
        """Whether there is more to do."""
        return self.requests < self._planned

    def expect(self, *, holds: bool, what: str) -> None:
        """Note what does not hold."""
        if not holds:
            self.wrong.append(what)


class Worker:
    """A client with a connection of its own, and what it knows to be true."""

    def __init__(self, url: str, number: int, tally: Tally) -> None:
        self.harness = AsyncHarness(KEY, "sandbox", url, max_retries=0, timeout=60)
        self.modules: dict[str, models.Module] = {}
        self.tags: set[str] = set()
        self.random = Random(number)
        self.name = f"w{number:02}"
        self.tally = tally
        self._made = 0

    async def work(self, shared: str, contended: str) -> None:
        """Do this and that until all of it is done."""
        choice = {
            self.create: 12, self.update: 12, self.read: 25, self.delete: 4, self.list_own: 6,
            self.list_all: 8, self.send_readme: 8, lambda: self.push_tag(shared): 10,
            lambda: self.read_tags(shared): 5, lambda: self.contend(contended): 10,
        }  # fmt: skip
        while self.tally.goes_on():
            [step] = self.random.choices(list(choice), list(choice.values()))
            try:
                await step()
            except errors.HarnessError as error:
                self.tally.wrong.append(f"{self.name}: {error!r}")

    async def ask(self, call: Awaitable[T]) -> T:
        """Make a request and count it."""
        self.tally.requests += 1
        return await call

    async def create(self) -> None:
        """Create a module of its own."""
        name = f"{self.name}-{self._made:04}"
        body = models.CreateModuleRequest(name=name, **self._write(name))
        made = await self.ask(self.harness.modules.create(body, **PLACE))
        module = await self.ask(self.harness.modules.get(made.id))
        same = made.to_dict().items() <= module.to_dict().items()
        self.tally.expect(holds=same, what=f"{name} is not as it was created")
        self.modules[module.id] = module

    async def update(self) -> None:
        """Replace a module of its own."""
        if module := self._pick():
            written = self._write(module.name)
            body = models.UpdateModuleRequest(name=module.name, **written)
            changed = await self.ask(self.harness.modules.update(module.id, body))
            same = written.items() <= changed.to_dict().items()
            self.tally.expect(holds=same, what=f"{module.name} is not as it was updated")
            self.modules[module.id] = changed

    async def read(self) -> None:
        """Read a module of its own: it is as it was last written."""
        if module := self._pick():
            found = await self.ask(self.harness.modules.get(module.id))
            self.tally.expect(holds=found == module, what=f"{module.name} has changed")

    async def delete(self) -> None:
        """Delete a module of its own: it is not found any more."""
        if module := self._pick():
            await self.ask(self.harness.modules.delete(module.id))
            del self.modules[module.id]
            try:
                await self.ask(self.harness.modules.get(module.id))
            except errors.NotFoundError:
                return
            self.tally.wrong.append(f"{module.name} is there after it was deleted")

    async def list_own(self) -> None:
        """Walk over all modules of its own, page by page: they are these, and in order."""
        found: list[models.Module] = []
        pages = self.harness.modules.list(search_term=f"{self.name}-", limit=10).pages()
        async for page in pages:
            self.tally.requests += 1
            found += page.items
        own = sorted(self.modules.values(), key=lambda module: module.name)
        self.tally.expect(holds=found == own, what=f"{self.name}: a list of {len(found)} is wrong")

    async def list_all(self) -> None:
        """Read a page of the modules of all: each is one that somebody wrote, and whole."""
        page = self.random.randrange(1, 4)
        listing = self.harness.modules.with_raw_response.list(page=page, limit=30)
        answer = await self.ask(listing)
        found = answer.parse()
        total = int(answer.headers["x-total-items"])
        size = min(max(total - 30 * (page - 1), 0), 30)
        self.tally.expect(holds=len(found) == size, what=f"{len(found)} modules, not {size}")
        torn = [module.name for module in found if module.description != module.tags]
        self.tally.expect(holds=not torn, what=f"{torn} are half written")
        names = [module.name for module in found]
        ordered = names == sorted(names) and len(set(names)) == len(names)
        self.tally.expect(holds=ordered, what=f"a page is not in order: {names}")

    async def send_readme(self) -> None:
        """Upload a README to a module of its own and read it back."""
        if module := self._pick():
            text = f"# {self._write(module.name)['tags']}\n".encode() * 50
            place = (module.name, module.system, "1.0.0")
            await self.ask(self.harness.onboarding.upload_readme(*place, text, **PLACE))
            self.tally.requests += 1
            found = await self.harness.modules.get_readme(module.id, version="1.0.0").read()
            self.tally.expect(holds=found == text, what=f"the README of {module.name} is wrong")
            self.modules[module.id] = await self.ask(self.harness.modules.get(module.id))

    async def push_tag(self, shared: str) -> None:
        """Add a tag to the module that all add tags to."""
        tag = f"v{int(self.name[1:])}.{len(self.tags)}.0"
        body = models.PushModuleTagsRequest(tags=[tag])
        await self.ask(self.harness.onboarding.push_tags("shared", "aws", body))
        self.tags.add(tag)

    async def read_tags(self, shared: str) -> None:
        """Read the tags of the shared module: its own are among them."""
        found = await self.ask(self.harness.modules.list_tags(shared))
        lost = self.tags - set(found)
        self.tally.expect(holds=not lost, what=f"the tags {lost} are lost")

    async def contend(self, contended: str) -> None:
        """Replace the module that all replace: the answer is as it was written here."""
        written = self._write(self.name)
        body = models.UpdateModuleRequest(name="contended", **written)
        answer = await self.ask(self.harness.modules.update(contended, body))
        same = written.items() <= answer.to_dict().items()
        self.tally.expect(holds=same, what=f"{self.name}: the answer has another one's fields")

    def _write(self, name: str) -> dict[str, str]:
        """Make fields that nobody else writes, and that show whether they were written together."""
        self._made += 1
        text = f"{name} {self.name} {self._made}"
        return {"system": "aws", "description": text, "tags": text}

    def _pick(self) -> models.Module | None:
        return self.random.choice(list(self.modules.values())) if self.modules else None


async def race(workers: list[Worker], number: int) -> None:
    """Let all create the same module at once, and all delete it: one of them does each."""
    tally = workers[0].tally
    body = models.CreateModuleRequest(name=f"race-{number}", system="aws")
    made = await asyncio.gather(
        *[worker.ask(worker.harness.modules.create(body)) for worker in workers],
        return_exceptions=True,
    )
    won = [one for one in made if isinstance(one, models.CreateModuleResponse)]
    lost = sum(isinstance(one, errors.ConflictError) for one in made)
    counts = (len(won), lost)
    expected = (1, len(workers) - 1)
    tally.expect(holds=counts == expected, what=f"{counts} created and were refused")
    if not won:
        return
    gone = await asyncio.gather(
        *[worker.ask(worker.harness.modules.delete(won[0].id)) for worker in workers],
        return_exceptions=True,
    )
    counts = (gone.count(None), sum(isinstance(one, errors.NotFoundError) for one in gone))
    tally.expect(holds=counts == expected, what=f"{counts} deleted and did not find it")


async def run_load(url: str, requests: int) -> tuple[Tally, list[Worker], float]:
    """Run all clients until so many requests are made; return what they know, and the seconds."""
    tally = Tally(requests)
    workers = [Worker(url, number, tally) for number in range(CLIENTS)]
    modules = workers[0].harness.modules
    shared, contended = [
        await modules.create(models.CreateModuleRequest(name=name, system="aws"))
        for name in ("shared", "contended")
    ]
    begin = time.perf_counter()
    for number in range(requests // 1000):
        await race(workers, number)
    await asyncio.gather(*[worker.work(shared.id, contended.id) for worker in workers])
    seconds = time.perf_counter() - begin
    for worker in workers:
        await worker.harness.aclose()
    return tally, workers, seconds


def check_end(url: str, workers: list[Worker], tally: Tally) -> None:
    """Compare what is there in the end with what the clients know."""
    with Harness(KEY, "sandbox", url) as harness:
        found = {module.name: module for module in harness.modules.list(limit=100)}
    shared, contended = found.pop("shared"), found.pop("contended")
    own = {module.name: module for worker in workers for module in worker.modules.values()}
    tally.expect(holds=found == own, what=f"{len(found)} modules in the end, not {len(own)}")
    tags = {tag for worker in workers for tag in worker.tags}
    versions = sorted(f"v{version}" for version in shared.versions or ())
    tally.expect(holds=versions == sorted(tags), what=f"{len(versions)} tags, not {len(tags)}")
    whole = contended.description == contended.tags
    tally.expect(holds=whole, what="the contended module is half written")


def measure_sandbox(requests: int, kills: int) -> Iterator[Line]:
    """Run the clients against a sandbox, then kill one again and again."""
    yield measure_clients(requests)
    yield measure_kills(kills)


def measure_clients(requests: int) -> Line:
    """Run the clients against a sandbox, which is started anew in the end."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "load.db")
        with run_command("--db", str(file)) as (url, process):
            tally, workers, seconds = asyncio.run(run_load(url, requests))
            check_end(url, workers, tally)
            process.terminate()
            process.wait()
        with run_command("--db", str(file)) as (url, process):
            check_end(url, workers, tally)
            process.terminate()
            process.wait()
        check_file(file)
    first = f", first: {tally.wrong[0]}" if tally.wrong else ""
    return Line(
        f"{CLIENTS} clients, one sandbox",
        f"{tally.requests:,} requests, {tally.requests / seconds:,.0f} a second, "
        f"{len(tally.wrong)} wrong{first}",
        f"{requests:,} requests, 0 wrong",
        not tally.wrong and tally.requests >= requests,
    )


def measure_kills(kills: int) -> Line:
    """Kill a sandbox under several writers, and start another on the same file."""
    steps = 0
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(kills):
            more, found = survive_kill(Path(folder, "kill.db"), seed)
            steps += more
            wrong += found
    first = f", first: {wrong[0]}" if wrong else ""
    return Line(
        f"{WRITERS} writers, {kills} kills",
        f"{steps:,} writes acknowledged, {len(wrong)} modules lost or torn{first}",
        "0 lost or torn",
        not wrong and steps > kills,
    )

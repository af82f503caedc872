"""Fuzz the sandbox with schemathesis: ``python -m tests.sandbox.fuzz.run``, or ``nox -s fuzz``.

schemathesis runs in a process of its own against a sandbox on a loopback port, and all of its
phases and checks are on; ``schemathesis.toml`` and ``hooks.py`` tell what is left out, and why.
Ends with a table of what ran. Exit 1 when something was found, 2 for bad usage.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

from harness_nextgen_sandbox.clock import parse_start
from harness_nextgen_sandbox.seeds import fill
from tests.client.described import ROOT, list_operations
from tests.sandbox.running import run_sandbox

HERE = Path(__file__).parent
SPEC = ROOT / "generated/harness_nextgen/openapi.yaml"
MODULES = 60
"""How many modules the sandbox has at the start."""
ALL_PHASES = "examples,coverage,fuzzing,stateful"
TURNS = 20
"""How often schemathesis is run at most. It ends stateful tests early, when the same steps have
another outcome than before, as they must have where there is a state; then it is run again."""


@dataclass(slots=True)
class Report:
    """What a run did: requests by phase, answers by operation, and what was made of them."""

    exit_code: int = 0
    output: str = ""
    phases: Counter[str] = field(default_factory=Counter[str])
    scenarios: int = 0
    """Stateful tests, each of several requests."""
    modes: Counter[str] = field(default_factory=Counter[str])
    """Requests that are valid, "positive", and those that are wrong on purpose, "negative"."""
    answers: dict[str, Counter[int]] = field(default_factory=dict[str, Counter[int]])
    """By operationId: how often each status came."""
    other_methods: Counter[int] = field(default_factory=Counter[int])
    """Statuses of requests with a method that the path does not have."""
    checks: Counter[str] = field(default_factory=Counter[str])
    left_out: Counter[str] = field(default_factory=Counter[str])
    """By operationId: failures that hooks.py allows."""
    after_deletion: int = 0
    """Requests to read what the same stateful test had deleted, or what was part of it."""
    links: set[str] = field(default_factory=set[str])
    """Links that were followed with values from an earlier answer."""
    known_links: int = 0
    peers: Counter[int] = field(default_factory=Counter[int])
    """Statuses that another account got for what is not its own."""

    @property
    def succeeded(self) -> set[str]:
        """The operations that had a success."""
        return {
            name for name, found in self.answers.items() if any(200 <= one < 300 for one in found)
        }


def fuzz(seed: int, examples: int, scenarios: int, *, show: bool = False) -> Report:
    """Fuzz a new sandbox; the same arguments do the same in every run.

    Each operation gets so many ``examples`` in the phase ``fuzzing``, and all together so many
    ``scenarios`` in ``stateful``; the other phases go through what the spec has. ``show`` prints
    while it runs.
    """
    report = Report()
    with (
        tempfile.TemporaryDirectory() as folder,
        run_sandbox(seed=0, clock=parse_start("2026-01-01")) as running,
    ):
        fill(running.store, MODULES)
        # An option for the number of examples would give way to the file, so the file has it.
        config = Path(folder) / "schemathesis.toml"
        numbers = {"fuzzing": examples, "stateful": scenarios}
        added = [f"phases.{name}.generation.max-examples = {numbers[name]}\n" for name in numbers]
        text = (HERE / config.name).read_text(encoding="utf-8")
        config.write_text("".join([*added, text]), encoding="utf-8")
        run_schemathesis(report, running.url, config, seed, ALL_PHASES, show=show)
        for turn in range(1, TURNS):
            if report.exit_code or report.scenarios >= scenarios:
                break
            run_schemathesis(report, running.url, config, seed + turn, "stateful", show=show)
    return report


def run_schemathesis(
    report: Report, url: str, config: Path, seed: int, phases: str, *, show: bool
) -> None:
    """Run schemathesis once, and add to the report what it did."""
    events = config.with_name(f"{seed}.ndjson")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--no-color", "--config-file", config),
            *("run", SPEC, "--url", url, "--phases", phases, "--seed", str(seed)),
            *("--report", "ndjson", "--report-ndjson-path", events),
        ],
        cwd=config.parent,  # where Hypothesis leaves files
        env=os.environ
        | {
            "NO_PROXY": "127.0.0.1",
            "SANDBOX_URL": url,
            "SANDBOX_USERS": str(HERE / "users.json"),
            "SCHEMATHESIS_HOOKS": str(HERE / "hooks.py"),
        },
        stdout=None if show else subprocess.PIPE,
        stderr=None if show else subprocess.STDOUT,
        text=True,
        check=False,
    )
    report.exit_code = done.returncode
    report.output += done.stdout or ""
    if events.exists():
        with events.open(encoding="utf-8") as lines:
            read_events(report, lines)


def read_events(report: Report, lines: Iterator[str]) -> None:
    """Add to a report what the events of schemathesis tell."""
    names = {(one.method, one.path): one.id for one in list_operations()}
    for line in lines:
        [(kind, event)] = json.loads(line).items()
        if kind == "PhaseStarted" and event["phase"]["name"] == "stateful" and event["payload"]:
            report.known_links = event["payload"]["transitions_total"]
        if kind == "ScenarioFinished":
            report.scenarios += event["phase"] == "stateful"
            add_scenario(report, event["phase"], event["recorder"], names)


def add_scenario(
    report: Report, phase: str, recorder: dict[str, Any], names: dict[tuple[str, str], str]
) -> None:
    """Add the requests that belong together."""
    deleted: set[str] = set()
    for key, case in recorder.get("cases", {}).items():
        interaction = recorder["interactions"].get(key) or {}
        status: int = (interaction.get("response") or {}).get("status_code", 0)
        value = case["value"]
        name = names.get((value["method"], value["path"]))
        url = interaction["request"]["uri"].partition("?")[0]
        if value["method"] == "GET":
            report.after_deletion += any(f"{url}/".startswith(f"{one}/") for one in deleted)
        if value["method"] == "DELETE" and 200 <= status < 300:
            deleted.add(url)
        report.phases[phase] += 1
        if "meta" in value:
            report.modes[value["meta"]["generation"]["mode"]] += 1
        if interaction["request"]["headers"].get("x-api-key") == ["pat.other.token.secret"]:
            report.peers[status] += 1
        elif name:
            report.answers.setdefault(name, Counter())[status] += 1
        else:
            report.other_methods[status] += 1
        if case["is_transition_applied"]:
            report.links.add(case["transition"]["id"])
        report.checks.update(check["name"] for check in recorder["checks"].get(key, ()))
        report.left_out[name or ""] += recorder.get("filtered_failures", {}).get(key, 0)


def write_table(report: Report) -> Iterator[str]:
    """Write what ran, line by line."""
    yield f"{'operation':34} {'requests':>8} {'2xx':>6} {'4xx':>6} {'5xx':>6}  left out"
    for name, found in sorted(report.answers.items()):
        classes = Counter[int]()
        for status, number in found.items():
            classes[status // 100] += number
        counts = " ".join(f"{classes[digit]:6}" for digit in (2, 4, 5))
        yield f"{name:34} {found.total():8} {counts}  {report.left_out[name] or ''}".rstrip()
    yield ""
    for phase, number in report.phases.items():
        yield f"{phase:34} {number:8} requests"
    yield f"{'valid':34} {report.modes['positive']:8} requests"
    yield f"{'wrong on purpose':34} {report.modes['negative']:8} requests"
    yield f"{'stateful tests':34} {report.scenarios:8}"
    yield f"{'reads of what was deleted':34} {report.after_deletion:8}"
    yield f"{'operations':34} {len(report.succeeded):8} of {len(list_operations())} with a success"
    yield f"{'links':34} {len(report.links):8} of {report.known_links} followed"
    yield f"{'sent as another account':34} {report.peers.total():8} requests"
    yield f"{'checks':34} {len(report.checks):8} made {report.checks.total():,} times"


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        """Leave with 2."""
        self.exit(2, f"{self.prog}: {message} (--help lists the options)\n")


def read_number(text: str) -> int:
    """Read a number from 1."""
    if not (text.isascii() and text.isdecimal() and 0 < int(text) < 2**32):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1")
    return int(text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz, and print what ran."""
    parser = _Parser(prog="python -m tests.sandbox.fuzz.run", description=__doc__)
    add = parser.add_argument
    add("--seed", type=read_number, metavar="N", help="repeats a run; default: a new one")
    add(
        "--examples",
        type=read_number,
        default=100,
        metavar="N",
        help="for each operation, and scenarios of several; default: 100",
    )
    asked = parser.parse_args(arguments)
    if find_spec("schemathesis") is None:
        parser.error("schemathesis is missing: nox -s fuzz installs it")
    seed: int = asked.seed or int.from_bytes(os.urandom(3)) + 1
    print(f"--seed {seed} --examples {asked.examples}", flush=True)
    report = fuzz(seed, asked.examples, asked.examples, show=True)
    print("\n".join(write_table(report)))
    print(f"repeat it with --seed {seed} --examples {asked.examples}")
    return 0 if report.exit_code == 0 and len(report.succeeded) == len(list_operations()) else 1


if __name__ == "__main__":
    sys.exit(main())

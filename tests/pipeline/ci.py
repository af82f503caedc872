"""Read the CI of this repository, and run its scripts where a foreign document is made up."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").iterdir())
PIPELINES = sorted((ROOT / ".harness").glob("*.yaml"))
TRIGGERS = sorted((ROOT / ".harness/triggers").iterdir())
SCRIPTS = sorted(path for path in (ROOT / ".ci").iterdir() if path.name != "run")
SYSTEMS = ("github", "harness")

System = Literal["github", "harness"]


def read(path: Path) -> dict[Any, Any]:
    """Return what a file in YAML says; ``on`` is True in YAML 1.1, which PyYAML reads."""
    value: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return value


def list_steps(path: Path) -> list[dict[str, Any]]:
    """Return the steps of a pipeline of Harness, in their order."""
    stages = read(path)["pipeline"]["stages"]
    flat = [one for item in stages for one in item.get("parallel", [item])]
    return [
        item["step"]
        for one in flat
        for item in one["stage"]["spec"]["execution"]["steps"]
    ]  # fmt: skip


def list_scripts(path: Path) -> list[str]:
    """Return the shell scripts of a workflow of GitHub or a pipeline of Harness."""
    if path in WORKFLOWS:
        jobs = read(path)["jobs"].values()
        return [step["run"] for job in jobs for step in job["steps"] if "run" in step]
    return [step["spec"]["command"] for step in list_steps(path)]


def find_script(system: System, name: str) -> str:
    """Return the script of the step of the update that has a name."""
    if system == "github":
        jobs = read(ROOT / ".github/workflows/update.yaml")["jobs"].values()
        steps = [step for job in jobs for step in job["steps"]]
        [script] = [step["run"] for step in steps if step.get("name") == name]
    else:
        steps = list_steps(ROOT / ".harness/update.yaml")
        [script] = [step["spec"]["command"] for step in steps if step["name"] == name]
    return str(script)


def find_sessions(script: str) -> set[str]:
    """Return the sessions of nox that a script runs, and those of the scripts that it calls."""
    found: set[str] = set()
    for line in script.splitlines():
        code = line.split("# ")[0]
        for command in re.findall(r"python -m nox -s ([^;|&]*)", code):
            found.update(command.split(" -- ")[0].split())
        for name in re.findall(r"\.ci/([\w-]+)", code):
            found |= find_sessions((ROOT / ".ci" / name).read_text(encoding="utf-8"))
    return found


# What stands for the real command: it writes what that writes, and ends as that ends.
_TAKE = """
import sys
from pathlib import Path

document, option, report, *limit = sys.argv[1:]
assert option == "--report"
assert limit == ["--max-bytes", "100000000"]  # as much as is fetched
text = Path(document).read_text()
if text.startswith("bad"):
    sys.exit(2)
if text.startswith("ill-fitting"):
    Path(report).write_text("# Report\\n")
    sys.exit(1)
Path("spec/openapi.yaml").write_text(text)
Path("generated/client.py").write_text(f"# {text}")
Path("left-over.txt").write_text("not part of the update")
if not text.startswith("same"):
    Path("docs/changes/+list.added.md").write_text("`list` takes `x`.\\n")
Path(report).write_text("line\\n" * 20000 if "long" in text else "# Report\\n\\n`list` is new.\\n")
sys.exit(1 if text.startswith("breaking") else 0)
"""
_NOXFILE = """
import nox

@nox.session(python=False)
def update(session):
    session.run("python", "take.py", *session.posargs)
"""
_GH = """#!/bin/sh
echo "$*" >> "$GH_LOG"
case "$1 $2" in
  "pr list") echo "$GH_STANDING" ;;
  "pr create") while [ "$1" != --body-file ]; do shift; done; cp "$2" "$GH_LOG.body" ;;
esac
"""


@dataclass
class Stage:
    """A repository on a server, a program that stands for ``gh``, and room for the runs."""

    folder: Path
    system: System
    standing: int = 0
    """How many pull requests there are for the branch that are not merged."""

    @property
    def origin(self) -> Path:
        return self.folder / "origin.git"

    @property
    def checkout(self) -> Path:
        """Where the generator runs."""
        return self.folder / "checkout"

    @property
    def update(self) -> Path:
        """Where the update is laid down for the pull request."""
        return (
            self.folder / "runner/update" if self.system == "github" else self.checkout / ".update"
        )

    @property
    def calls(self) -> list[str]:
        """What ``gh`` was called with."""
        log = self.folder / "gh.log"
        return log.read_text(encoding="utf-8").splitlines() if log.exists() else []

    @property
    def body(self) -> str:
        """The text of the pull request."""
        return (self.folder / "gh.log.body").read_text(encoding="utf-8")

    @property
    def output(self) -> str:
        """What the job said to the next one."""
        return (self.folder / "output").read_text(encoding="utf-8")

    @property
    def jobs(self) -> list[Path]:
        """The checkouts of the jobs that opened a pull request."""
        return sorted(self.folder.glob("job-*"))

    def copy(self, folder: Path) -> Stage:
        """Return the same, standing in another folder."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        made = Stage(folder, self.system, self.standing)
        made.git(made.checkout, "remote", "set-url", "origin", str(made.origin))
        return made

    def build(self) -> None:
        """Lay the repository out."""
        bin_folder = self.folder / "bin"
        bin_folder.mkdir()
        (bin_folder / "gh").write_text(_GH, encoding="utf-8")
        (bin_folder / "gh").chmod(0o755)
        (self.folder / "runner").mkdir()
        (self.folder / "output").touch()
        self.git(self.folder, "init", "--quiet", "--bare", "--initial-branch=main", "origin.git")
        self.clone("checkout")
        files = {
            "spec/openapi.yaml": "same\n",
            "generated/client.py": "# same\n",
            "docs/changes/README.md": "# News\n",
            "noxfile.py": _NOXFILE,
            "take.py": _TAKE,
        }
        files |= {f".ci/{path.name}": path.read_text(encoding="utf-8") for path in SCRIPTS}
        for name, text in files.items():
            path = self.checkout / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            path.chmod(0o755 if name.startswith(".ci/") else 0o644)
        self.git(self.checkout, "switch", "--quiet", "--create", "main")
        self.commit("Begin")

    def commit(self, message: str) -> None:
        """Commit what is in the checkout and push it to main."""
        self.git(self.checkout, "add", "--all")
        self.git(
            self.checkout, "-c", "user.name=a", "-c", "user.email=a@example.com", "commit",
            "--quiet", "--message", message,
        )  # fmt: skip
        self.git(self.checkout, "push", "--quiet", "origin", "main")

    def clone(self, name: str) -> Path:
        """Make a checkout of the repository as a new job has it."""
        self.git(self.folder, "clone", "--quiet", str(self.origin), name)
        return self.folder / name

    def git(self, folder: Path, *arguments: str) -> str:
        """Run git in a folder and return what it printed."""
        done = subprocess.run(
            ["git", *arguments], cwd=folder, env=self._environ(), capture_output=True, text=True,
            check=True,
        )  # fmt: skip
        return done.stdout.strip()

    def branches(self) -> list[str]:
        """Return the branches on the server."""
        return self.git(self.origin, "branch", "--format=%(refname:short)").split()

    def make(self, document: str) -> subprocess.CompletedProcess[str]:
        """Run the step that makes the update of a document."""
        folder = self.folder / "runner" if self.system == "github" else self.checkout / ".update"
        folder.mkdir(exist_ok=True)
        (folder / "upstream.yaml").write_text(document, encoding="utf-8")
        script = find_script(self.system, "Make the update")
        # What is needed is there; a test asks no index.
        return self._run(script.replace("python -m pip install nox\n", ""), self.checkout)

    def propose(self) -> subprocess.CompletedProcess[str]:
        """Run the step that opens the pull request, where its system runs it."""
        job = self.checkout
        if self.system == "github":
            job = self.clone(f"job-{len(self.jobs)}")
        return self._run(find_script(self.system, "Open the pull request"), job)

    def _run(self, script: str, folder: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-e", "-c", script], cwd=folder, env=self._environ(), capture_output=True,
            text=True, check=False,
        )  # fmt: skip

    def _environ(self) -> dict[str, str]:
        python = str(Path(sys.executable).parent)
        return {
            "PATH": os.pathsep.join([str(self.folder / "bin"), python, os.environ["PATH"]]),
            "HOME": str(self.folder),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "RUNNER_TEMP": str(self.folder / "runner"),
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "REPOSITORY_URL": self.origin.as_uri(),
            "GH_LOG": str(self.folder / "gh.log"),
            "GH_STANDING": str(self.standing),
        }

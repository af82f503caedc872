"""A public index that offers our name in version 99, and a private one beside it, on loopback."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Generator, Iterable, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline.publish.loopback import start_index

PAGE = Path(__file__).parents[2] / "docs" / "install.md"
CLIENT = "harness-nextgen"
OURS = "1.0.0"
DECOY = "99.0.0"
NEEDS = {"attrs": "26.1.0", "httpx": "0.28.1"}
NOWHERE = "http://127.0.0.1:9/simple/"
"""An address at which nobody listens (the discard port)."""
_ADDRESS = "https://packages.example.com/simple/"
_VERSION = "0.1.0"
_DIGEST = "0123456789abcdef" * 4


@dataclass(frozen=True, slots=True)
class Market:
    """The indexes, by where installers look."""

    private: str
    """Has ours, and nothing else."""
    handing_on: str
    """Has ours, and hands on what the public one has for all other names."""
    public: str
    """Has version 99 of our name, our version with other bytes, and what ours needs."""
    wheel: Path
    """Ours."""

    @property
    def version(self) -> str:
        """The version of ours."""
        return self.wheel.name.split("-")[1]


@contextmanager
def open_market(
    folder: Path, wheel: Path | None = None, needs: Sequence[Path] = ()
) -> Generator[Market]:
    """Start the indexes; ``wheel`` and what it ``needs`` are small ones unless they are given."""
    shops = {name: folder / name / "packages" for name in ("private", "handing_on", "public")}
    for shop in shops.values():
        shop.mkdir(parents=True)
    ours = wheel or write_wheel(folder, CLIENT, OURS, requires=NEEDS, note="ours")
    for name in ("private", "handing_on"):
        (shops[name] / ours.name).write_bytes(ours.read_bytes())
    version = ours.name.split("-")[1]
    # A build number makes it the better one of two files of the same version.
    for offered in (DECOY, f"{version}-9"):
        write_wheel(shops["public"], CLIENT, offered, requires=NEEDS, note="decoy")
    for path in needs:
        (shops["public"] / path.name).write_bytes(path.read_bytes())
    if not needs:
        for name, newest in NEEDS.items():
            write_wheel(shops["public"], name, newest)
    with ExitStack() as stack:
        private = stack.enter_context(start_index(folder / "private"))
        public = stack.enter_context(start_index(folder / "public"))
        handing_on = stack.enter_context(
            start_index(folder / "handing_on", fallback=public.simple_url)
        )
        yield Market(private.simple_url, handing_on.simple_url, public.simple_url, ours)


def write_wheel(
    folder: Path,
    name: str,
    version: str,
    requires: Iterable[str] = (),
    note: str = "",
) -> Path:
    """Write a wheel with one module, which holds a note; a version may have a build number."""
    module = name.replace("-", "_")
    path = folder / f"{module}-{version}-py3-none-any.whl"
    version = version.partition("-")[0]
    stem = f"{module}-{version}"
    metadata = f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n"
    metadata += "".join(f"Requires-Dist: {one}\n" for one in requires)
    kind = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    contents = {
        f"{module}/__init__.py": f"NOTE = {note!r}\n",
        f"{stem}.dist-info/METADATA": metadata,
        f"{stem}.dist-info/WHEEL": kind,
    }
    record = f"{stem}.dist-info/RECORD"
    with zipfile.ZipFile(path, "w") as archive:
        for member, text in contents.items():
            archive.writestr(zipfile.ZipInfo(member), text)  # the same bytes at any time
        lines = [f"{member},sha256={_digest(text)}," for member, text in contents.items()]
        archive.writestr(zipfile.ZipInfo(record), "\n".join([*lines, f"{record},,", ""]))
    return path


def _digest(text: str) -> str:
    raw = hashlib.sha256(text.encode()).digest()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def read_block(name: str) -> str:
    """Return a block of the page as it is there."""
    page = PAGE.read_text(encoding="utf-8")
    [block] = re.findall(rf"<!-- {re.escape(name)} -->\n```\w+\n(.*?)```", page, re.DOTALL)
    return str(block)


def point(block: str, url: str, wheel: Path) -> str:
    """Put a real address into a block; and the version and the digest, where it has them."""
    assert _ADDRESS in block
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    version = wheel.name.split("-")[1]
    return (
        block.replace(_ADDRESS, url)
        .replace(f"=={_VERSION}", f"=={version}")
        .replace(_DIGEST, digest)
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is installed: an environment, a home, and nothing of this machine."""

    folder: Path

    @property
    def python(self) -> Path:
        """The interpreter of the environment."""
        return self.folder / "project" / ".venv" / "bin" / "python"

    @property
    def project(self) -> Path:
        """The folder that the commands are run in."""
        return self.folder / "project"

    @property
    def settings(self) -> dict[str, str]:
        """The variables of the commands: no configuration of pip, uv or Poetry is among them."""
        home = str(self.folder / "home")
        return {
            "PATH": os.environ["PATH"],
            "HOME": home,
            "XDG_CONFIG_HOME": home,
            "XDG_CONFIG_DIRS": home,
            "XDG_CACHE_HOME": f"{home}/cache",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_RETRIES": "0",
            "UV_CACHE_DIR": f"{home}/uv",
            "UV_PYTHON_DOWNLOADS": "never",
            "UV_HTTP_RETRIES": "0",
            "POETRY_CONFIG_DIR": f"{home}/poetry",
            "POETRY_CACHE_DIR": f"{home}/poetry-cache",
            "POETRY_VIRTUALENVS_IN_PROJECT": "true",
            "POETRY_REQUESTS_MAX_RETRIES": "0",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        }

    def run(self, *command: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the project."""
        return subprocess.run(
            [str(part) for part in command], cwd=self.project, env=self.settings | variables,
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip

    def write(self, name: str, text: str) -> Path:
        """Write a file of the project."""
        path = self.project / name
        path.write_text(text, encoding="utf-8")
        return path

    def find_installed(self) -> str | None:
        """Return which client is there, as its version and its note; None where there is none."""
        code = "import harness_nextgen as one, importlib.metadata as all\n"
        code += f"print(all.version('{CLIENT}'), getattr(one, 'NOTE', 'ours'))"
        done = self.run(self.python, "-I", "-c", code)
        return done.stdout.strip() if done.returncode == 0 else None

    def can_import(self, name: str) -> bool:
        """Tell whether a module is there."""
        return self.run(self.python, "-I", "-c", f"import {name}").returncode == 0


def make_place(folder: Path) -> Place:
    """Make an environment with nothing in it, in a project with nothing in it."""
    place = Place(folder)
    place.project.mkdir(parents=True)
    (folder / "home").mkdir()
    environment = place.python.parents[1]
    command = [sys.executable, "-m", "venv", "--without-pip", str(environment)]
    subprocess.run(command, check=True, capture_output=True)
    return place

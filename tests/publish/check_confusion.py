"""With what docs/install.md shows, ours is installed whole, also by Poetry and from devpi.

Run by ``nox -s consume``: with the wheel of the last commit, and what it needs, downloaded once.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from pipeline.publish.distributions import build_distributions
from pipeline.publish.index import Index
from pipeline.publish.upload import upload
from pipeline.publish.version import choose_version
from tests.publish.indexes import start_devpi
from tests.publish.installing import (
    Install,
    install_by_digests,
    install_from_one_index,
    install_with_poetry,
    install_with_uv,
)
from tests.publish.market import (
    CLIENT,
    DECOY,
    NOWHERE,
    Market,
    Place,
    make_place,
    open_market,
    read_block,
)

ROOT = Path(__file__).parents[2]
WAYS = pytest.mark.parametrize(
    "install",
    [install_from_one_index, install_by_digests, install_with_uv, install_with_poetry],
    ids=lambda install: install.__name__,
)
ROOT_OF_DEVPI = ("root", "root")


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    """The indexes, with the real packages."""
    folder = tmp_path_factory.mktemp("market")
    (folder / "scratch").mkdir()
    built = build_distributions(ROOT, choose_version(ROOT), folder / "dist", folder / "scratch")
    needed = folder / "needed"
    pip = [sys.executable, "-I", "-m", "pip", "download", "--quiet", "--only-binary", ":all:"]
    subprocess.run([*pip, "--dest", str(needed), str(built.wheel)], check=True)
    needs = [path for path in needed.iterdir() if path.name != built.wheel.name]
    with open_market(folder, built.wheel, needs) as market:
        yield market


@pytest.fixture(scope="module")
def devpi(market: Market, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A devpi whose index ``root/acme`` has ours, and the public index for a mirror."""
    with start_devpi(tmp_path_factory.mktemp("devpi"), asks=True) as url:
        mirror = {"type": "mirror", "mirror_url": market.public, "volatile": False}
        make_index(f"{url}/root/public", mirror)
        publish(f"{url}/root/acme", market)
        make_index(f"{url}/root/acme", {"bases": ["root/public"]})
        yield url


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Where one check installs."""
    return make_place(tmp_path)


def publish(url: str, market: Market) -> None:
    """Make an index of devpi, and upload ours before it hands on anything."""
    make_index(url, {"type": "stage", "bases": []})
    index = Index("devpi", f"{url}/", f"{url}/+simple/", *ROOT_OF_DEVPI)
    upload(index, CLIENT, market.version, [market.wheel], lambda _: None)


def make_index(url: str, settings: dict[str, object]) -> None:
    """Make an index of devpi, or change one."""
    change = httpx.patch if httpx.get(url).is_success else httpx.put
    change(url, json=settings, auth=log_in(url)).raise_for_status()


def log_in(url: str) -> tuple[str, str]:
    """Return what devpi takes for a user and a password."""
    answer = httpx.post(
        httpx.URL(url).join("/+login"),
        json=dict(zip(("user", "password"), ROOT_OF_DEVPI, strict=True)),
    )
    return ROOT_OF_DEVPI[0], answer.json()["result"]["password"]


@WAYS
def test_ours_is_installed_whole(install: Install, place: Place, market: Market) -> None:
    """Each way of the page installs ours and what it needs, and the page's last command holds."""
    done = install(place, market)
    assert done.returncode == 0, done.stderr
    check_ours(place, market)


def test_poetry_without_the_private_index(place: Place, market: Market) -> None:
    """Poetry installs nothing then, as pip and uv do not in ``test_confusion.py``."""
    assert install_with_poetry(place, market, url=NOWHERE).returncode != 0
    assert place.find_installed() is None


def test_poetry_and_a_version_that_the_private_index_lacks(place: Place, market: Market) -> None:
    """A version that only the public index has is not installed by Poetry either."""
    assert install_with_poetry(place, market, version=DECOY).returncode != 0
    assert place.find_installed() is None


def test_poetry_without_the_source_takes_the_decoy(place: Place, market: Market) -> None:
    """It is the source that keeps Poetry away from the public index."""
    block = read_block("poetry.toml").replace('{ source = "acme" }', '"*"')
    done = install_with_poetry(place, market, block=block)
    assert done.returncode == 0, done.stderr
    assert place.find_installed() == f"{DECOY} decoy"


def test_devpi_keeps_our_name_apart(place: Place, market: Market, devpi: str) -> None:
    """An index of devpi over a mirror gives ours, and of the mirror all other names."""
    done = install_from_one_index(place, market, url=f"{devpi}/root/acme/+simple/")
    assert done.returncode == 0, done.stderr
    check_ours(place, market)


def test_devpi_does_not_look_outside_for_a_version(
    place: Place, market: Market, devpi: str
) -> None:
    """A version that only the mirror has is not installed."""
    done = install_from_one_index(place, market, url=f"{devpi}/root/acme/+simple/", version=DECOY)
    assert done.returncode != 0
    assert place.find_installed() is None


def test_devpi_with_a_whitelist_takes_the_decoy(place: Place, market: Market, devpi: str) -> None:
    """What the page warns of happens, in an index of its own."""
    publish(f"{devpi}/root/open", market)
    make_index(f"{devpi}/root/open", {"bases": ["root/public"], "mirror_whitelist": ["*"]})
    done = install_from_one_index(place, market, url=f"{devpi}/root/open/+simple/")
    assert done.returncode == 0, done.stderr
    assert place.find_installed() == f"{DECOY} decoy"


def check_ours(place: Place, market: Market) -> None:
    """Ours is there, in its version and whole."""
    assert place.find_installed() == f"{market.version} ours"
    [line] = read_block("provenance").splitlines()
    program, *arguments = line.split()
    assert program == "python"
    done = place.run(place.python, "-I", *arguments)
    assert done.returncode == 0, done.stderr

"""With what docs/install.md shows, a package of our name on the public index is never installed.

pip and uv, with small packages; ``check_confusion.py``, which ``nox -s consume`` runs, has Poetry,
devpi and the packages that are published.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.publish.installing import (
    Install,
    install_by_digests,
    install_from_one_index,
    install_with_uv,
    pip_install,
)
from tests.publish.market import (
    CLIENT,
    DECOY,
    NOWHERE,
    OURS,
    Market,
    Place,
    make_place,
    open_market,
    point,
    read_block,
)

pytestmark = pytest.mark.once

WAYS = pytest.mark.parametrize(
    "install",
    [install_from_one_index, install_by_digests, install_with_uv],
    ids=lambda install: install.__name__,
)
RIGHT = f"{OURS} ours"
TAKEN = f"{DECOY} decoy"


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    """The indexes, for all tests below."""
    with open_market(tmp_path_factory.mktemp("market")) as market:
        yield market


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Where one test installs."""
    return make_place(tmp_path)


def both(market: Market) -> tuple[str, ...]:
    """Return the options that the page warns of."""
    return "--index-url", market.private, "--extra-index-url", market.public


@WAYS
def test_ours_is_installed(install: Install, place: Place, market: Market) -> None:
    """Each way of the page installs ours, and what it needs from the public index."""
    done = install(place, market)
    assert done.returncode == 0, done.stderr
    assert place.find_installed() == RIGHT
    assert place.can_import("httpx")


@WAYS
def test_private_index_is_down(install: Install, place: Place, market: Market) -> None:
    """Without the private index nothing is installed."""
    assert install(place, market, url=NOWHERE).returncode != 0
    assert place.find_installed() is None


@WAYS
def test_version_that_the_private_index_lacks(
    install: Install, place: Place, market: Market
) -> None:
    """A version that only the public index might have is not installed."""
    assert install(place, market, version="99.0.0").returncode != 0
    assert place.find_installed() is None


def test_extra_index_takes_the_decoy(place: Place, market: Market) -> None:
    """What the page warns of happens: so the tests above would notice it."""
    done = pip_install(place, CLIENT, *both(market))
    assert done.returncode == 0, done.stderr
    assert place.find_installed() == TAKEN


def test_pinned_version_does_not_help(place: Place, market: Market) -> None:
    """The same version from the public index is taken for ours."""
    done = pip_install(place, f"{CLIENT}=={OURS}", *both(market))
    assert done.returncode == 0, done.stderr
    assert place.find_installed() == f"{OURS} decoy"


def test_digests_hold_beside_an_extra_index(place: Place, market: Market) -> None:
    """A file with another digest is not installed, whoever offers it."""
    text = point(read_block("client.txt"), market.private, market.wheel)
    listed = place.write("client.txt", f"--extra-index-url {market.public}\n{text}")
    done = pip_install(place, "--no-deps", "--require-hashes", "-r", str(listed))
    assert done.returncode == 0, done.stderr
    assert place.find_installed() == RIGHT


@pytest.mark.parametrize("overrules", [True, False])
def test_empty_line_overrules_other_files(place: Place, market: Market, overrules: bool) -> None:
    """An extra index in a file of pip that counts less is not asked, by the empty line alone."""
    lesser = place.python.parents[1] / "pip.conf"
    lesser.write_text(f"[global]\nextra-index-url = {market.public}\n", encoding="utf-8")
    block = read_block("pip.conf")
    done = install_from_one_index(
        place, market, block=block if overrules else block.replace("extra-index-url =\n", "")
    )
    assert done.returncode == 0, done.stderr
    assert place.find_installed() == (RIGHT if overrules else TAKEN)


def test_uv_without_the_source_takes_the_decoy(place: Place, market: Market) -> None:
    """It is the source that keeps uv away from the public index."""
    block = read_block("uv.toml").replace("[tool.uv.sources]\nharness-nextgen", "[tool.other]\nour")
    done = install_with_uv(place, market, block=block)
    assert done.returncode == 0, done.stderr
    assert place.find_installed() == TAKEN

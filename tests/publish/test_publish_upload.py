"""Uploads to a real index: what is sent, what is left alone, and what a broken one leaves."""

from __future__ import annotations

import ssl
from collections.abc import Generator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
import trustme

from pipeline.faults import BadInput, DoesNotHold
from pipeline.publish.index import Index
from pipeline.publish.loopback import start_index
from pipeline.publish.upload import find_there, upload
from tests.publish.indexes import PROJECT, find_port, make_files, move, start_relay

pytestmark = pytest.mark.once

NUMBERS = count(1)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Generator[Index]:
    """One pypiserver for all: each test has a version of its own."""
    folder = tmp_path_factory.mktemp("index")
    with start_index(folder, protect="update,list,download") as one:
        yield one


@pytest.fixture
def version() -> str:
    """A version that no other test has."""
    return f"1.{next(NUMBERS)}"


@pytest.fixture
def files(tmp_path: Path, version: str) -> tuple[Path, Path]:
    """A wheel and an sdist of that version."""
    return make_files(tmp_path / "dist", version)


def say_nothing(stage: str) -> None:
    """Tell nobody."""


def test_both_files_are_sent(index: Index, version: str, files: tuple[Path, Path]) -> None:
    """A new version is uploaded, and the index lists it byte for byte."""
    told: list[str] = []
    assert find_there(index, PROJECT, version, files) == []
    uploaded = upload(index, PROJECT, version, files, told.append)
    assert (uploaded.sent, uploaded.kept) == (files, ())
    assert set(find_there(index, PROJECT, version, files)) == set(files)
    sizes = [f"{path.stat().st_size / 1024:.0f}" for path in files]
    assert told == [
        f"upload {path.name} ({size} KiB)" for path, size in zip(files, sizes, strict=True)
    ]


def test_same_bytes_again_are_fine(index: Index, version: str, files: tuple[Path, Path]) -> None:
    """Publishing what is published does nothing."""
    upload(index, PROJECT, version, files, say_nothing)
    told: list[str] = []
    uploaded = upload(index, PROJECT, version, files, told.append)
    assert (uploaded.sent, set(uploaded.kept), told) == ((), set(files), [])


def test_other_bytes_never(
    index: Index, version: str, files: tuple[Path, Path], tmp_path: Path
) -> None:
    """A version that is there with other bytes stays as it is."""
    upload(index, PROJECT, version, files, say_nothing)
    others = make_files(tmp_path / "others", version, "other")
    with pytest.raises(DoesNotHold) as caught:
        upload(index, PROJECT, version, others, say_nothing)
    assert sorted(str(caught.value).splitlines()) == [
        f"the index on loopback: has {name} already, with other bytes: raise the version, what is "
        "published stays"
        for name in sorted(path.name for path in others)
    ]
    assert set(find_there(index, PROJECT, version, files)) == set(files)


def test_other_files_of_the_version_never(
    index: Index, version: str, files: tuple[Path, Path]
) -> None:
    """A file of this version that the build does not make would be installed beside ours."""
    upload(index, PROJECT, version, files, say_nothing)
    with pytest.raises(DoesNotHold) as caught:
        upload(index, PROJECT, version, files[:1], say_nothing)
    assert str(caught.value) == (
        f"the index on loopback: has {files[1].name} already, which this build does not make: "
        "raise the version, what is published stays"
    )


@pytest.mark.parametrize("number", [1, 2])
def test_upload_that_breaks_can_be_repeated(
    index: Index, version: str, files: tuple[Path, Path], number: int
) -> None:
    """A connection that is cut in the middle of a file leaves that out; the next run sends it."""
    with start_relay(index.upload_url) as relay:
        relay.cuts = {number}
        moved = move(index, relay.url)
        with pytest.raises(BadInput) as caught:
            upload(moved, PROJECT, version, files, say_nothing)
        assert str(caught.value) == (
            "the index on loopback: breaks the connection: try again, what is there by then is "
            "left out"
        )
        there = files[: number - 1]
        assert find_there(index, PROJECT, version, files) == list(there)
        uploaded = upload(moved, PROJECT, version, files, say_nothing)
        assert (uploaded.sent, uploaded.kept) == (files[number - 1 :], there)
        assert relay.uploads == 3
    assert set(find_there(index, PROJECT, version, files)) == set(files)


def test_answer_that_is_lost(index: Index, version: str, files: tuple[Path, Path]) -> None:
    """A file that arrived is published, although nobody heard so."""
    with start_relay(index.upload_url) as relay:
        relay.loses = {1}
        uploaded = upload(move(index, relay.url), PROJECT, version, files, say_nothing)
        assert uploaded.sent == files
        assert relay.uploads == 2


def test_tls_with_an_authority_of_our_own(
    index: Index, version: str, files: tuple[Path, Path], tmp_path: Path
) -> None:
    """Uploads trust the authority that is named, and only that."""
    authority, stranger = trustme.CA(), trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    stranger.cert_pem.write_to_path(tmp_path / "other.pem")
    with start_relay(index.upload_url, context) as relay:
        moved = replace(move(index, relay.url), ca_cert=str(tmp_path / "other.pem"))
        moved = replace(moved, simple_url=index.simple_url)  # the page is read, the upload fails
        with pytest.raises(BadInput, match="the index on loopback: shows a certificate that is no"):
            upload(moved, PROJECT, version, files, say_nothing)
        assert relay.uploads == 0
        trusting = replace(move(index, relay.url), ca_cert=str(tmp_path / "ca.pem"))
        assert upload(trusting, PROJECT, version, files, say_nothing).sent == files


def test_wrong_password(index: Index, version: str, files: tuple[Path, Path]) -> None:
    """Nothing is sent, and neither password is told."""
    wrong = replace(index, password="hunter2", simple_url=index.simple_url)
    with pytest.raises(BadInput) as caught:
        upload(wrong, PROJECT, version, files, say_nothing)
    assert str(caught.value).startswith(
        "the index on loopback: does not let the user 'maintainer' do that (403): look whether the "
        "password still holds, and whether it may upload"
    )
    with pytest.raises(BadInput, match="asks for a user name and a password \\(401\\)"):
        upload(replace(index, password=""), PROJECT, version, files, say_nothing)
    assert find_there(index, PROJECT, version, files) == []


def test_reading_is_allowed_and_uploading_is_not(
    tmp_path: Path, version: str, files: tuple[Path, Path]
) -> None:
    """An index that anybody may read refuses the upload itself."""
    with start_index(tmp_path / "open", protect="update") as index:
        with pytest.raises(BadInput, match="does not let the user 'maintainer' do that \\(403\\)"):
            upload(replace(index, password="hunter2"), PROJECT, version, files, say_nothing)
        with pytest.raises(BadInput, match="asks for a user name and a password \\(401\\)"):
            upload(replace(index, password=""), PROJECT, version, files, say_nothing)


def test_address_that_takes_no_uploads(
    index: Index, version: str, files: tuple[Path, Path]
) -> None:
    """A page is no upload address, and a port where nobody listens is none."""
    with pytest.raises(BadInput) as caught:
        upload(replace(index, upload_url=index.simple_url), PROJECT, version, files, say_nothing)
    assert "takes no uploads at http://127.0.0.1:" in str(caught.value)
    assert "(405): look up its upload address" in str(caught.value)
    gone = replace(index, upload_url=f"http://127.0.0.1:{find_port()}/")
    with pytest.raises(BadInput, match="cannot be reached \\(Connection refused\\)"):
        upload(gone, PROJECT, version, files, say_nothing)

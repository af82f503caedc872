"""Which index is meant, and who may upload to it: names, addresses, the environment, keyrings."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.credentials import SimpleCredential

from pipeline.faults import BadInput
from pipeline.publish.index import Index, derive_simple_url, find_index, take_settings

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
URL = "https://packages.example.com/pypi/team/"
PYPIRC = """
[distutils]
index-servers =
    team

[team]
repository = https://packages.example.com/pypi/team/
username = ci
password = of%the/section
ca_cert =

[bare]
username = ci
"""


class Keys(KeyringBackend):
    """A keyring that has what it is given."""

    priority = 1  # type: ignore[assignment]

    def __init__(self, known: dict[tuple[str, str], str]) -> None:
        super().__init__()
        self.known = known

    def get_password(self, service: str, username: str) -> str | None:
        """Return the password, if there is one."""
        return self.known.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep a password."""
        self.known[service, username] = password

    def get_credential(self, service: str, username: str | None) -> SimpleCredential | None:
        """Return the first user of a service."""
        for (name, user), password in self.known.items():
            if name == service and username in (None, user):
                return SimpleCredential(user, password)
        return None


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the keyring of this machine out."""
    monkeypatch.setattr(keyring.core, "_keyring_backend", Keys({}))


@pytest.fixture
def pypirc(tmp_path: Path) -> Path:
    """A .pypirc with a section and one that says too little."""
    path = tmp_path / ".pypirc"
    path.write_text(PYPIRC, encoding="utf-8")
    return path


def find(argument: str, pypirc: Path, /, simple_url: str = "", **settings: str) -> Index:
    """Find an index with settings of the environment."""
    return find_index(argument, settings, pypirc, simple_url)


def test_name_is_a_section(pypirc: Path) -> None:
    """A section of .pypirc names address, user and password, with whatever is in them."""
    index = find("team", pypirc)
    assert (index.name, index.upload_url) == ("team", URL)
    assert (index.username, index.password) == ("ci", "of%the/section")
    assert index.simple_url == ""


def test_address_has_no_credentials_of_a_section(pypirc: Path) -> None:
    """An address alone is sent no password that is kept under a name."""
    assert find(URL, pypirc).password == ""


def test_environment_comes_first(pypirc: Path) -> None:
    """What the environment says wins over the section, for address and name."""
    settings = {"UV_PUBLISH_USERNAME": "me", "UV_PUBLISH_PASSWORD": "mine"}
    for argument in ("team", URL):
        index = find(argument, pypirc, **settings)
        assert (index.username, index.password) == ("me", "mine")


def test_environment_names_the_index(pypirc: Path) -> None:
    """Without a value, uv's variables are asked, then twine's."""
    assert find("", pypirc, UV_PUBLISH_URL=URL, TWINE_REPOSITORY="none").name == URL
    assert find("", pypirc, TWINE_REPOSITORY_URL=URL, TWINE_REPOSITORY="none").name == URL
    assert find("", pypirc, TWINE_REPOSITORY="team").password == "of%the/section"


def test_token_is_a_password(pypirc: Path) -> None:
    """A token has a user name of its own, as has a password without one."""
    for settings in ({"UV_PUBLISH_TOKEN": "t"}, {"UV_PUBLISH_PASSWORD": "t"}):
        index = find(URL, pypirc, **settings)
        assert (index.username, index.password) == ("__token__", "t")
    index = find(URL, pypirc, TWINE_USERNAME="me", TWINE_PASSWORD="mine")
    assert (index.username, index.password) == ("me", "mine")


def test_password_of_one_index_is_not_sent_to_another(pypirc: Path) -> None:
    """What the environment holds for the address that it names is for that address alone."""
    settings = {"UV_PUBLISH_URL": "https://other.example.com/", "UV_PUBLISH_PASSWORD": "other's"}
    assert find(URL, pypirc, **settings).password == ""
    assert find("team", pypirc, **settings).password == "of%the/section"
    assert find("https://other.example.com", pypirc, **settings).password == "other's"


@pytest.mark.parametrize("service", [URL, "packages.example.com"])
def test_keyring_is_asked_last(pypirc: Path, monkeypatch: pytest.MonkeyPatch, service: str) -> None:
    """The keyring knows an index by its address, or by its host, and a user by name or not."""
    keys = Keys({(service, "ci"): "kept", (service, "other"): "other's"})
    monkeypatch.setattr(keyring.core, "_keyring_backend", keys)
    assert find(URL, pypirc).password == "kept"
    other = find(URL, pypirc, UV_PUBLISH_USERNAME="other")
    assert (other.username, other.password) == ("other", "other's")
    assert find("team", pypirc).password == "of%the/section"
    assert find(URL, pypirc, UV_PUBLISH_PASSWORD="mine").password == "mine"


def test_keyring_is_a_real_one(pypirc: Path, tmp_path: Path) -> None:
    """A keyring that is configured as keyring wants it is found, in a process of its own."""
    (tmp_path / "filed.py").write_text(
        "import json, os\n"
        "from pathlib import Path\n"
        "from keyring.backend import KeyringBackend\n"
        "class Keyring(KeyringBackend):\n"
        "    priority = 1\n"
        "    def get_password(self, service, username):\n"
        "        known = json.loads(Path(os.environ['KEYS']).read_text())\n"
        "        return known.get(f'{username}@{service}')\n"
        "    def set_password(self, service, username, password):\n"
        "        raise NotImplementedError\n"
    )
    (tmp_path / "keys.json").write_text(f'{{"ci@{URL}": "filed"}}')
    script = (
        "import sys; from pathlib import Path\n"
        "from pipeline.publish.index import find_index\n"
        "settings = {'UV_PUBLISH_USERNAME': 'ci'}\n"
        "print(find_index(sys.argv[1], settings, Path('none')).password == 'filed')\n"
    )
    environment = {
        **os.environ,
        "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}",
        "PYTHON_KEYRING_BACKEND": "filed.Keyring",
        "KEYS": str(tmp_path / "keys.json"),
    }
    command = [sys.executable, "-c", script, URL]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


def test_secrets_are_taken_out_of_the_environment() -> None:
    """What runs later finds nothing of uv's and twine's settings."""
    environment = {"UV_PUBLISH_PASSWORD": "a", "TWINE_PASSWORD": "b", "UV_CACHE_DIR": "c"}
    assert take_settings(environment) == {"UV_PUBLISH_PASSWORD": "a", "TWINE_PASSWORD": "b"}
    assert environment == {"UV_CACHE_DIR": "c"}


def test_password_is_in_no_representation(pypirc: Path) -> None:
    """An index that is printed by mistake shows no password."""
    assert "section" not in repr(find("team", pypirc))


@pytest.mark.parametrize(
    "url",
    [
        "https://me:hunter2@packages.example.com/",
        "https://hunter2@packages.example.com/",
        "me:hunter2@packages.example.com/",
        "https://me:hunter2@[::1/",
    ],
)
def test_password_in_an_address_is_refused_and_not_echoed(pypirc: Path, url: str) -> None:
    """An address with credentials is refused wherever it comes from, and nothing of it is told."""
    pypirc.write_text(f"[team]\nrepository = {url}\n")
    message = (
        "has a user name or a password in it: put them into ~/.pypirc, into UV_PUBLISH_USERNAME "
        "and UV_PUBLISH_PASSWORD, or into the keyring"
    )
    for argument, settings, place in (
        (url, {}, "--index"),
        ("", {"UV_PUBLISH_URL": url}, "UV_PUBLISH_URL"),
        ("team", {}, f"[team] in {pypirc}"),
    ):
        with pytest.raises(BadInput) as caught:
            find(argument, pypirc, **settings)
        assert str(caught.value) == f"{place}: {message}"
    with pytest.raises(BadInput) as caught:
        find(URL, pypirc, url)
    assert str(caught.value) == f"--simple-url: {message}"


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("ftp://packages.example.com/", "--index: is no address: write https://HOST/PATH/, or "),
        ("https:///pypi/", "--index: is no address: "),
        ("https://packages.example.com:port/", "--index: is no address: "),
        ("https://packages.example.com/a b", "--index: is no address: "),
        ("https://packages.example.com/?token=hunter2", "--index: ends in ?… or #…: "),
        ("none", "{pypirc}: has no section [none]: it has team, bare"),
        ("bare", "[bare] in {pypirc}: has no repository: write where to upload to"),
        ("", "the environment: names no index: write --index NAME or --index URL, or set "),
    ],
)
def test_index_that_is_none_is_told(pypirc: Path, argument: str, message: str) -> None:
    """What names no index is told in one line, without what may be a secret in it."""
    with pytest.raises(BadInput) as caught:
        find(argument, pypirc)
    assert str(caught.value).startswith(message.format(pypirc=pypirc))
    assert "\n" not in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"password = hunter2\n", ":1: is not written as sections of NAME = VALUE: mend this line"),
        (b"[team]\nhunter2\n", ":2: is not written as sections of NAME = VALUE: mend this line"),
        (b"[team]\na=hunter2\na=b\n", ":3: is not written as sections of NAME = VALUE: mend this"),
        (b"[team]\n[team]\n", ":2: is not written as sections of NAME = VALUE: mend this line"),
        (b"[team]\npassword=hunter2\xff\n", ": cannot be read: it is not UTF-8"),
    ],
)
def test_bad_pypirc_is_told(pypirc: Path, text: bytes, message: str) -> None:
    """The line is named, not quoted: it may be the one with the password."""
    pypirc.write_bytes(text)
    with pytest.raises(BadInput) as caught:
        find("team", pypirc)
    assert str(caught.value).startswith(f"{pypirc}{message}")
    assert "hunter2" not in str(caught.value)


def test_absent_pypirc_is_told(tmp_path: Path) -> None:
    """Where there is none, a name names nothing."""
    with pytest.raises(BadInput, match="is not there, so 'team' names no index"):
        find("team", tmp_path / ".pypirc")


def test_password_is_not_sent_unencrypted(pypirc: Path) -> None:
    """Without https a password goes to this machine only, unless it is asked for."""
    url = "http://packages.example.com/"
    settings = {"UV_PUBLISH_PASSWORD": "p"}
    with pytest.raises(BadInput) as caught:
        find(url, pypirc, **settings)
    message = "--index: would get the password unencrypted: write https, or add --allow-http"
    assert str(caught.value) == message
    with pytest.raises(BadInput):
        find(URL, pypirc, url, **settings)
    assert find_index(url, settings, pypirc, allow_http=True).password == "p"
    assert find(url, pypirc).password == ""
    assert find("http://127.0.0.1:8080/", pypirc, **settings).password == "p"


@pytest.mark.parametrize("name", ["TWINE_CERT", "TWINE_CLIENT_CERT"])
def test_certificates_are_files(pypirc: Path, tmp_path: Path, name: str) -> None:
    """A certificate that is not there is told before anything is done."""
    with pytest.raises(BadInput, match=f"none.pem: is no file: mend .* or {name}"):
        find("team", pypirc, **{name: str(tmp_path / "none.pem")})


@pytest.mark.parametrize(
    ("upload", "simple"),
    [
        ("https://packages.example.com/", "https://packages.example.com/simple/"),
        ("https://packages.example.com", "https://packages.example.com/simple/"),
        (
            "https://example.com/artifactory/api/pypi/team",
            "https://example.com/artifactory/api/pypi/team/simple/",
        ),
        (
            "https://example.com/repository/team/",
            "https://example.com/repository/team/simple/",
        ),
        (
            "https://example.com/api/v4/projects/7/packages/pypi",
            "https://example.com/api/v4/projects/7/packages/pypi/simple/",
        ),
        (
            "https://example.com/org/project/_packaging/feed/pypi/upload/",
            "https://example.com/org/project/_packaging/feed/pypi/simple/",
        ),
        ("https://example.com/legacy/", "https://example.com/simple/"),
    ],
)
def test_simple_page_is_derived(upload: str, simple: str) -> None:
    """Where installers look follows from where uploads go, on the usual servers."""
    assert derive_simple_url(upload, is_devpi=False) == simple


def test_simple_page_can_be_named(pypirc: Path) -> None:
    """An option, or uv's variable, says it where it does not follow."""
    other = "https://example.com/simple/"
    assert find("team", pypirc, other, UV_PUBLISH_CHECK_URL="https://none/").simple_url == other
    assert find("team", pypirc, UV_PUBLISH_CHECK_URL=other).simple_url == other

"""Terraform or OpenTofu takes modules from the sandbox: each check runs a real ``init``.

Nothing but loopback is reached: no provider is used, home and settings are in temporary folders,
and whoever asks for another host is sent to a proxy that counts as a fault. pytest collects this
file when it is named: ``nox -s peers``.
"""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
import trustme
from harness_nextgen import models

from harness_nextgen_sandbox.gate import REGISTRY
from tests.peers.programs import find_program
from tests.sandbox.running import Asking, Running, run_sandbox

ROOT = Path(__file__).parents[2]
HOST = "app.harness.io"
"""Never asked: the settings say where its registry is."""
FILES = {
    "main.tf": b'output "name" {\n  value = "vpc"\n}\n',
    "modules/subnet/main.tf": b'output "name" {\n  value = "subnet"\n}\n',
    "files/all.bin": bytes(range(256)) * 100,
}
VERSIONS = ("1.0.0", "1.1.0", "1.10.0", "1.9.3", "2.0.0", "2.1.0-rc.1")
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Ended:
    """An ``init`` that has ended."""

    code: int
    output: str
    folder: Path

    @property
    def version(self) -> str:
        """The version that was chosen."""
        text = (self.folder / ".terraform/modules/modules.json").read_text(encoding="utf-8")
        [version] = [one["Version"] for one in json.loads(text)["Modules"] if one["Key"] == "vpc"]
        return str(version)

    @property
    def files(self) -> dict[str, bytes]:
        """The files that were unpacked."""
        root = self.folder / ".terraform/modules/vpc"
        found = (one for one in root.rglob("*") if one.is_file())
        return {one.relative_to(root).as_posix(): one.read_bytes() for one in found}


@dataclass(frozen=True, slots=True)
class Terraform:
    """The program in an environment of its own."""

    program: str
    folder: Path
    environment: dict[str, str]

    def init(self, source: str, version: str = "", *, settings: str = "", token: str = "") -> Ended:
        """Initialise a configuration that uses one module."""
        work = self.folder / f"work{next(_numbers)}"
        work.mkdir()
        constraint = f'\n  version = "{version}"' if version else ""
        block = f'module "vpc" {{\n  source  = "{source}"{constraint}\n}}\n'
        (work / "main.tf").write_text(block, encoding="utf-8")
        (self.folder / "settings").write_text(settings, encoding="utf-8")
        more = {"TF_TOKEN_app_harness_io": token} if token else {}
        command = [self.program, "init", "-no-color", "-input=false"]
        done = subprocess.run(
            command, cwd=work, env={**self.environment, **more}, check=False, timeout=120,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        return Ended(done.returncode, " ".join(done.stdout.split()), work)


@pytest.fixture
def authority() -> trustme.CA:
    """Whoever signs the sandbox's certificate."""
    return trustme.CA()


@pytest.fixture
def terraform(tmp_path: Path, authority: trustme.CA) -> Iterator[Terraform]:
    """The program, which trusts the authority and finds no way out."""
    program = find_program()
    assert program, "install terraform or tofu"
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    (tmp_path / "home").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        url = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        yield Terraform(
            program,
            tmp_path,
            {
                "CHECKPOINT_DISABLE": "1",
                "HOME": str(tmp_path / "home"),
                "HTTP_PROXY": url,
                "HTTPS_PROXY": url,
                "PATH": os.environ["PATH"],
                "SSL_CERT_FILE": str(tmp_path / "authority.pem"),
                "TF_CLI_CONFIG_FILE": str(tmp_path / "settings"),
                "TF_PLUGIN_CACHE_DIR": "",
            },
        )
        proxy.setblocking(False)
        with pytest.raises(BlockingIOError):  # nobody came
            proxy.accept()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    """A sandbox that speaks plain HTTP."""
    with run_sandbox() as running:
        yield running


@pytest.fixture
def ask(sandbox: Running) -> Iterator[Asking]:
    """The client, in an account of its own."""
    asking = Asking(sandbox.url, f"account{next(_numbers)}", "sync")
    yield asking
    asking.close()


def key(ask: Asking) -> str:
    """Return an API key of the account."""
    return f"pat.{ask.account}.token.secret"


def override(sandbox: Running, host: str = HOST) -> str:
    """Return settings that spare Terraform the discovery, and so HTTPS."""
    services = f'services = {{\n    "modules.v1" = "{sandbox.url}{REGISTRY}"\n  }}'
    return f'host "{host}" {{\n  {services}\n}}\n'


def pack(kind: str = "zip", **files: bytes) -> bytes:
    """Return the files in an archive."""
    buffer = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, content in {**FILES, **files}.items():
                archive.writestr(name, content)
    else:
        with tarfile.open(fileobj=buffer, mode=f"w:{kind}") as archive:
            for name, content in {**FILES, **files}.items():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def upload(ask: Asking, version: str, archive: bytes, **scope: str) -> None:
    """Upload an archive as a version of the module."""
    name = 'attachment; filename="vpc"'
    ask(
        "onboarding.upload_archive", "vpc", "aws", version, archive, content_disposition=name,
        **scope,
    )  # fmt: skip


def publish(ask: Asking, *versions: str, **scope: str) -> str:
    """Create a module with these versions; return its address without a host."""
    body = models.CreateModuleRequest(name="vpc", system="aws", storage_type="artifact")
    made = ask("modules.create", body, **scope)
    for version in versions:
        upload(ask, version, pack(version=version.encode()), **scope)
    return f"{ask('modules.get', made.id).namespace}/vpc/aws"


@pytest.mark.parametrize(
    ("constraint", "version"),
    [
        ("~> 1.1", "1.10.0"), ("~> 1.1.0", "1.1.0"), (">= 1.1, < 1.10", "1.9.3"), ("", "2.0.0"),
        ("1.0.0", "1.0.0"), ("2.1.0-rc.1", "2.1.0-rc.1"),
    ],
)  # fmt: skip
def test_version_of_a_constraint(
    terraform: Terraform, sandbox: Running, ask: Asking, constraint: str, version: str
) -> None:
    """The newest release that a constraint allows is fetched, byte for byte."""
    address = publish(ask, *VERSIONS)
    done = terraform.init(
        f"{HOST}/{address}", constraint, settings=override(sandbox), token=key(ask)
    )
    assert done.code == 0, done.output
    assert done.version == version
    assert done.files == {**FILES, "version": version.encode()}


@pytest.mark.parametrize("kind", ["zip", "gz", "bz2", "xz"])
def test_kinds_of_archives(terraform: Terraform, sandbox: Running, ask: Asking, kind: str) -> None:
    """Each kind of archive is unpacked, though its address has no ending that tells it."""
    address = publish(ask)
    upload(ask, "1.0.0", pack(kind))
    done = terraform.init(f"{HOST}/{address}", settings=override(sandbox), token=key(ask))
    assert done.code == 0, done.output
    assert done.files == FILES


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("v1.2.3", "1.2.3"), ("1.2.3+build.5", "1.2.3+build.5"), ("1.2.3-rc.1+5", "1.2.3-rc.1+5"),
        ("1.2", "1.2.0"), ("v3", "3.0.0"), ("2026.01.05", "2026.1.5"),
    ],
)  # fmt: skip
def test_ways_to_write_a_version(
    terraform: Terraform, sandbox: Running, ask: Asking, given: str, shown: str
) -> None:
    """A version is found however it was written: Terraform asks for it in three plain numbers."""
    address = publish(ask, given)
    constraint = shown if "-" in shown else ""
    done = terraform.init(
        f"{HOST}/{address}", constraint, settings=override(sandbox), token=key(ask)
    )
    assert done.code == 0, done.output
    assert done.version == shown


@pytest.mark.parametrize(
    "odd", ["main", "1.0.0.1", "1.0.0-rc..1", "1.0.0-", "\u0661.0.0", "1.0.0+a..b"]
)
def test_odd_versions_spoil_nothing(
    terraform: Terraform, sandbox: Running, ask: Asking, odd: str
) -> None:
    """What is no version for Terraform is not in the list: it would warn of it each time."""
    address = publish(ask, "1.0.0", odd)
    done = terraform.init(f"{HOST}/{address}", settings=override(sandbox), token=key(ask))
    assert done.code == 0, done.output
    assert (done.version, "Warning" in done.output) == ("1.0.0", False), done.output


@pytest.mark.parametrize(
    "scope", [{"scope_org": "default"}, {"scope_org": "a", "scope_project": "my web"}]
)
def test_modules_of_a_scope(
    terraform: Terraform, sandbox: Running, ask: Asking, scope: dict[str, str]
) -> None:
    """Modules of an organization and of a project have addresses that Terraform takes."""
    address = publish(ask, "1.0.0", **scope)
    done = terraform.init(f"{HOST}/{address}", settings=override(sandbox), token=key(ask))
    assert done.code == 0, done.output


def test_submodule(terraform: Terraform, sandbox: Running, ask: Asking) -> None:
    """A folder inside the archive is a module, too."""
    address = publish(ask, "1.0.0")
    source = f"{HOST}/{address}//modules/subnet"
    done = terraform.init(source, settings=override(sandbox), token=key(ask))
    assert done.code == 0, done.output
    text = (done.folder / ".terraform/modules/modules.json").read_text(encoding="utf-8")
    assert '"Dir":".terraform/modules/vpc/modules/subnet"' in text


def test_module_in_git_has_a_download_url(
    terraform: Terraform, sandbox: Running, ask: Asking
) -> None:
    """A version that the pipeline located itself is fetched from there: here, a sandbox again."""
    address = publish(ask, "1.0.0")
    url = ask("registry.get_download", *address.split("/"), "1.0.0").location
    ask("modules.create", models.CreateModuleRequest(name="referenced", system="aws"))
    body = models.PushModuleMetadataRequest(
        metadata="{}", download_url=url, git_tag="v3.0.0", repo_url="https://git.example.com/vpc"
    )
    ask("onboarding.push_metadata", "referenced", "aws", "3.0.0", body)
    done = terraform.init(
        f"{HOST}/{ask.account}/referenced/aws", settings=override(sandbox), token=key(ask)
    )
    assert done.code == 0, done.output
    assert (done.version, done.files) == ("3.0.0", {**FILES, "version": b"1.0.0"})


@pytest.mark.parametrize("key", ["", "wrong", "pat.ACCOUNT.revoked.x"])
def test_wrong_token(terraform: Terraform, sandbox: Running, ask: Asking, key: str) -> None:
    """A token that is missing, malformed or revoked is refused."""
    address = publish(ask, "1.0.0")
    token = key.replace("ACCOUNT", ask.account)
    done = terraform.init(f"{HOST}/{address}", settings=override(sandbox), token=token)
    assert done.code == 1
    assert "401 Unauthorized" in done.output


def test_token_of_another_account(terraform: Terraform, sandbox: Running, ask: Asking) -> None:
    """The modules of an account are not there for others."""
    address = publish(ask, "1.0.0")
    done = terraform.init(
        f"{HOST}/{address}", settings=override(sandbox), token="pat.another.token.secret"
    )
    assert done.code == 1
    assert "Module not found" in done.output


@pytest.mark.parametrize(
    ("name", "constraint", "message"),
    [
        ("absent", "", "Module not found"),
        ("vpc", "~> 3.0", "no available version"),
        ("vpc", "1.0.1", "no available version"),
    ],
)
def test_what_is_not_there(
    terraform: Terraform, sandbox: Running, ask: Asking, name: str, constraint: str, message: str
) -> None:
    """A module or a version that is not there fails, and Terraform says which."""
    address = publish(ask, *VERSIONS).replace("/vpc/", f"/{name}/")
    done = terraform.init(
        f"{HOST}/{address}", constraint, settings=override(sandbox), token=key(ask)
    )
    assert done.code == 1
    assert message in done.output


def test_upgrade(terraform: Terraform, sandbox: Running, ask: Asking) -> None:
    """The same configuration gets a newer version after it was uploaded."""
    address = publish(ask, "1.0.0")
    for version in ("1.0.0", "1.0.1"):
        upload(ask, version, pack())
        done = terraform.init(
            f"{HOST}/{address}", "~> 1.0", settings=override(sandbox), token=key(ask)
        )
        assert done.version == version


def test_settings_of_the_docs(terraform: Terraform, sandbox: Running) -> None:
    """The settings that docs/sandbox.md shows are enough, once they name the port."""
    text = (ROOT / "docs/sandbox.md").read_text(encoding="utf-8")
    settings = text.partition("```hcl\n")[2].partition("```")[0]
    ask = Asking(sandbox.url, "sandbox", "sync")
    publish(ask, "1.0.0")
    ask.close()
    done = terraform.init(
        "app.harness.io/sandbox/vpc/aws",
        settings=settings.replace("http://127.0.0.1:8808", sandbox.url),
    )
    assert done.code == 0, done.output
    assert done.files == {**FILES, "version": b"1.0.0"}


@pytest.mark.parametrize("token", ["good", "wrong"])
def test_real_discovery(
    terraform: Terraform, authority: trustme.CA, tmp_path: Path, token: str
) -> None:
    """Over HTTPS Terraform finds the registry by itself; its settings have the token alone."""
    certificate = tmp_path / "certificate.pem"
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(certificate)
    with run_sandbox(certificate=certificate) as secure:
        host = secure.url.removeprefix("https://")
        ask = Asking(secure.url, "secure", "sync", verify=str(tmp_path / "authority.pem"))
        address = publish(ask, *VERSIONS)
        sent = {"good": key(ask), "wrong": "wrong"}[token]
        settings = f'credentials "{host}" {{\n  token = "{sent}"\n}}\n'
        done = terraform.init(f"{host}/{address}", "~> 1.1", settings=settings)
        ask.close()
    if token == "wrong":
        assert done.code == 1
        assert "401 Unauthorized" in done.output
    else:
        assert done.code == 0, done.output
        assert (done.version, done.files) == ("1.10.0", {**FILES, "version": b"1.10.0"})

"""No secret reaches a fixture: what is planted is replaced, and what cannot be is refused."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from pipeline.contract.fixture import Call, Request, Response
from pipeline.contract.record import Recorded
from pipeline.contract.recording import Exchange, note_request, note_response
from pipeline.contract.redaction import Scrubber, find_secrets, guard, redact
from pipeline.contract.targets import Target, open_target
from pipeline.faults import DoesNotHold
from tests.contract.exchanges import DESCRIPTION

KEY = "pat.kK3uY7accountQ.tokenid.s3cr3tS3CR3Ts3cr3t"
ACCOUNT = "kK3uY7accountQ"
OTHER_KEY = "sat.another0account.tokenid.0123456789abcdef"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
PERSON = "jane.doe@acme-corp.com"
TARGET = Target("live", "https://acme.harness.io/gateway", KEY, ACCOUNT, "nextgen_x1_")
CANARIES = (KEY, ACCOUNT, OTHER_KEY, JWT, PERSON, "acme", "nextgen_x1_", "COOKIE", "HIDDEN")


def scrub(text: str) -> str:
    """Scrub one text."""
    return Scrubber(TARGET).scrub(text)


TEXTS = [
    (f"key {KEY}", "key YOUR_API_KEY_HERE"),
    (f"Bearer {KEY}", "Bearer YOUR_API_KEY_HERE"),
    (OTHER_KEY, "YOUR_API_KEY_HERE"),
    (f"/account/{ACCOUNT}/x", "/account/abc123DEFghiJKL/x"),
    (ACCOUNT.lower(), "abc123DEFghiJKL"),
    (JWT, "A_SHORT_LIVED_TOKEN"),
    (f"mail {PERSON}.", "mail person@example.com."),
    ("https://acme.harness.io/gateway/iacm", "https://app.harness.io/iacm"),
    ("see acme.harness.io", "see app.harness.io"),
    ("https://s3.acme.internal/a?X-Sig-Token=abcdef123", "https://host-1.example.com/a"),
    ("http://10.1.2.3:8080/x", "http://host-1.example.com/x"),
    ("https://user:pw@git.acme.com/x", "https://example.com/x"),
    ("nextgen_x1_vpc", "demo_vpc"),
]


@pytest.mark.parametrize(("text", "shown"), TEXTS)
def test_texts_are_scrubbed(text: str, shown: str) -> None:
    """Each kind of secret becomes its placeholder; the rest of a text stays."""
    scrubbed = scrub(text)
    assert scrubbed.startswith(shown)
    assert not any(canary in scrubbed for canary in CANARIES)


@pytest.mark.parametrize(
    "text",
    ["https://github.example.com/vpc", "a plain text", "1.2.0", "v2.0.0-rc.1", "pattern.of.words",
     "aaaaaaaa-bbbb-cccc-eeee-ffffffffffff", "token", "hashicorp/aws"],
)  # fmt: skip
def test_ordinary_texts_stay(text: str) -> None:
    """What is no secret is left alone."""
    assert scrub(text) == text
    assert list(find_secrets(text, TARGET)) == []


def test_hosts_are_numbered_in_order_and_the_same_again() -> None:
    """Placeholders are stable within an exchange."""
    scrubber = Scrubber(TARGET)
    texts = ["https://a.acme.com", "https://b.acme.com", "https://a.acme.com/x"]
    assert [scrubber.scrub(text) for text in texts] == [
        "https://host-1.example.com", "https://host-2.example.com", "https://host-1.example.com/x",
    ]  # fmt: skip


def hide(value: str) -> dict[str, str]:
    """Hide a text in every encoding that the guard has to see through."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("main.tf", f"# {value}")
    return {
        "plain": f"x{value}y",
        "upper": value.upper(),
        "percent": quote(value.replace(".", "%2E"), safe="%"),
        "base64": base64.b64encode(f"key: {value}".encode()).decode(),
        "base64url": base64.urlsafe_b64encode(f"??>>{value}".encode()).decode().rstrip("="),
        "twice": base64.b64encode(base64.b64encode(value.encode())).decode(),
        "escaped": "".join(f"\\u{ord(one):04x}" for one in value),
        "html": "".join(f"&#{ord(one)};" for one in value),
        "archive": base64.b64encode(packed.getvalue()).decode(),
    }


@pytest.mark.parametrize("way", hide("x"))
@pytest.mark.parametrize("secret", [KEY, ACCOUNT])
def test_guard_sees_through_encodings(secret: str, way: str) -> None:
    """A fixture that still holds the key or the account is found, wherever it is."""
    document = {"response": {"body": [{"description": hide(secret)[way]}]}}
    found = list(guard(document, TARGET))
    assert found
    assert {location for location, _ in found} == {("response", "body", 0, "description")}
    assert not any(secret in kind for _, kind in found)
    assert list(guard({hide(secret)[way]: 1}, TARGET))  # as the name of a member, too


@pytest.mark.parametrize("token", [OTHER_KEY, JWT])
def test_guard_knows_forms_of_tokens(token: str) -> None:
    """A token of another account is refused, too."""
    assert list(guard({"response": {"body": f"a {token} b"}}, TARGET))


def exchange(body: Any, **headers: str) -> tuple[Request, Response]:
    """Note an exchange of reading a module, with whatever a server may send."""
    noted = Exchange(
        "GET",
        f"/gateway/iacm/api/modules/{ACCOUNT}?scope_org=nextgen_x1_org",
        httpx.Headers({"x-api-key": KEY, "Harness-Account": ACCOUNT, "Cookie": "COOKIE=1",
                       "User-Agent": "acme"}),
        b"",
        200,
        httpx.Headers({"Content-Type": "application/json", "Set-Cookie": "COOKIE=2",
                       "x-internal": "HIDDEN", **headers}),
        json.dumps(body).encode(),
    )  # fmt: skip
    operation = DESCRIPTION.methods["modules.get"]
    return note_request(noted, "/gateway"), note_response(noted, DESCRIPTION, operation)


def test_canaries_of_a_server_do_not_come_through() -> None:
    """Headers and members are shown by allow-list; call, request and answer still agree."""
    body = {
        "id": ACCOUNT, "account": ACCOUNT, "name": f"nextgen_x1_{PERSON}",
        "description": f"{KEY} {JWT} {OTHER_KEY} {PERSON} https://x.acme.com/?token=HIDDENHIDDEN",
        "repository_url": f"https://bot:{KEY}@git.acme.com/vpc",
        "owner_phone": "HIDDEN", "more": {"deep": ["HIDDEN", 7, None]},
    }  # fmt: skip
    call = Call("modules.get", {"module_id": ACCOUNT, "scope_org": "nextgen_x1_org"})
    operation = DESCRIPTION.methods["modules.get"]
    shown = redact(call, [exchange(body)], operation, DESCRIPTION, Scrubber(TARGET))
    [(request, response)] = shown.exchanges
    everything = repr((shown.call, request, response))
    assert [one for one in CANARIES if one in everything] == []
    assert response.headers == {"Content-Type": "application/json"}
    assert set(request.headers) == {"x-api-key", "Harness-Account"}
    assert response.body["more"] == {"deep": ["text", 7, None]}
    assert shown.call.arguments == {"module_id": "abc123DEFghiJKL", "scope_org": "demo_org"}
    assert request.path == "/iacm/api/modules/abc123DEFghiJKL"
    assert request.query == "scope_org=demo_org"


def list_canary_steps(key: str) -> list[dict[str, Any]]:
    """Plant secrets in what a recording of the local Harness sends and gets back."""
    text = f"{key} {JWT} {PERSON} https://x.acme.com/?access_token=HIDDENHIDDEN ${{account}}"
    readme = {"name": "${prefix}vpc", "system": "aws", "version": "1.0.0", "body": f"# {text}\n"}
    return [
        {
            "case": "modules/create_module/canary",
            "call": {
                "method": "modules.create",
                "arguments": {
                    "body": {"name": "${prefix}vpc", "system": "aws", "description": text}
                },
            },
            "keep": {"module": "response/body/id"},
        },
        {
            "case": "modules/get_module/canary",
            "call": {"method": "modules.get", "arguments": {"module_id": "${module}"}},
        },
        {
            "case": "modules/get_module/echo",
            "call": {"method": "modules.get", "arguments": {"module_id": f"{key}/{PERSON}"}},
            "expect": "NotFoundError",
        },
        {
            "case": "onboarding/upload_module_readme/canary",
            "call": {"method": "onboarding.upload_readme", "arguments": readme},
        },
        {
            "case": "modules/get_module_readme/canary",
            "call": {
                "method": "modules.get_readme",
                "arguments": {"module_id": "${module}", "version": "1.0.0"},
            },
        },
    ]


def read_key() -> tuple[str, str]:
    """Read the key and the account of recordings from the local Harness."""
    with open_target("sandbox") as target:
        return target.key, target.account


def test_planted_canaries_are_in_no_file(play: Callable[..., Recorded], tmp_path: Path) -> None:
    """Whatever the server sends back, encoded or not, no file holds a trace of it."""
    key, account = read_key()
    recorded = play(*list_canary_steps(key))
    assert len(recorded.written) == 5
    for path in (tmp_path / "fixtures").rglob("*.yaml"):
        text = path.read_text()
        for canary in (key, account, JWT, PERSON, "acme", "HIDDEN"):
            assert canary not in text
            assert base64.b64encode(canary.encode()).decode()[:-4] not in text


def test_what_is_left_after_all_is_refused(play: Callable[..., Recorded], tmp_path: Path) -> None:
    """A key in an encoding that nobody rewrites stops at the guard: nothing is written."""
    key, account = read_key()
    [step, *_] = list_canary_steps(base64.b64encode(f"key: {key}".encode()).decode())
    with pytest.raises(DoesNotHold) as caught:
        play(step)
    message = str(caught.value)
    assert "still holds the API key at call/arguments/body/description" in message
    assert key not in message
    assert account not in message
    assert not (tmp_path / "fixtures").exists()


def test_a_secret_inside_bytes_is_refused(play: Callable[..., Recorded], tmp_path: Path) -> None:
    """Bytes cannot be rewritten, so nothing is written; the message does not tell the secret."""
    key, account = read_key()
    archive = {
        "name": "${prefix}vpc", "system": "aws", "version": "1.0.0",
        "content_disposition": "attachment",
        "body": {"base64": hide(key)["archive"]},
    }  # fmt: skip
    step = {
        "case": "onboarding/upload_module_archive/canary",
        "call": {"method": "onboarding.upload_archive", "arguments": archive},
    }
    with pytest.raises(DoesNotHold) as caught:
        play(*list_canary_steps(key)[:1], step)
    message = str(caught.value)
    assert "upload_module_archive/canary" in message
    assert "it is not written" in message
    assert key not in message
    assert account not in message
    assert not (tmp_path / "fixtures").exists()

"""All operations of the client, in all the ways that they can be called."""

from __future__ import annotations

import json
import re
from email.message import Message
from typing import Any
from urllib.parse import unquote

import attrs
import pytest
import yaml

from harness_nextgen_runtime.answer import RawResponse
from tests.client.calling import ACCOUNT, KEY, WAYS, call
from tests.client.described import Described, follow, list_operations, make_value
from tests.client.server import Received, Reply, serve

OPERATIONS = list_operations()
IN_YAML = [one for one in OPERATIONS if "yaml" in json.dumps(one.value)]
MODES = ("sync", "async")


def reply_as_described(operation: Described) -> Reply:
    """Answer with the least that the description allows."""
    status, response = operation.success
    headers = {
        name: str(make_value(follow(header).get("schema", {})))
        for name, header in response.get("headers", {}).items()
        if follow(header).get("required")
    }
    for media_type, content in response.get("content", {}).items():
        value = make_value(content.get("schema", {}))
        body = json.dumps(value) if "json" in media_type else str(value)
        return Reply(status, body.encode(), {"Content-Type": media_type, **headers})
    return Reply(status, headers=headers)


def show(answer: Any) -> Any:
    """Show models and what holds them as plain data."""
    if isinstance(answer, list):
        return [show(item) for item in answer]  # pyright: ignore
    return answer.to_dict() if attrs.has(type(answer)) else answer


def check_received(received: Received, operation: Described) -> None:
    """Compare what came with what is described."""
    pattern = re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(operation.path))
    assert received.method == operation.method
    assert re.fullmatch(pattern, unquote(received.path))
    assert received.headers["x-api-key"] == KEY
    takes_account = any(one["name"] == "Harness-Account" for one in operation.parameters)
    assert received.headers["Harness-Account"] == (ACCOUNT if takes_account else None)
    described = follow(operation.value.get("requestBody", {})).get("content", {})
    sent = Message()
    sent["Content-Type"] = received.headers.get("Content-Type", "none/none")
    if described:
        assert sent.get_content_type() in described
    else:
        assert received.body == b""


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.id)
def test_operation_sends_and_reads_what_is_described(
    operation: Described, way: str, mode: str
) -> None:
    """Each operation, called in each way, makes one request and gives the model of the answer."""
    reply = reply_as_described(operation)
    with serve(lambda _: reply) as server:
        answer = call(server.url, operation, way, mode)
    [received] = server.received
    check_received(received, operation)
    if isinstance(answer, RawResponse):
        assert answer.status_code == reply.status
        assert answer.content == reply.body
        answer = answer.parse()
    media_type = reply.headers.get("Content-Type", "")
    if "json" in media_type:
        assert show(answer) == json.loads(reply.body)
    elif media_type.startswith("text/") and isinstance(answer, str):
        assert answer.encode() == reply.body
    elif media_type:
        assert answer == reply.body
    else:
        assert answer is None


def test_every_operation_is_called() -> None:
    """The client has 45 operations, and each is called above."""
    assert len({one.id for one in OPERATIONS}) == 45


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "operation",
    [one for one in OPERATIONS if "yaml" in json.dumps(one.value)],
    ids=lambda one: one.id,
)
def test_yaml_is_sent_and_read(operation: Described, mode: str) -> None:
    """An operation that takes YAML sends and reads it when it is asked to."""
    status, response = operation.success
    value = make_value(response["content"]["application/yaml"]["schema"])
    reply = Reply(status, yaml.safe_dump(value).encode(), {"Content-Type": "application/yaml"})
    with serve(lambda _: reply) as server:
        answer = call(server.url, operation, "method", mode, format="yaml")
    [received] = server.received
    assert "yaml" in received.headers["Accept"]
    if received.body:
        assert received.headers["Content-Type"] == "application/yaml"
        assert not received.body.lstrip().startswith(b"{")
        assert isinstance(yaml.safe_load(received.body), dict)
    assert show(answer) == value

"""Every recorded exchange holds against the effective spec and against the client."""

from __future__ import annotations

import harness_nextgen
import pytest

from pipeline.contract.calling import Caller
from pipeline.contract.checks import (
    Conversation,
    check_by_client,
    check_by_spec,
    check_models,
    list_conversations,
)
from pipeline.contract.contract import digest_spec, read_index
from pipeline.contract.coverage import cover, read_excuses
from pipeline.contract.fixture import UNCOVERED, Fixture, read_fixtures
from pipeline.contract.replay import Replay
from pipeline.contract.schemas import Part
from tests.contract.exchanges import DESCRIPTION, FIXTURES, SPEC

ALL = read_fixtures(FIXTURES)
CONVERSATIONS = list_conversations(ALL)


@pytest.mark.parametrize("fixture", ALL, ids=lambda one: one.name)
def test_exchange_is_what_the_spec_describes(fixture: Fixture) -> None:
    """Request and answer are valid, and no part of them is without a name."""
    assert [one.fault for one in check_by_spec(DESCRIPTION, fixture, set())] == []


@pytest.mark.parametrize("fixture", ALL, ids=lambda one: one.name)
def test_models_keep_the_body(fixture: Fixture) -> None:
    """The models of the client decode the body and encode it equal."""
    assert [one.fault for one in check_models(harness_nextgen, DESCRIPTION, fixture)] == []


@pytest.mark.parametrize("conversation", CONVERSATIONS, ids=lambda one: one.first.name)
def test_client_keeps_to_the_exchange(
    caller: Caller, server: Replay, conversation: Conversation
) -> None:
    """The client sends the recorded request, and gives what is recorded."""
    assert [one.fault for one in check_by_client(caller, server, conversation)] == []


def test_nothing_is_left_untouched() -> None:
    """Each part of the spec is touched by a fixture, or left out for a reason."""
    touched: set[Part] = set()
    for one in ALL:
        list(check_by_spec(DESCRIPTION, one, touched))
    coverage = cover(DESCRIPTION, ALL, touched, read_excuses(FIXTURES / UNCOVERED))
    assert coverage.missing == ()
    assert coverage.stale == ()


def test_every_conversation_is_made() -> None:
    """No exchange is left out: each belongs to one call."""
    told = [one.name for conversation in CONVERSATIONS for one in conversation.fixtures]
    assert sorted(told) == sorted(one.name for one in ALL)


def test_fixtures_were_accepted_for_this_spec() -> None:
    """The index names the spec as it is."""
    assert read_index(FIXTURES) == digest_spec(SPEC)

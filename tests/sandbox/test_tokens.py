"""Download tokens."""

from __future__ import annotations

import pytest

from harness_nextgen_sandbox.tokens import LIFETIME, make_token, read_token

SECRET = b"secret"
PLACE = ("account", "namespace", "vpc", "aws", "1.0.0")


def test_token_tells_its_place_until_it_is_old() -> None:
    """A token holds for five minutes."""
    token = make_token(SECRET, 1000, *PLACE)
    assert read_token(SECRET, 1000, token) == list(PLACE)
    assert read_token(SECRET, 1000 + LIFETIME - 1, token) == list(PLACE)
    assert read_token(SECRET, 1000 + LIFETIME, token) is None
    assert LIFETIME == 300_000
    for length in range(12):
        place = [*PLACE, "x" * length]
        assert read_token(SECRET, 0, make_token(SECRET, 0, *place)) == place


def test_token_cannot_be_forged() -> None:
    """A token of another secret, or with another claim or signature, is none."""
    token = make_token(SECRET, 0, *PLACE)
    claim, _, signature = token.partition(".")
    other = make_token(SECRET, 0, *PLACE[:-1], "2.0.0").partition(".")[0]
    assert read_token(b"other", 0, token) is None
    for forged in (f"{other}.{signature}", claim, f"{claim}.", f"{claim}.{signature}x"):
        assert read_token(SECRET, 0, forged) is None


@pytest.mark.parametrize("text", ["", ".", "x.y", "é.é", "=.=", "W10.x", "\ud800.x"])
def test_what_is_no_token(text: str) -> None:
    """Any other text is none."""
    assert read_token(SECRET, 0, text) is None

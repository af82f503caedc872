"""Short-lived tokens for the download of one archive, signed and kept nowhere."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

LIFETIME = 5 * 60 * 1000
"""Milliseconds from when a location is handed out (guess: Harness says "short-lived")."""


def make_token(secret: bytes, now: int, *place: str) -> str:
    """Make the token for a place: account, namespace, name, system and version."""
    claim = json.dumps([now + LIFETIME, *place], separators=(",", ":")).encode()
    return f"{urlsafe_b64encode(claim).decode().rstrip('=')}.{_sign(secret, claim)}"


def read_token(secret: bytes, now: int, token: str) -> list[str] | None:
    """Return the place that a token is for, or None when it is forged or too old."""
    encoded, _, signature = token.partition(".")
    try:
        claim = urlsafe_b64decode(encoded.encode() + b"=" * (-len(encoded) % 4))
    except ValueError:
        return None
    if not hmac.compare_digest(_sign(secret, claim).encode(), signature.encode()):
        return None
    expires, *place = _load(claim)
    return place if now < expires else None


def _load(claim: bytes) -> list[Any]:
    value: list[Any] = json.loads(claim)
    return value


def _sign(secret: bytes, claim: bytes) -> str:
    return hmac.new(secret, claim, hashlib.sha256).hexdigest()

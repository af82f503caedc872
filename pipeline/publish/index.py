"""A package index: where to upload, where to install from, and who may."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Index:
    """An index that takes uploads."""

    name: str
    """What messages call it: never an address with a password in it."""
    upload_url: str
    """Where files are sent (the upload API that twine speaks)."""
    simple_url: str
    """Where installers look (PEP 503), without credentials."""
    username: str = ""
    password: str = field(default="", repr=False)

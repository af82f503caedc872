"""The clients of the runtime, made for a server on loopback."""

from __future__ import annotations

from harness_nextgen_runtime.client import AsyncClient, SyncClient


def sync_client(url: str, retries: int = 0) -> SyncClient:
    """Make a client that blocks."""
    return SyncClient("key", base_url=url, max_retries=retries, verify=False)


def async_client(url: str, retries: int = 0) -> AsyncClient:
    """Make a client for asyncio."""
    return AsyncClient("key", base_url=url, max_retries=retries, verify=False)

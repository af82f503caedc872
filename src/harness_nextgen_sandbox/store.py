"""The state of the sandbox: one SQLite database, in memory or in a file.

One connection does everything, behind one lock, in explicit transactions. A file is opened in WAL
mode with ``synchronous=FULL`` and locked for this process alone: what was committed is on disk
before the answer goes out, so a kill at any moment loses nothing that was acknowledged.
"""

from __future__ import annotations

import secrets
import sqlite3
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from harness_nextgen_sandbox.clock import Clock
from harness_nextgen_sandbox.identity import Identity

VERSION = 2
"""Raised whenever the tables change; a file of another version is refused."""

_TABLES = """
CREATE TABLE secrets (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE modules (
    pk INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    scope_org TEXT NOT NULL,
    scope_project TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    system TEXT NOT NULL,
    fields TEXT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    synced INTEGER NOT NULL,
    testing TEXT,
    lifecycle TEXT,
    problem TEXT,
    locked INTEGER NOT NULL DEFAULT 0,
    UNIQUE (account, scope_org, scope_project, name, system)
);
CREATE INDEX modules_by_namespace ON modules (account, namespace, name, system);
CREATE TABLE tags (
    pk INTEGER PRIMARY KEY AUTOINCREMENT,
    module INTEGER NOT NULL REFERENCES modules ON DELETE CASCADE,
    tag TEXT NOT NULL,
    UNIQUE (module, tag)
);
CREATE TABLE versions (
    pk INTEGER PRIMARY KEY AUTOINCREMENT,
    module INTEGER NOT NULL REFERENCES modules ON DELETE CASCADE,
    version TEXT NOT NULL,
    git_version TEXT NOT NULL,
    UNIQUE (module, version)
);
CREATE TABLE archives (
    version INTEGER PRIMARY KEY REFERENCES versions ON DELETE CASCADE,
    content BLOB NOT NULL
);
CREATE TABLE metadata (
    version INTEGER NOT NULL REFERENCES versions ON DELETE CASCADE,
    submodule TEXT NOT NULL,
    pushed TEXT NOT NULL,
    PRIMARY KEY (version, submodule)
);
CREATE TABLE readmes (
    version INTEGER NOT NULL REFERENCES versions ON DELETE CASCADE,
    submodule TEXT NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (version, submodule)
);
CREATE TABLE examples (
    version INTEGER NOT NULL REFERENCES versions ON DELETE CASCADE,
    path TEXT NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (version, path)
);
CREATE TABLE executions (
    pk INTEGER PRIMARY KEY AUTOINCREMENT,
    module INTEGER NOT NULL REFERENCES modules ON DELETE CASCADE,
    org TEXT NOT NULL,
    project TEXT NOT NULL,
    status TEXT NOT NULL,
    onboarding INTEGER NOT NULL,
    pipeline_execution_id TEXT NOT NULL,
    metadata TEXT NOT NULL,
    created INTEGER NOT NULL
);
CREATE TABLE organizations (
    pk INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    identifier TEXT NOT NULL,
    name TEXT NOT NULL,
    fields TEXT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    UNIQUE (account, identifier)
);
CREATE TABLE projects (
    pk INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL REFERENCES organizations ON DELETE CASCADE,
    identifier TEXT NOT NULL,
    name TEXT NOT NULL,
    fields TEXT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    UNIQUE (organization, identifier)
);
"""


class StoreError(Exception):
    """The database cannot be used; the text says why and what to do."""


class Store:
    """A database with its clock and its source of ids."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        clock: Clock,
        identity: Identity,
        lock: Any = None,  # threading.RLock is a function until Python 3.13
    ) -> None:
        self.clock = clock
        self.identity = identity
        self._connection = connection
        self._lock = lock or threading.RLock()

    def at(self, clock: Clock) -> Store:
        """Return the same store at another time."""
        return Store(self._connection, clock, self.identity, self._lock)

    @contextmanager
    def transaction(self, *, write: bool = True) -> Generator[sqlite3.Connection]:
        """Give the connection; commit at the end of the block, or roll back when it raises."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE" if write else "BEGIN")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._connection.close()


def open_store(
    path: Path | None = None, *, seed: int | None = None, clock: datetime | None = None
) -> Store:
    """Open the database in ``path``, made where there is none, or one in memory.

    ``seed`` makes ids repeatable (it fills nothing), ``clock`` times. Raises StoreError.
    """
    try:
        connection = sqlite3.connect(path or ":memory:", check_same_thread=False, timeout=1)
    except sqlite3.Error as error:
        raise StoreError(f"{path}: cannot be opened: {error}") from None
    try:
        _prepare(connection)
        _make_tables(connection, path, seed)
    except sqlite3.Error as error:
        connection.close()
        hint = "; does another sandbox use it?" if "locked" in str(error) else ""
        raise StoreError(f"{path}: cannot be used: {error}{hint}") from None
    except StoreError:
        connection.close()
        raise
    return Store(connection, Clock(clock), Identity(seed))


def _prepare(connection: sqlite3.Connection) -> None:
    connection.row_factory = sqlite3.Row
    connection.isolation_level = None
    connection.create_function("fold", 1, str.casefold, deterministic=True)
    for pragma in ("locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("PRAGMA foreign_keys=ON")


def _make_tables(connection: sqlite3.Connection, path: Path | None, seed: int | None) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        found = connection.execute("PRAGMA user_version").fetchone()[0]
        empty = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
        if found == 0 and empty:
            for statement in _TABLES.split(";")[:-1]:
                connection.execute(statement)
            secret = secrets.token_hex(32) if seed is None else f"{seed:064x}"[-64:]
            connection.execute("INSERT INTO secrets VALUES ('download', ?)", (secret,))
            connection.execute(f"PRAGMA user_version={VERSION}")
        elif found != VERSION:
            raise StoreError(
                f"{path}: is no database of this version of the sandbox; name another file"
            )
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise

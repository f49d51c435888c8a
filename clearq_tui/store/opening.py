"""Open the SQLite file as clearq needs it, and bring its schema up to date."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clearq_tui.store.failure import StoreBusy, StoreForeign, StoreTooNew

APPLICATION = 0x636C7271
"""`clrq`, in SQLite's header: this database is clearq's."""

SCHEMA_VERSION = 1
"""How many migrations a store of this clearq has seen; kept in `PRAGMA user_version`."""

BUSY_TIMEOUT = 15.0
"""Seconds to wait for another process's transaction: one on 100,000 tasks takes about ten."""


def connect(path: Path) -> sqlite3.Connection:
    """A connection in autocommit mode with all settings made and the schema up to date.

    Raises:
        StoreTooNew: the schema is newer than this clearq.
        StoreForeign: the database is another program's.
        sqlite3.Error: SQLite cannot use the file.
    """
    with _alone_in(path.parent):
        return _connect(path)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, timeout=BUSY_TIMEOUT, isolation_level=None, cached_statements=256
    )
    try:
        version = _checked_version(connection, path)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA temp_store=MEMORY")
        connection.execute("PRAGMA cache_size=-16384")
        if version < SCHEMA_VERSION:
            _migrate(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def _alone_in(directory: Path) -> Iterator[None]:
    """Only one process at a time opens the store.

    SQLite's busy timeout does not cover the change to WAL: of several first starts at the same
    moment, all but one would be told that the database is locked.
    """
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        deadline = time.monotonic() + BUSY_TIMEOUT
        while not _locked(descriptor):
            if time.monotonic() > deadline:
                raise StoreBusy(
                    f"Another process has been opening the store in {directory} for too long; "
                    "see which one, and try again."
                )
            time.sleep(0.002)
        yield
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _checked_version(connection: sqlite3.Connection, path: Path) -> int:
    """The schema's version, 0 for a new file."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if application != APPLICATION:
        if connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
            raise StoreForeign(
                f"{path} is a database of another program; set CLEARQ_HOME to a directory of "
                "clearq's own."
            )
        return 0
    if version > SCHEMA_VERSION:
        raise StoreTooNew(
            f"The store {path} was written by a newer clearq (schema {version}, this one knows "
            f"{SCHEMA_VERSION}); upgrade clearq to use it."
        )
    return int(version)


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    from clearq_tui.store import schema  # sqlite-utils takes 200 ms to import

    connection.execute("BEGIN IMMEDIATE")
    try:
        if _checked_version(connection, path) < SCHEMA_VERSION:
            schema.migrate(connection)
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.rollback()

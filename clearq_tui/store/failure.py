"""What can be wrong with the store itself, said so that the operator knows what to do."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

from clearq_tui.model import ClearqError


class StoreError(ClearqError):
    """The store could not be read or written; nothing was changed."""


class StoreBusy(StoreError):
    """Another process kept the store locked for longer than we wait."""


class StoreReadOnly(StoreError):
    """The store's file, its directory or its file system cannot be written."""


class StoreFull(StoreError):
    """The disk that holds the store is full."""


class StoreDamaged(StoreError):
    """The file is no SQLite database, or a broken one."""


class StoreTooNew(StoreError):
    """The store was written by a newer clearq."""


class StoreForeign(StoreError):
    """The file is another program's database."""


class StoreUnreachable(StoreError):
    """The file cannot be opened."""


def explain_os_error(error: OSError, path: Path) -> StoreError:
    """The sentence for what the system said when the store's file was to be made."""
    if error.errno == errno.EROFS:
        return StoreReadOnly(_read_only(path))
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoreFull(_full(path))
    why = error.strerror or str(error)
    return StoreUnreachable(
        f"The store {path} cannot be opened ({why}); check the directory, or set CLEARQ_HOME."
    )


def explain(error: sqlite3.Error, path: Path) -> StoreError:
    """The sentence for what SQLite said about the store at `path`."""
    code = getattr(error, "sqlite_errorcode", None)
    primary = code & 0xFF if code is not None else None
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreBusy(
            f"Another process has kept the store {path} locked for too long; try again in a moment."
        )
    if primary == sqlite3.SQLITE_READONLY or (
        primary == sqlite3.SQLITE_CANTOPEN and path.is_file() and not os.access(path, os.W_OK)
    ):
        return StoreReadOnly(_read_only(path))
    if primary == sqlite3.SQLITE_FULL:
        return StoreFull(_full(path))
    if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return StoreDamaged(
            f"The store {path} is damaged ({error}); move it away or bring back a copy of it."
        )
    if primary == sqlite3.SQLITE_IOERR:
        return StoreError(f"The disk that holds {path} failed ({error}); check the disk.")
    if primary in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH):
        return StoreUnreachable(
            f"The store {path} cannot be opened ({error}); check its directory, or set CLEARQ_HOME."
        )
    return StoreError(f"The store {path} refused: {error}.")


def _read_only(path: Path) -> str:
    return (
        f"The store {path} cannot be written; check the permissions of the file, of its directory "
        "and of the file system."
    )


def _full(path: Path) -> str:
    return f"The disk that holds {path} is full; free some space and try again."

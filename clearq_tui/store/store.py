"""The connection to the store: durable transactions, and every failure as a sentence."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from clearq_tui.store import opening
from clearq_tui.store.failure import explain, explain_os_error

Value = str | int | float | bytes | None
Row = tuple[Any, ...]
"""One row as SQLite gives it; the module of each noun turns it into the noun."""

_ALONE = ("BEGIN IMMEDIATE", "COMMIT")
_INSIDE = ("SAVEPOINT operation", "RELEASE operation")


class Store:
    """One process's (and one thread's) connection to the SQLite file that holds the cluster.

    Reads may happen at any time; each sees the last commit. Writes happen inside `transaction()`
    alone, which is on disk when it ends (WAL, `synchronous=FULL`). Every method raises a
    `StoreError` whose sentence says what the operator can do.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._writing = False
        self._together = False
        self._identity: str | None = None

    @classmethod
    def open(cls, path: Path) -> Store:
        """Open the store, made or brought up to date first where needed.

        Raises:
            StoreTooNew: a newer clearq wrote it.
            StoreForeign: the file belongs to another program.
            StoreError: it cannot be opened, read or written.
        """
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _make_private(path)
        except OSError as error:
            if not (isinstance(error, PermissionError) and path.exists()):  # perhaps readable
                raise explain_os_error(error, path) from error
        try:
            return cls(path, opening.connect(path))
        except sqlite3.Error as error:
            raise explain(error, path) from error
        except OSError as error:
            raise explain_os_error(error, path) from error

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def transaction(self, *, quiet: bool = False) -> Iterator[None]:
        """All writes inside happen together, on disk at the end; an exception undoes them.

        `quiet` leaves the change counter alone: for what no list and no plan shows (samples, the
        arrival of log bytes). Not nestable: an operation is one transaction.
        """
        if self._writing:
            raise RuntimeError("transactions of the store cannot be nested")
        begin, commit = _INSIDE if self._together else _ALONE
        self._execute(begin)
        self._writing = True
        before = self._connection.total_changes
        finished = False
        try:
            yield
            if not quiet and self._connection.total_changes != before:
                self._execute("UPDATE change_counter SET value = value + 1")
            self._execute(commit)
            finished = True
        finally:
            self._writing = False
            if not finished and self._connection.in_transaction:
                self._undo()

    @contextmanager
    def together(self) -> Iterator[None]:
        """All operations inside share one transaction, and so one sync to disk, at the end.

        An operation that raises is undone by itself. Nothing may be told to anybody as done until
        this has ended.
        """
        if self._writing or self._together:
            raise RuntimeError("transactions of the store cannot be nested")
        self._execute("BEGIN IMMEDIATE")
        self._together = True
        try:
            yield
            self._execute("COMMIT")
        finally:
            self._together = False
            if self._connection.in_transaction:
                self._connection.rollback()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """All reads inside see the store as it was at the first of them."""
        if self._connection.in_transaction:
            yield
            return
        self._execute("BEGIN")
        try:
            yield
        except BaseException:
            self._connection.rollback()
            raise
        self._execute("COMMIT")  # what was laid out in temporary tables stays

    def change_counter(self) -> int:
        """Rises with every committed transaction that changed what a list or a plan may show.

        A row bumped inside the transaction, and not `PRAGMA data_version`: that one says nothing of
        this connection's own commits, its numbers mean nothing to another process, and it also
        moves with every sample that is stored. Reading the row costs about 10 µs.
        """
        return int(self.value("SELECT value FROM change_counter"))

    @property
    def identity(self) -> str:
        """The random name of this store, made with it; agents keep their state under it."""
        if self._identity is None:
            self._identity = str(self.value("SELECT value FROM settings WHERE key = 'identity'"))
        return self._identity

    def rows(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        """All rows of a query that is known to be small."""
        try:
            return self._connection.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            raise explain(error, self.path) from error

    def each(self, sql: str, parameters: Sequence[Value] = ()) -> Iterator[Row]:
        """The rows of a query one by one, for a reader that may stop early."""
        try:
            yield from self._connection.execute(sql, parameters)
        except sqlite3.Error as error:
            raise explain(error, self.path) from error

    def row(self, sql: str, parameters: Sequence[Value] = ()) -> Row | None:
        """The first row, if there is one."""
        try:
            found: Row | None = self._connection.execute(sql, parameters).fetchone()
        except sqlite3.Error as error:
            raise explain(error, self.path) from error
        return found

    def value(self, sql: str, parameters: Sequence[Value] = ()) -> Any:  # noqa: ANN401 - as stored
        """The first column of the first row; None when there is no row."""
        row = self.row(sql, parameters)
        return row[0] if row is not None else None

    def change(self, sql: str, parameters: Sequence[Value] = ()) -> int:
        """Run one write inside the transaction; how many rows it touched."""
        return self._write(sql, parameters).rowcount

    def scratch(self, sql: str, parameters: Sequence[Value] = ()) -> int:
        """Run one write on this connection's temporary tables alone; how many rows it touched."""
        try:
            return self._connection.execute(sql, parameters).rowcount
        except sqlite3.Error as error:
            raise explain(error, self.path) from error

    def insert(self, sql: str, parameters: Sequence[Value] = ()) -> int:
        """Run one INSERT inside the transaction; the new row's id."""
        return self._write(sql, parameters).lastrowid or 0

    def change_many(self, sql: str, parameters: Iterable[Sequence[Value]]) -> None:
        """Run one write for each of `parameters` inside the transaction."""
        self._check_writing()
        try:
            self._connection.executemany(sql, parameters)
        except sqlite3.Error as error:
            raise explain(error, self.path) from error

    def _write(self, sql: str, parameters: Sequence[Value]) -> sqlite3.Cursor:
        self._check_writing()
        try:
            return self._connection.execute(sql, parameters)
        except sqlite3.Error as error:
            raise explain(error, self.path) from error

    def _undo(self) -> None:
        if self._together:
            self._execute("ROLLBACK TO operation")
            self._execute("RELEASE operation")
        else:
            self._connection.rollback()

    def _check_writing(self) -> None:
        if not self._writing:
            raise RuntimeError("the store is written inside `with store.transaction():` alone")

    def _execute(self, sql: str) -> None:
        try:
            self._connection.execute(sql)
        except sqlite3.Error as error:
            raise explain(error, self.path) from error


def _make_private(path: Path) -> None:
    """An empty file that only its owner can read, if there is none; else only its owner, too.

    SQLite gives its -wal and -shm files the mode of the database. A file that is there is not
    opened: closing it again would drop the locks that SQLite holds on it in this process.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        if path.is_file() and path.stat().st_mode & 0o077:
            path.chmod(0o600)

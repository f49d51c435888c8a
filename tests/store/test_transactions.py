"""Transactions: all or nothing, one at a time, and counted where others look."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from clearq_tui.store import Store, failure, settings
from tests.store.fresh import fresh_store


def test_an_exception_undoes_everything() -> None:
    with fresh_store() as store:
        before = store.change_counter()
        with contextlib.suppress(ZeroDivisionError), store.transaction():
            settings.write(store, "key", "value")
            raise ZeroDivisionError
        assert settings.read(store, "key") is None
        assert store.change_counter() == before


def test_a_write_outside_a_transaction_and_one_inside_another_are_mistakes() -> None:
    with fresh_store() as store:
        with pytest.raises(RuntimeError, match="transaction"):
            settings.write(store, "key", "value")
        with store.transaction(), pytest.raises(RuntimeError, match="nested"), store.transaction():
            pass


def test_the_counter_rises_with_changes_alone() -> None:
    with fresh_store() as store:
        before = store.change_counter()
        with store.transaction():
            settings.read(store, "key")
        assert store.change_counter() == before
        with store.transaction(quiet=True):
            settings.write(store, "key", "quiet")
        assert store.change_counter() == before
        with store.transaction():
            settings.write(store, "key", "value")
        assert store.change_counter() == before + 1


def test_the_counter_is_seen_by_other_processes_and_sees_them() -> None:
    with fresh_store() as store:
        before = store.change_counter()
        code = (
            "import sys; from pathlib import Path; from clearq_tui.store import Store, settings\n"
            "store = Store.open(Path(sys.argv[1]))\n"
            "with store.transaction(): settings.write(store, 'key', 'from afar')\n"
            "print(store.change_counter())\n"
        )
        said = subprocess.run(
            [sys.executable, "-c", code, str(store.path)], capture_output=True, check=True
        )
        assert int(said.stdout) == before + 1 == store.change_counter()
        assert settings.read(store, "key") == "from afar"


def test_reads_inside_reading_see_one_moment() -> None:
    with fresh_store() as store, Store.open(store.path) as other:
        with store.reading():
            before = store.change_counter()
            with other.transaction():
                settings.write(other, "key", "value")
            assert store.change_counter() == before
        assert store.change_counter() == before + 1


def test_a_store_kept_locked_is_called_busy() -> None:
    with fresh_store() as store:
        store.rows("PRAGMA busy_timeout = 20")
        with (
            Store.open(store.path) as other,
            other.transaction(),
            pytest.raises(failure.StoreBusy, match="try again"),
            store.transaction(),
        ):
            pass
        with store.transaction():
            settings.write(store, "key", "value")


def test_a_full_disk_is_a_sentence_and_undoes_the_transaction() -> None:
    with fresh_store() as store:
        pages = store.value("PRAGMA page_count")
        store.rows(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(failure.StoreFull, match="free some space"), store.transaction():
            settings.write(store, "key", "x" * 1_000_000)
        store.rows("PRAGMA max_page_count = 1000000")
        assert settings.read(store, "key") is None
        with store.transaction():
            settings.write(store, "key", "value")


def test_what_was_committed_survives_a_killed_process(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from clearq_tui.store import Store, settings\n"
        "store = Store.open(Path(sys.argv[1]))\n"
        "with store.transaction(): settings.write(store, 'first', 'told')\n"
        "with store.transaction():\n"
        "    settings.write(store, 'second', 'untold')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    path = tmp_path / "clearq.db"
    subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    with Store.open(path) as store:
        assert settings.read(store, "first") == "told"
        assert settings.read(store, "second") is None


def test_errors_of_sqlite_never_leave_the_store_as_they_are() -> None:
    with fresh_store() as store:
        for wrong in (store.rows, store.row, store.value, lambda sql: list(store.each(sql))):
            with pytest.raises(failure.StoreError):
                wrong("SELECT nonsense FROM nowhere")
        with pytest.raises(failure.StoreError), store.transaction():
            store.change("INSERT INTO nowhere VALUES (1)")
    assert not issubclass(failure.StoreError, sqlite3.Error)


def test_operations_together_share_one_commit_and_fail_alone() -> None:
    with fresh_store() as store, Store.open(store.path) as other:
        before = other.change_counter()
        with store.together():
            with store.transaction():
                settings.write(store, "first", "1")
            with contextlib.suppress(ZeroDivisionError), store.transaction():
                settings.write(store, "second", "2")
                raise ZeroDivisionError
            with store.transaction():
                settings.write(store, "third", "3")
            assert other.change_counter() == before
        assert other.change_counter() > before
        found = [settings.read(other, key) for key in ("first", "second", "third")]
        assert found == ["1", None, "3"]


def test_operations_together_are_all_undone_when_the_whole_fails() -> None:
    with fresh_store() as store:
        with contextlib.suppress(ZeroDivisionError), store.together():
            with store.transaction():
                settings.write(store, "first", "1")
            raise ZeroDivisionError
        assert not settings.read(store, "first")
        with store.transaction():
            settings.write(store, "first", "2")
        assert settings.read(store, "first") == "2"

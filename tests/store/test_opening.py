"""Opening a store: who may read it, what is refused, and in which words."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from clearq_tui.model import Machine
from clearq_tui.store import Store, failure, machines, opening, settings
from tests.store.fresh import fresh_store


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_store_is_readable_by_its_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        with Store.open(tmp_path / "home" / "clearq.db") as store:
            with store.transaction():
                settings.write(store, "key", "value")
            files = list((tmp_path / "home").iterdir())
            assert {path.name for path in files} == {
                "clearq.db",
                "clearq.db-wal",
                "clearq.db-shm",
            }
            assert {_mode(path) for path in files} == {0o600}
            assert _mode(tmp_path / "home") == 0o700
    finally:
        os.umask(old)


def test_a_store_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    Store.open(tmp_path / "clearq.db").close()
    (tmp_path / "clearq.db").chmod(0o644)
    Store.open(tmp_path / "clearq.db").close()
    assert _mode(tmp_path / "clearq.db") == 0o600


def test_what_was_written_is_there_when_opened_again_and_the_name_stays(tmp_path: Path) -> None:
    with Store.open(tmp_path / "clearq.db") as store:
        identity = store.identity
        with store.transaction():
            machines.add(store, Machine(0, "far", "far", "asyncssh"))
    with Store.open(tmp_path / "clearq.db") as store:
        assert store.identity == identity
        assert machines.names(store) == ["far"]
    with Store.open(tmp_path / "other.db") as other:
        assert other.identity != identity


def test_commits_wait_for_the_disk() -> None:
    with fresh_store() as store:
        assert store.value("PRAGMA synchronous") == 2
        assert store.value("PRAGMA journal_mode") == "wal"
        assert store.value("PRAGMA foreign_keys") == 1


def test_sqlite_utils_is_imported_only_to_migrate(tmp_path: Path) -> None:
    Store.open(tmp_path / "clearq.db").close()
    code = (
        "import sys; from pathlib import Path; from clearq_tui.store import Store; "
        "Store.open(Path(sys.argv[1])); assert 'sqlite_utils' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "clearq.db")], check=True)


def test_two_processes_may_open_a_new_store_at_the_same_moment(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from clearq_tui.store import Store, schema; "
        "print(flush=True); sys.stdin.readline(); print(Store.open(Path(sys.argv[1])).identity)"
    )
    pipes = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / "clearq.db")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in pipes:
        assert process.stdout is not None
        process.stdout.readline()
    for process in pipes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    names = {process.communicate(timeout=30)[0] for process in pipes}
    assert len(names) == 1
    assert all(process.returncode == 0 for process in pipes)


def test_opening_a_second_time_drops_no_lock_of_the_first(tmp_path: Path) -> None:
    path = tmp_path / "clearq.db"
    with Store.open(path) as store:
        settings.read(store, "key")

        def locks() -> list[str]:
            inode = f":{path.stat().st_ino} "
            return [line for line in Path("/proc/locks").read_text().splitlines() if inode in line]

        assert locks()
        Store.open(path)
        assert locks()


def test_a_store_of_a_newer_clearq_is_refused(tmp_path: Path) -> None:
    Store.open(tmp_path / "clearq.db").close()
    connection = sqlite3.connect(tmp_path / "clearq.db")
    connection.execute(f"PRAGMA user_version = {opening.SCHEMA_VERSION + 1}")
    connection.close()
    with pytest.raises(failure.StoreTooNew, match="upgrade clearq"):
        Store.open(tmp_path / "clearq.db")


def test_the_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "clearq.db")
    connection.execute("CREATE TABLE bookmarks (url)")
    connection.close()
    with pytest.raises(failure.StoreForeign, match="another program"):
        Store.open(tmp_path / "clearq.db")


def test_a_file_that_is_no_database_is_called_damaged(tmp_path: Path) -> None:
    (tmp_path / "clearq.db").write_bytes(b"not a database at all " * 100)
    with pytest.raises(failure.StoreDamaged, match="bring back a copy"):
        Store.open(tmp_path / "clearq.db")


def test_a_directory_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "clearq.db").mkdir()
    with pytest.raises(failure.StoreUnreachable, match="CLEARQ_HOME"):
        Store.open(tmp_path / "clearq.db")


def test_a_damaged_page_is_a_sentence_and_not_a_traceback(tmp_path: Path) -> None:
    path = tmp_path / "clearq.db"
    with Store.open(path) as store:
        with store.transaction():
            for number in range(500):
                machines.add(store, Machine(0, f"m{number}", "x" * 200, "asyncssh"))
        pages = store.value("PRAGMA page_count")
        size = store.value("PRAGMA page_size")
        store.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        for page in range(2, pages):
            file.seek(page * size)
            file.write(b"\xff" * 64)
    with pytest.raises(failure.StoreError, match=r"damaged|refused"), Store.open(path) as store:
        machines.rows(store)


@pytest.mark.needs_root
@pytest.mark.skipif(os.getuid() != 0, reason="needs a mount")
def test_a_read_only_file_system_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "clearq.db"
    store = Store.open(path)
    code = (
        "import ctypes, sys; from pathlib import Path; libc = ctypes.CDLL(None, use_errno=True); "
        "assert libc.unshare(0x20000) == 0; d = sys.argv[1].encode(); "
        "assert libc.mount(b'none', b'/', None, 0x44000, None) == 0; "
        "assert libc.mount(d, d, None, 0x1000, None) == 0; "
        "assert libc.mount(None, d, None, 0x1021, None) == 0; "
        "from clearq_tui.store import Store, settings, failure\n"
        "try:\n"
        "    store = Store.open(Path(sys.argv[1]) / 'clearq.db')\n"
        "    with store.transaction(): settings.write(store, 'a', 'b')\n"
        "except failure.StoreReadOnly as error: print(error)\n"
    )
    store.close()
    result = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert "cannot be written" in result.stdout

"""The journal against torn tails, flipped bits, full disks and compaction."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remote_agent.journal import RESERVE, Journal, JournalError
from remote_agent.records import Record


def record(seq: int, text: str = "") -> Record:
    return Record(seq, "started", f"{seq}.1", float(seq), {"text": text})


def fill(path: Path, count: int) -> list[Record]:
    journal = Journal.open(str(path), "first")
    records = [record(seq) for seq in range(1, count + 1)]
    for one in records:
        journal.append([one])
    journal.sync()
    journal.close()
    return records


def reopen(path: Path) -> Journal:
    return Journal.open(str(path), "second")


def test_what_was_appended_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    records = fill(tmp_path / "journal", 3)
    journal = reopen(tmp_path / "journal")
    assert (journal.identity, journal.records, journal.next_seq) == ("first", records, 4)


@given(cut=st.integers(1, 400))
def test_a_torn_tail_costs_the_tail_alone(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    path = tmp_path_factory.mktemp("torn") / "journal"
    records = fill(path, 4)
    whole = path.read_bytes()
    head = whole.index(b"\n") + 1
    kept = max(head, len(whole) - cut)
    os.truncate(path, kept)
    journal = reopen(path)
    assert journal.identity == "first"
    assert journal.records == records[: len(journal.records)]
    assert len(journal.records) == whole[head:kept].count(b"\n")
    following = journal.next_seq
    journal.append([record(following, "after the tear")])
    journal.close()
    assert reopen(path).records[-1] == record(following, "after the tear")


def test_damage_inside_makes_another_journal_and_keeps_the_old_one_aside(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    fill(path, 4)
    data = bytearray(path.read_bytes())
    data[data.index(b'"2.1"') + 1] ^= 1
    path.write_bytes(data)
    journal = reopen(path)
    assert (journal.identity, journal.records, journal.next_seq) == ("second", [], 1)
    assert (tmp_path / "journal.damaged").read_bytes() == data


def test_compaction_keeps_identity_and_numbers(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    records = fill(path, 5)
    journal = reopen(path)
    journal.compact(records[1:2])
    journal.append([record(6)])
    journal.close()
    again = reopen(path)
    assert (again.identity, again.records) == ("first", [records[1], record(6)])


def test_numbers_go_on_when_everything_was_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    fill(path, 5)
    journal = reopen(path)
    journal.compact([])
    journal.close()
    assert reopen(path).next_seq == 6


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    fill(tmp_path / "journal", 1)
    assert (tmp_path / "journal").stat().st_mode & 0o077 == 0


FULL = """
import resource, signal, sys
from remote_agent.journal import Journal, JournalError
from remote_agent.records import Record
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
journal = Journal.open(sys.argv[1], "first")
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
try:
    for seq in range(1, 1000):
        journal.append([Record(seq, "started", "1.1", 0.0, {"text": "x" * 100})])
        journal.sync()
except JournalError as error:
    print(error)
"""


def test_a_disk_that_refuses_is_named(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    done = subprocess.run(
        [sys.executable, "-c", FULL, path, "5000"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"The agent's journal {path}: File too large.\n"
    kept = reopen(path).records
    assert [one.seq for one in kept] == list(range(1, len(kept) + 1))
    assert kept


def fill_up(path: Path) -> None:
    with path.open("wb", buffering=0) as filler, contextlib.suppress(OSError):
        while True:
            filler.write(b"x" * 4096)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to mount a small file system")
def test_on_a_full_disk_the_reserve_still_takes_an_outcome(tmp_path: Path) -> None:
    mounted = tmp_path / "small"
    mounted.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", mounted], check=True)
    try:
        journal = Journal.open(str(mounted / "journal"), "first")
        fill_up(mounted / "filler")
        outcome = record(1, "y" * (RESERVE // 2))
        journal.append([outcome])
        journal.sync()
        with pytest.raises(JournalError, match="No space left"):
            journal.append([record(2, "z" * RESERVE)])
        journal.close()
        again = reopen(mounted / "journal")
        again.close()
        assert again.records[:1] == [outcome]
    finally:
        subprocess.run(["umount", mounted], check=True)

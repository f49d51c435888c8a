"""Decisions without processes: trees from lists, outcomes from statuses, counts from text."""

from __future__ import annotations

import signal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remote_agent.out_of_memory import count_kills, counter_paths
from remote_agent.outcome import Outcome, ended, unprepared, was_killed
from remote_agent.process_tree import Entry, Process, select_below
from remote_agent.tree_end import UNKILLABLE_AFTER, TreeEnd


def entry(pid: int, parent: int) -> Entry:
    return Entry(Process(pid, 1), parent, pid, "S", 0.0, 0)


@given(parents=st.dictionaries(st.integers(1, 30), st.integers(0, 30), max_size=30))
def test_below_is_whoever_has_the_root_among_its_ancestors(parents: dict[int, int]) -> None:
    """Also where the list, read while processes came and went, goes round in circles."""
    root = 7

    def descends(pid: int) -> bool:
        seen: set[int] = set()
        while pid in parents and pid not in seen:
            seen.add(pid)
            pid = parents[pid]
            if pid == root:
                return True
        return False

    found = select_below([root], [entry(pid, parent) for pid, parent in parents.items()])
    assert {each.process.pid for each in found} == {pid for pid in parents if descends(pid)}


@pytest.mark.parametrize(
    ("status", "is_aborted", "ran_out", "expected"),
    [
        (0, False, "", Outcome("completed", 0)),
        (5 << 8, False, "", Outcome("failed", 5)),
        (0, True, "", Outcome("aborted", 0)),
        (15, True, "", Outcome("aborted", None, 15)),
        (9, False, "No memory.", Outcome("failed", None, 9, "No memory.")),
        (137 << 8, False, "No memory.", Outcome("failed", 137, None, "No memory.")),
        (34, False, "", Outcome("failed", None, 34, "Ended by SIGRTMIN.")),
        (40, False, "", Outcome("failed", None, 40, "Ended by signal 40.")),
        (139, False, "", Outcome("failed", None, 11, "Ended by SIGSEGV.")),  # with a core dump
        (None, True, "", Outcome("aborted")),
    ],
)
def test_outcomes(status: int | None, is_aborted: bool, ran_out: str, expected: Outcome) -> None:
    assert ended(status, is_aborted, ran_out, []) == expected


def test_what_hangs_in_the_kernel_is_named() -> None:
    outcome = ended(None, True, "", [Process(123, 1), Process(124, 1)])
    assert outcome.outcome == "aborted"
    assert "Unkillable: process 123, 124 hangs in the kernel" in outcome.reason


def test_a_preparation_that_was_ended_says_by_what() -> None:
    assert unprepared(9, False, "", []).reason == "Setting the environment up was ended by SIGKILL."
    assert unprepared(0, False, "No space.", []) == Outcome("failed", reason="No space.")


@pytest.mark.parametrize("status", [signal.SIGKILL, 137 << 8])
def test_killed(status: int) -> None:
    assert was_killed(status)
    assert not was_killed(status + 1)


def test_counters_of_both_kinds_of_control_group() -> None:
    assert counter_paths("0::/user.slice/a:b\n") == ["/sys/fs/cgroup/user.slice/a:b/memory.events"]
    assert counter_paths("9:name=systemd:/\n4:cpu,memory:/x\n0::/\n") == [
        "/sys/fs/cgroup/memory/x/memory.oom_control",
        "/sys/fs/cgroup/memory.events",
    ]
    assert counter_paths("nonsense") == []
    assert count_kills("low 0\noom 4\noom_kill 3\noom_group_kill 1\n") == 3
    assert count_kills("oom_kill_disable 0\nunder_oom 0\noom_kill 7\n") == 7
    assert count_kills("") == 0


def test_patience_ends_one_day() -> None:
    end = TreeEnd(list, 5.0, 100.0)
    assert not end.is_hopeless(105.0 + UNKILLABLE_AFTER - 0.1)
    end.shorten(1.0, 101.0)
    end.shorten(60.0, 101.5)
    assert end.is_hopeless(102.0 + UNKILLABLE_AFTER)

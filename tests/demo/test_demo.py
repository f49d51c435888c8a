"""`clearq demo` on a terminal: something to see within seconds, and no trace afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from clearq_tui import feed
from clearq_tui.demo.machines import EmbeddedMachines
from clearq_tui.demo.main import prepare_home
from clearq_tui.model import LinkState, TaskState
from clearq_tui.store import Store, agents, machines, task_lists
from clearq_tui.store.task_lists import TaskFilter
from tests.demo import remains
from tests.demo.terminal import CLEARQ, Terminal
from tests.fleet_of_namespaces.waiting import wait_for

PATIENCE = 60.0
"""Seconds to wait on a busy computer; how long it takes is for the benchmarks to say."""
SOON = 60.0
"""Seconds within which there is something of everything to be seen."""


def states(store: Store) -> Counter[TaskState]:
    return Counter(row.task.state for row in task_lists.page(store, TaskFilter()))


def is_worth_looking_at(store: Store) -> bool:
    seen = states(store)
    return (
        all(machine.link is LinkState.ONLINE for machine in machines.rows(store))
        and seen[TaskState.COMPLETED] >= 1
        and seen[TaskState.FAILED] == 1
        and seen[TaskState.RUNNING] == 4
        and seen[TaskState.QUEUED] >= 3
        and seen[TaskState.DRAFT] == 1
    )


def test_something_of_everything_within_seconds(
    scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = time.monotonic()
    with EmbeddedMachines(("atlas", "borea", "comet")) as embedded:
        home = prepare_home(embedded)
        for name, value in embedded.marked_environment.items():
            monkeypatch.setenv(name, value)
        feed.start_controller(home)
        with Store.open(home.database) as store:
            left = SOON - (time.monotonic() - began)
            wait_for(lambda: is_worth_looking_at(store), "a cluster worth looking at", left)
            assert [machine.name for machine in machines.rows(store)] == list(embedded.names)
            sockets = [agents.record(store, m.id).socket_path for m in machines.rows(store)]
        assert all(Path(path).is_socket() for path in sockets)
        log = home.controller_log.read_text()
    assert remains.nothing(scratch, embedded.place)
    assert not any(Path(path).parent.exists() for path in sockets)
    assert "Traceback" not in log


def quit_by_key(terminal: Terminal) -> None:
    terminal.press(b"\x11")


def close_window(terminal: Terminal) -> None:
    terminal.hang_up()


def kill(terminal: Terminal) -> None:
    terminal.process.kill()


def terminate(terminal: Terminal) -> None:
    terminal.process.terminate()


def interrupt(terminal: Terminal) -> None:
    os.killpg(terminal.process.pid, signal.SIGINT)


@pytest.mark.parametrize("end", [quit_by_key, close_window, kill, terminate, interrupt])
def test_no_trace_however_it_ends(
    end: Callable[[Terminal], None], scratch: Path, tmp_path: Path
) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    with Terminal(scratch, mine) as terminal:
        terminal.wait_for_cluster()
        place = terminal.place()
        end(terminal)
        wait_for(lambda: terminal.process.poll() is not None, "the demo to end", PATIENCE)
        wait_for(lambda: remains.nothing(scratch, place), "everything to be gone", PATIENCE)
        if end is quit_by_key:
            assert terminal.process.returncode == 0
    assert list(mine.rglob("*")) == []


def test_without_a_terminal_it_says_so(scratch: Path) -> None:
    done = subprocess.run([CLEARQ, "demo"], capture_output=True, text=True, check=False)
    assert done.returncode == 4
    assert "needs a terminal" in done.stderr
    assert list(scratch.iterdir()) == []

"""Two daemons' runners at the same attempt, and strays that are not ours."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

from remote_agent import attempts, process_tree
from remote_agent.strays import COOKIE
from tests.agent.forker import Forker
from tests.agent.interpreters import on_every_python
from tests.agent.test_runner import is_alive, is_over
from tests.fleet_of_namespaces.waiting import wait_for

ROUNDS = 15


@on_every_python()
def test_runners_of_two_parents_start_a_command_once(python: str, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    names = [f"1.{number}" for number in range(ROUNDS)]
    with Forker(python, tmp_path / "root") as one, Forker(python, tmp_path / "root") as other:
        for name in names:
            one.create(name, "/bin/sh", "-c", f"echo {name} >>{ledger}")
            runners = [rival.spawn(name) for rival in (one, other, one, other)]
            assert one.result(name) == ("completed", 0, None, "")
            wait_for(lambda: all(map(is_over, runners)), "the runners to end")  # noqa: B023
    assert ledger.read_text().splitlines() == names


def test_strays_of_other_attempts_are_let_be(forker: Forker) -> None:
    """Also of one whose name begins alike."""
    bystanders = [
        subprocess.Popen(["sleep", "1000"], env={**os.environ, COOKIE: forker.layout.attempt(name)})
        for name in ("1.10", "11.1")
    ]
    try:
        runner = forker.shell("1.1", "setsid sleep 1000 & sleep 1000")
        forker.wait_for_phase("1.1", "running")
        wait_for(lambda: len(process_tree.descendants(runner)) == 3, "the whole tree")
        strays = process_tree.descendants(runner)
        os.kill(runner, signal.SIGKILL)
        forker.wait_for_phase("1.1", "vanished")
        assert attempts.end_strays(forker.layout, "1.1") == []
        assert not any(map(is_alive, strays))
        assert [bystander.poll() for bystander in bystanders] == [None, None]
    finally:
        for bystander in bystanders:
            bystander.kill()
            bystander.wait()

"""Ending whole trees: what hides, what is deaf, what is stopped, what keeps forking."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

from remote_agent import attempts, process_tree
from remote_agent.process_tree import Process, descendants, send_signal
from remote_agent.strays import find_strays
from tests.agent.forker import Forker
from tests.agent.interpreters import on_every_python
from tests.agent.test_runner import SLOW, is_alive
from tests.fleet_of_namespaces.waiting import least_of, wait_for

SCRIPTS = Path(__file__).parent / "scripts"
every_python = on_every_python()


def tree_of(runner: int, size: int) -> list[Process]:
    """Wait until the tree below the runner has grown to its size."""
    wait_for(lambda: len(descendants(runner)) >= size, f"{size} processes")
    return descendants(runner)


def escaped(log: str) -> Process:
    """The process that has left everything by which it could be known."""
    process = process_tree.identify(int(log.partition("escaped as ")[2].split()[0]))
    assert process is not None
    return process


@every_python
def test_hidden_and_deaf_processes_end_within_grace_and_a_second(
    python: str, tmp_path: Path
) -> None:
    end_what_hides(python, tmp_path, without_subreaper=False)


def test_without_a_subreaper_the_environment_and_the_session_tell(
    python: str, tmp_path: Path
) -> None:
    end_what_hides(python, tmp_path, without_subreaper=True)


def end_what_hides(python: str, tmp_path: Path, *, without_subreaper: bool) -> None:
    with Forker(python, tmp_path / "root", without_subreaper=without_subreaper) as forker:

        def end(number: int) -> float:
            return end_one_that_hides(forker, f"1.{number}", with_escapee=not without_subreaper)

        assert least_of(end, below=1.4) < 1.4


def end_one_that_hides(forker: Forker, name: str, *, with_escapee: bool) -> float:
    """The seconds that it took."""
    escapee = f"{sys.executable} -IS {SCRIPTS}/escapee.py;" if with_escapee else ""
    script = (
        f"trap '' TERM; setsid sleep 1000 & (setsid sh -c 'sleep 1000 & sleep 1000' &); "
        f"env -i sleep 1000 & {escapee} echo ready; while :; do sleep 0.1; done"
    )
    runner = forker.shell(name, script)
    forker.wait_for_log(name, "ready")
    tree = [*tree_of(runner, 3), *find_strays(forker.layout.attempt(name))]
    if with_escapee:
        tree.append(escaped(forker.wait_for_log(name, "escaped as ")))
    asked = time.monotonic()
    attempts.ask_to_end(forker.layout, name, 0.4)
    assert forker.result(name) == ("aborted", None, 9, "")
    took = time.monotonic() - asked
    assert took >= 0.4
    assert not any(map(is_alive, tree))
    assert find_strays(forker.layout.attempt(name)) == []
    return took


@every_python
def test_sigterm_arrives_at_once_and_cleaning_up_is_let_be(forker: Forker) -> None:
    script = (
        "trap 'date +\"heard %s.%N\"; sleep 0.3 && echo clean; exit 0' TERM; "
        "echo ready; while :; do sleep 0.01; done"
    )

    def heard_after(number: int) -> float:
        name = f"1.{number}"
        forker.shell(name, script)
        forker.wait_for_log(name, "ready")
        asked = time.time()
        attempts.ask_to_end(forker.layout, name, 10)
        assert forker.result(name) == ("aborted", 0, None, "")
        log = forker.log(name)
        assert log.endswith("clean\n")
        return float(log.partition("heard ")[2].split()[0]) - asked

    assert least_of(heard_after, below=0.15) < 0.15  # 0.05, and as much for the shell


def test_a_second_wish_does_not_wait(forker: Forker) -> None:
    def took(number: int) -> float:
        name = f"1.{number}"
        forker.shell(name, "trap '' TERM; echo ready; while :; do sleep 0.1; done")
        forker.wait_for_log(name, "ready")
        attempts.ask_to_end(forker.layout, name, 1000)
        attempts.ask_to_end(forker.layout, name, 0)
        asked = time.monotonic()
        assert forker.result(name) == ("aborted", None, 9, "")
        return time.monotonic() - asked

    assert least_of(took, below=1.0) < 1


def test_a_stopped_process_hears_sigterm(forker: Forker) -> None:
    runner = forker.shell("1.1", "trap 'exit 6' TERM; echo ready; kill -STOP $$; sleep 1000")
    forker.wait_for_log("1.1", "ready")
    (stopped,) = tree_of(runner, 1)
    wait_for(lambda: (e := process_tree.read_entry(stopped.pid)) and e.state == "T", "a stop")
    attempts.ask_to_end(forker.layout, "1.1", 5)
    assert forker.result("1.1") == ("aborted", 6, None, "")


@every_python
def test_what_keeps_forking_is_killed(forker: Forker) -> None:
    forker.start("1.1", sys.executable, "-IS", str(SCRIPTS / "comet.py"), grace=0)
    asked = time.monotonic()
    assert forker.result("1.1") == ("completed", 0, None, "")
    assert time.monotonic() - asked < 3
    assert "flies" in forker.log("1.1")


def test_what_the_command_leaves_behind_ends_with_it(forker: Forker) -> None:
    forker.shell("1.1", "setsid sleep 1000 & (trap '' TERM; sleep 1000) & exit 2", grace=0.2)
    assert forker.result("1.1") == ("failed", 2, None, "")
    assert find_strays(forker.layout.attempt("1.1")) == []


@every_python
def test_abort_while_preparing(forker: Forker) -> None:
    runner = forker.start("1.1", "/bin/true", setup=SLOW)
    forker.wait_for_phase("1.1", "preparing")
    tree = tree_of(runner, 3)
    attempts.ask_to_end(forker.layout, "1.1", 5)
    assert forker.result("1.1") == ("aborted", None, None, "")
    assert not any(map(is_alive, tree))
    assert not (forker.root / "attempts/1.1/started.json").exists()


def test_abort_before_there_is_a_runner(forker: Forker) -> None:
    forker.create("1.1", "/bin/sh", "-c", "echo ran")
    attempts.ask_to_end(forker.layout, "1.1", 5)
    forker.spawn("1.1")
    assert forker.result("1.1") == ("aborted", None, None, "")
    assert not (forker.root / "attempts/1.1/started.json").exists()


def test_abort_at_any_moment_of_a_runners_life(forker: Forker) -> None:
    """However early: the runner is never killed by it, and the command never outlives it."""
    for number in range(60):
        name = f"1.{number}"
        forker.start(name, "/bin/sleep", "1000")
        time.sleep(number * 0.0002)
        attempts.ask_to_end(forker.layout, name, 5)
        assert forker.result(name)[0] == "aborted"


def test_no_signal_reaches_a_stranger(forker: Forker) -> None:
    runner = forker.start("1.1", "/bin/sleep", "1000")
    (sleeper,) = tree_of(runner, 1)
    stranger = Process(sleeper.pid, sleeper.start_time + 1)
    assert not send_signal(stranger, signal.SIGKILL)
    assert is_alive(sleeper)
    assert send_signal(sleeper, signal.SIGKILL)
    assert forker.result("1.1") == ("failed", None, 9, "Ended by SIGKILL.")
    assert not send_signal(sleeper, signal.SIGKILL)

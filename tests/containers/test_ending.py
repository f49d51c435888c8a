"""However an attempt ends, and whoever is killed: no container is left, and no process of one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from remote_agent import attempts
from remote_agent.containers import RECORD
from remote_agent.containers.discarding import discard
from remote_agent.containers.ending import ask_to_end, is_container
from remote_agent.containers.engine import Engine
from remote_agent.containers.record import Noted, Record, read_record, write_record
from remote_agent.metrics.trees import AttemptTrees
from tests.agent.forker import Forker
from tests.containers.engines import OwnEngine
from tests.containers.images import BUSYBOX
from tests.containers.specs import in_image, on_both_engines, scripts
from tests.fleet_of_namespaces.waiting import wait_for

TRAPPING = "trap 'echo got TERM; exit 7' TERM; echo ready; while :; do sleep 0.1; done"
DEAF = "trap 'echo deaf' TERM; echo ready; while :; do sleep 0.1; done"


def marked(mark: str) -> list[int]:
    """The processes that have the mark in their command line."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if mark.encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


@on_both_engines
def test_an_abort_asks_the_command_to_end_and_it_may(forker: Forker) -> None:
    forker.shell("1.1", TRAPPING, grace=20.0, **in_image())
    forker.wait_for_log("1.1", "ready")
    began = time.monotonic()
    attempts.ask_to_end(forker.layout, "1.1", 20.0)
    outcome, code, number, reason = forker.result("1.1")
    assert (outcome, code, number, reason) == ("aborted", 7, None, "")
    assert forker.log("1.1").count("got TERM") == 1
    assert time.monotonic() - began < 5


@on_both_engines
def test_what_does_not_end_is_killed_after_its_grace(forker: Forker, engine: OwnEngine) -> None:
    mark = f"mark-{os.getpid()}"
    forker.start("1.1", "sh", "-c", 'sh -c "$1" "$0" & eval "$1"', mark, DEAF, **in_image())
    forker.wait_for_log("1.1", "ready")
    wait_for(lambda: len(marked(mark)) >= 2, "both to run")
    began = time.monotonic()
    attempts.ask_to_end(forker.layout, "1.1", 1.0)
    assert forker.result("1.1")[0] == "aborted"
    assert 1.0 <= time.monotonic() - began < 3.0
    assert forker.log("1.1").count("deaf\n") == 2
    assert marked(mark) == []
    assert engine.containers() == []


def test_a_command_that_is_stopped_ends_too(forker: Forker) -> None:
    forker.shell("1.1", TRAPPING.replace("echo ready", "echo ready; kill -STOP $$"), **in_image())
    forker.wait_for_log("1.1", "ready")
    attempts.ask_to_end(forker.layout, "1.1", 20.0)
    assert forker.result("1.1")[:2] == ("aborted", 7)


@on_both_engines
def test_what_runs_in_the_container_counts_for_the_attempt(forker: Forker) -> None:
    forker.shell("1.1", "echo ready; sleep 1000 & sleep 1000 & wait", **in_image())
    forker.wait_for_log("1.1", "ready")
    trees = AttemptTrees(forker.layout)
    # The keeper, what it waits by, and the shell with its two children.
    wait_for(lambda: trees.read()["1.1"]["processes"] >= 5, "all to be counted")
    attempts.ask_to_end(forker.layout, "1.1", 0.0)
    assert forker.result("1.1")[0] == "aborted"


@on_both_engines
def test_an_abort_ends_a_set_up_script(forker: Forker, engine: OwnEngine) -> None:
    forker.start("1.1", "true", setup=scripts(task="echo ready; sleep 100"), **in_image())
    forker.wait_for_log("1.1", "ready")
    attempts.ask_to_end(forker.layout, "1.1", 1.0)
    outcome, _, _, reason = forker.result("1.1")
    assert (outcome, reason) == ("aborted", "")
    assert engine.containers() == []


@on_both_engines
def test_a_set_up_that_fails_leaves_nothing(forker: Forker, engine: OwnEngine) -> None:
    began = time.monotonic()
    forker.start("1.1", "true", setup=scripts(task="sleep 100 & exit 3"), grace=30.0, **in_image())
    assert forker.result("1.1")[3] == "set-up: the task's script ended with exit code 3."
    assert engine.containers() == []
    assert time.monotonic() - began < 15, "nobody was waited for"


@on_both_engines
def test_what_a_killed_runner_has_left_is_removed(forker: Forker, engine: OwnEngine) -> None:
    mark = f"mark-{os.getpid()}"
    runner = forker.start("1.1", "sh", "-c", DEAF, mark, **in_image())
    forker.wait_for_log("1.1", "ready")
    wait_for(lambda: marked(mark), "the command to run")
    os.kill(runner, signal.SIGKILL)
    wait_for(lambda: forker.phase("1.1") == "vanished", "the runner to be missed")
    attempts.end_strays(forker.layout, "1.1")
    attempts.discard_remains(forker.layout, "1.1")
    wait_for(lambda: marked(mark) == [], "the command to be gone")
    assert engine.containers() == []
    assert not (forker.root / "attempts/1.1" / RECORD).exists()


@on_both_engines
def test_a_preparation_that_was_killed_is_done_anew(forker: Forker, engine: OwnEngine) -> None:
    setup = scripts(task="echo ready; sleep 1")
    runner = forker.shell("1.1", "echo ran", setup=setup, **in_image())
    forker.wait_for_log("1.1", "ready")
    os.kill(runner, signal.SIGKILL)
    attempts.end_strays(forker.layout, "1.1")
    wait_for(lambda: forker.phase("1.1") == "created", "the runner and its preparation to be gone")
    assert len(engine.containers()) == 1
    forker.spawn("1.1")
    assert forker.result("1.1") == ("completed", 0, None, "")
    assert forker.log("1.1").count("\nran\n") == 1


def test_where_processes_cannot_be_seen_they_are_asked_from_inside(forker: Forker) -> None:
    forker.shell("1.1", TRAPPING, **in_image())
    forker.wait_for_log("1.1", "ready")
    record = read_record(str(forker.root / "attempts/1.1"))
    assert record is not None
    (container,) = record.containers
    assert is_container(record.pid, container.identity)
    assert not is_container(1, container.identity)
    assert ask_to_end(record.engine, container.identity, 1, os.getpid()) == ""
    assert forker.result("1.1")[:2] == ("failed", 7)
    assert forker.log("1.1").count("got TERM") == 1
    assert "could not be asked" in ask_to_end(record.engine, container.identity, 1, os.getpid())


def test_a_container_that_somebody_removes_has_failed(forker: Forker, engine: OwnEngine) -> None:
    forker.shell("1.1", DEAF, **in_image())
    forker.wait_for_log("1.1", "ready")
    (name,) = engine.containers()
    engine.run("rm", "--force", name)
    assert forker.result("1.1")[:2] == ("failed", 137)


def test_the_gate_opens_once(forker: Forker, engine: OwnEngine) -> None:
    forker.shell("1.1", "echo ran; sleep 0.5", **in_image())
    forker.wait_for_log("1.1", "ran")
    agent = Path(attempts.__file__).parent
    directory = forker.root / "attempts/1.1"
    again = subprocess.run(
        [sys.executable, "-IS", agent, "keep-container", directory],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert again.returncode == 125
    assert b"could not be run" in again.stdout
    assert forker.result("1.1")[0] in ("completed", "failed")
    assert forker.log("1.1").count("ran") == 1


@on_both_engines
def test_memory_that_runs_out_is_told_of(forker: Forker, engine: OwnEngine) -> None:
    if not any(Path("/sys/fs/cgroup", name).exists() for name in ("memory", "cgroup.controllers")):
        pytest.skip("there is no control group for memory here")
    forker.shell(
        "1.1", "x=1234567890; while :; do x=$x$x; done", **in_image(arguments=["--memory=32m"])
    )
    assert forker.result("1.1")[:2] == ("failed", 137)
    assert "ran out of the container's memory" in forker.log("1.1")


def test_a_stranger_with_the_same_name_is_let_be(forker: Forker, engine: OwnEngine) -> None:
    forker.shell("1.1", DEAF, **in_image())
    forker.wait_for_log("1.1", "ready")
    directory = forker.root / "attempts/1.1"
    record = read_record(str(directory))
    assert record is not None
    other = forker.root / "other"
    other.mkdir()
    (other / RECORD).write_bytes((directory / RECORD).read_bytes())
    assert discard(str(other)) == ""
    assert engine.containers() == [record.containers[0].name]
    attempts.ask_to_end(forker.layout, "1.1", 0.0)
    assert forker.result("1.1")[0] == "aborted"


@on_both_engines
def test_a_container_whose_id_was_never_told_is_removed_too(
    engine: OwnEngine, tmp_path: Path
) -> None:
    found = Engine(engine.kind, engine.program, engine.environment)
    name = f"clearq-orphan-{os.getpid()}"
    write_record(str(tmp_path), Record(found, (Noted(name, ""),)))
    label = f"clearq.attempt={tmp_path}"
    engine.run("create", "--name", name, "--label", label, BUSYBOX, "sleep", "1000")
    engine.run("start", name)
    assert discard(str(tmp_path)) == ""
    assert name not in engine.containers()
    assert not (tmp_path / RECORD).exists()
    # And one that was not even made.
    write_record(str(tmp_path), Record(found, (Noted(name, ""),)))
    assert discard(str(tmp_path)) == ""


def test_an_engine_that_does_not_answer_is_told_of_and_asked_again(
    forker: Forker, engine: OwnEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    forker.shell("1.1", DEAF, **in_image())
    forker.wait_for_log("1.1", "ready")
    directory = str(forker.root / "attempts/1.1")
    record = read_record(directory)
    assert record is not None
    lost = {**record.engine.surroundings, "DOCKER_HOST": "unix:///nowhere.sock"}
    write_record(directory, record._replace(engine=record.engine._replace(surroundings=lost)))
    assert "could not be removed" in discard(directory)
    write_record(directory, record)
    assert discard(directory) == ""
    assert engine.containers() == []
    assert forker.result("1.1")[0] == "failed"

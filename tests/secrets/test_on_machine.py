"""Secrets on a machine: with the task, in memory, in no file and no log, gone when it is over."""

from __future__ import annotations

import hashlib
import os
import resource
import signal
from pathlib import Path

import pytest

from remote_agent.messages import Abort, Lease, NeedSecrets, Recall, Secrets, Upgrade, Workers
from tests.agent.interpreters import on_every_python
from tests.agent_daemon.agent import Agent, installed, spec
from tests.fleet_of_namespaces.waiting import wait_for
from tests.secrets.on_machine import (
    KEY,
    TOKEN,
    VALUES,
    bring,
    secret_directories,
    secretive,
    told_by_processes,
    traces,
)

# What the specs hold is on the machine's disk, so they know the values by their hashes.
HASHES = [hashlib.sha256(value.encode()).hexdigest() for value in (TOKEN, KEY)]
LOOK = f"""\
import hashlib, os, stat
place = os.environ["KEY_FILE"]
values = [os.environ["HF_TOKEN"], open(place).read()]
assert [hashlib.sha256(value.encode()).hexdigest() for value in values] == {HASHES}
assert stat.S_IMODE(os.stat(place).st_mode) == 0o600
assert stat.S_IMODE(os.stat(os.path.dirname(place)).st_mode) == 0o700
print(*values)
"""


@on_every_python()
def test_the_task_sees_them_and_nobody_else(python: str, tmp_path: Path) -> None:
    before = secret_directories()
    with (
        Agent(tmp_path / "clearq" / "store" / "machine", python) as agent,
        agent.attached(1) as laptop,
    ):
        laptop.say(Lease("1.1", secretive(python, "-c", LOOK)))
        bring(laptop, "1.1")
        ended = laptop.event("1.1", "ended")
        log = laptop.whole_log("1.1")
        assert (ended.data["outcome"], log) == ("completed", b"*** ***\n\n")
        assert traces(tmp_path) == []
        assert secret_directories() == before


def start_and_wait(agent: Agent, gate: Path, attempt: str = "1.1", epoch: int = 1) -> None:
    """Have a task run that says what it must not, and then waits at the gate."""
    script = f'printenv HF_TOKEN; cat "$KEY_FILE"; read x <{gate}; printenv HF_TOKEN'
    with agent.attached(epoch) as laptop:
        laptop.say(Lease(attempt, secretive("sh", "-c", script)))
        bring(laptop, attempt)
        laptop.event(attempt, "started")
    log = Path(agent.layout.attempt_log(attempt))
    wait_for(lambda: log.read_bytes().endswith(b"***\n"), "the task to speak")


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """What a task reads from until the test writes to it."""
    path = tmp_path / "gate"
    os.mkfifo(path)
    return path


def test_nothing_is_on_disk_while_it_runs_nor_on_a_command_line(agent: Agent, gate: Path) -> None:
    before = secret_directories()
    start_and_wait(agent, gate)
    assert len(secret_directories() - before) == 1
    assert traces(agent.root) == []
    assert told_by_processes() == []
    gate.write_text("go\n")
    with agent.attached(2) as laptop:
        assert laptop.event("1.1", "ended").data["outcome"] == "completed"
        assert set(laptop.whole_log("1.1").split()) == {b"***"}
    assert secret_directories() == before


def test_a_killed_runner_leaves_nothing(agent: Agent, gate: Path) -> None:
    before = secret_directories()
    start_and_wait(agent, gate)
    lock = Path(agent.layout.attempt("1.1")) / "lock"
    os.kill(int(lock.read_text().split()[0]), signal.SIGKILL)
    with agent.attached(2) as laptop:
        assert laptop.event("1.1", "ended").data["outcome"] == "lost"
        assert secret_directories() == before
    assert traces(agent.root) == []


def test_what_is_killed_with_the_daemon_leaves_nothing_to_the_next(
    agent: Agent, gate: Path
) -> None:
    before = secret_directories()
    start_and_wait(agent, gate)
    agent.kill()
    lock = Path(agent.layout.attempt("1.1")) / "lock"
    os.kill(int(lock.read_text().split()[0]), signal.SIGKILL)
    assert len(secret_directories() - before) == 1
    assert agent.start() == "ready"
    wait_for(lambda: secret_directories() == before, "the files to go")
    assert traces(agent.root) == []


def test_an_aborted_task_leaves_nothing(agent: Agent, gate: Path) -> None:
    before = secret_directories()
    start_and_wait(agent, gate)
    with agent.attached(2) as laptop:
        laptop.say(Abort("1.1", 0.0))
        assert laptop.event("1.1", "ended").data["outcome"] == "aborted"
    assert secret_directories() == before
    assert traces(agent.root) == []


@pytest.mark.parametrize("how", ["killed", "upgraded"])
def test_a_new_daemon_asks_again(how: str, agent: Agent, gate: Path) -> None:
    with agent.attached(1) as laptop:
        laptop.say(Workers({"w": 1}), Lease("1.1", spec("sh", "-c", f"read x <{gate}")))
        laptop.event("1.1", "started")
        laptop.say(Lease("2.1", secretive("python3", "-c", LOOK)))
        bring(laptop, "2.1")
        if how == "upgraded":
            laptop.say(Upgrade(str(installed(agent.root, "c" * 64))))
            laptop.wait_until_closed()
    if how == "killed":
        agent.kill()
        assert agent.start() == "ready"
    with agent.attached(2) as laptop:
        laptop.say(Workers({"w": 1}))
        laptop.hear(NeedSecrets)
        gate.write_text("go\n")
        laptop.event("1.1", "ended")
        with pytest.raises(AssertionError, match="no Event"):
            laptop.event("2.1", "started", seconds=0.3)
        laptop.say(Secrets("2.1", VALUES, ""))
        assert laptop.event("2.1", "ended").data["outcome"] == "completed"


def test_every_link_is_asked_until_they_are_there(agent: Agent) -> None:
    with agent.attached(1) as laptop:
        laptop.say(Lease("1.1", secretive("true")))
        laptop.hear(NeedSecrets)
    with agent.attached(2) as laptop:
        bring(laptop, "1.1")
        laptop.event("1.1", "ended")
    with agent.attached(3) as laptop, pytest.raises(AssertionError, match="no NeedSecrets"):
        laptop.hear(NeedSecrets, seconds=0.3)


@pytest.mark.parametrize("when", ["never", "before", "after"])
def test_a_runner_that_died_while_preparing_gets_them_again(
    when: str, agent: Agent, tmp_path: Path
) -> None:
    """`when` the daemon is killed too: never, or before or after the next laptop's attach."""
    before = secret_directories()
    go = tmp_path / "go"
    slow = [{"whose": "task", "script": f"until test -e {go}; do sleep 0.02; done"}]
    with agent.attached(1) as laptop:
        laptop.say(Lease("1.1", secretive("python3", "-c", LOOK, setup=slow)))
        bring(laptop, "1.1")
        laptop.event("1.1", "preparing")
        wait_for(lambda: len(secret_directories() - before) == 1, "the files to be there")
    lock = Path(agent.layout.attempt("1.1")) / "lock"
    runner = int(lock.read_text().split()[0])
    children = Path(f"/proc/{runner}/task/{runner}/children")
    preparation = int(wait_for(children.read_text, "the preparation"))
    if when != "never":
        agent.kill()
    if when == "before":
        kill_both(runner, preparation)
    if when != "never":
        assert agent.start() == "ready"
    with agent.attached(2) as laptop:
        if when != "before":
            kill_both(runner, preparation)
        go.touch()
        if when != "never":
            bring(laptop, "1.1")
        ended = laptop.event("1.1", "ended")
        assert ended.data["outcome"] == "completed", ended
    assert secret_directories() == before
    assert traces(agent.root) == []


def kill_both(runner: int, preparation: int) -> None:
    """The runner, and what it forked for the preparation only once the daemon has noticed that."""
    os.kill(runner, signal.SIGKILL)
    wait_for(lambda: is_reaped(runner), "the runner to go")
    os.kill(preparation, signal.SIGKILL)


def is_reaped(pid: int) -> bool:
    """Gone; or dead, and left to an init that does not care."""
    try:
        state, parent = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[:2]
    except FileNotFoundError:
        return True
    return (state, parent) == ("Z", "1")


def test_a_problem_on_the_laptop_fails_the_attempt(agent: Agent) -> None:
    with agent.attached(1) as laptop:
        laptop.say(Lease("1.1", secretive("true")), Lease("2.1", secretive("true")))
        laptop.hear(NeedSecrets, lambda need: need.attempt == "1.1")
        laptop.say(Secrets("1.1", {}, "There is no secret KEY."))
        ended = laptop.event("1.1", "ended").data
        assert (ended["outcome"], ended["reason"]) == ("failed", "There is no secret KEY.")
        bring(laptop, "2.1", TOKEN=TOKEN)
        assert "did not bring the secret KEY" in laptop.event("2.1", "ended").data["reason"]


def test_what_waits_for_secrets_can_be_taken_back(agent: Agent) -> None:
    with agent.attached(1) as laptop:
        laptop.say(Lease("1.1", secretive("true")), Lease("2.1", secretive("true")))
        laptop.say(Abort("1.1", 0.0), Recall("2.1"))
        assert laptop.event("1.1", "ended").data["outcome"] == "aborted"
        laptop.event("2.1", "recalled")
        laptop.say(Secrets("1.1", VALUES, ""), Secrets("2.1", VALUES, ""))
        laptop.say(Lease("3.1", spec("true")))
        laptop.event("3.1", "ended")
    assert not (Path(agent.layout.attempt("2.1"))).exists()


def test_secrets_nobody_asked_for_are_not_taken(agent: Agent) -> None:
    with agent.attached(1) as laptop:
        laptop.say(Secrets("9.1", VALUES, ""), Lease("1.1", spec("printenv")))
        laptop.say(Secrets("1.1", VALUES, "ignored"))
        assert laptop.event("1.1", "ended").data["outcome"] == "completed"
        assert b"HF_TOKEN" not in laptop.whole_log("1.1")


def test_crashing_commands_dump_no_secrets(tmp_path: Path) -> None:
    asks = "import resource; print('limit', resource.getrlimit(resource.RLIMIT_CORE)[0])"
    usual, most = resource.getrlimit(resource.RLIMIT_CORE)
    if most == 0:
        pytest.skip("nothing here may dump core, so that secrets are not dumped is NOT tested")
    wanted = 5000 if most == resource.RLIM_INFINITY else min(5000, most)
    resource.setrlimit(resource.RLIMIT_CORE, (wanted, most))
    try:
        with (
            Agent(tmp_path / "clearq" / "store" / "machine") as agent,
            agent.attached(1) as laptop,
        ):
            laptop.say(Lease("1.1", secretive("python3", "-c", asks)))
            bring(laptop, "1.1")
            laptop.event("1.1", "ended")
            assert laptop.whole_log("1.1") == b"limit 1\n"
            laptop.say(Lease("2.1", spec("python3", "-c", asks)))
            laptop.event("2.1", "ended")
            assert laptop.whole_log("2.1") == b"limit %d\n" % wanted
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, (usual, most))


def test_a_machine_without_files_in_memory_says_so(tmp_path: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can hide /dev/shm; a machine without a tmpfs is NOT tested")
    disk = tmp_path / "disk"
    disk.mkdir()
    python = tmp_path / "python"
    python.write_text(
        "#!/bin/sh\nunset XDG_RUNTIME_DIR\n"
        f"exec unshare -m sh -c 'umount -l /run/user/0 2>/dev/null; "
        f'mount --bind {disk} /dev/shm && exec python3 "$@"\' sh "$@"\n'
    )
    python.chmod(0o755)
    with (
        Agent(tmp_path / "clearq" / "store" / "machine", str(python)) as agent,
        agent.attached(1) as laptop,
    ):
        laptop.say(Lease("1.1", secretive("true")))
        bring(laptop, "1.1")
        ended = laptop.event("1.1", "ended").data
        assert ended["outcome"] == "failed"
        assert "no file system in memory" in ended["reason"]
    assert traces(tmp_path) == []

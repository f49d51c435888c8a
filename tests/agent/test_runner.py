"""Runners of real commands: outcomes, what a command finds around it, and how runners survive."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

from remote_agent import attempts, process_tree
from tests.agent.forker import Forker
from tests.agent.interpreters import on_every_python
from tests.fleet_of_namespaces.waiting import wait_for

pytestmark = on_every_python()

SLOW = [{"whose": "task", "script": "sleep 1000"}]
"""A preparation that takes its time."""


def test_outcome_log_and_surroundings(forker: Forker) -> None:
    script = (
        'pwd; read line || echo "no input"; ls /proc/self/fd | wc -l; '
        'grep -E "^Sig(Ign|Blk)" /proc/self/status; '
        'echo "$CLEARQ_TASK $CLEARQ_ATTEMPT $CLEARQ_WORKER $PYTHONUNBUFFERED $MORE" >&2; '
        'test -d "$CLEARQ_OUTPUT" && [ $(ps -o sid= -p $$) = $$ ] && echo "leads a session"'
    )
    forker.shell("8.2", script, environment={"MORE": "more", "CLEARQ_TASK": "99"})
    assert forker.result("8.2") == ("completed", 0, None, "")
    place, no_input, descriptors, *masks, variables, leads = forker.log("8.2").splitlines()
    assert place == f"{forker.root}/attempts/8.2/workspace"
    assert no_input == "no input"
    assert int(descriptors) == 4  # three, and the listing's own
    # Signals 32 and 33 are the C library's own, which posix_spawn leaves ignored.
    assert [int(mask.split()[1], 16) & 0x7FFFFFFF for mask in masks] == [0, 0]
    assert variables == "8 8.2 w 1 more"
    assert leads == "leads a session"
    assert Path(forker.layout.attempt_log("8.2")).stat().st_mode & 0o777 == 0o600


def test_failures(forker: Forker) -> None:
    expected = {
        "exit 3": ("failed", 3, None, ""),
        "kill -SEGV $$": ("failed", None, 11, "Ended by SIGSEGV."),
        "kill -KILL $$": ("failed", None, 9, "Ended by SIGKILL."),
    }
    for number, script in enumerate(expected):
        forker.shell(f"1.{number}", script)
    assert [forker.result(f"1.{number}") for number in range(3)] == list(expected.values())


def test_what_cannot_be_run_says_why(forker: Forker, tmp_path: Path) -> None:
    for name, text in (("plain", "x"), ("alien", "x"), ("orphan", "#!/no/such/shell\n")):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o600 if name == "plain" else 0o700)
    commands = {
        "no-such-program": (127, "was not found"),
        "/no/such/program": (127, "was not found"),
        str(tmp_path / "plain"): (126, "chmod +x"),
        str(tmp_path / "alien"): (126, "has no #! line"),
        str(tmp_path / "orphan"): (126, "the interpreter"),
        str(tmp_path): (126, "is a directory"),
    }
    for number, command in enumerate(commands):
        forker.start(f"1.{number}", command)
    for number, (command, (code, words)) in enumerate(commands.items()):
        outcome, exit_code, ended_by, reason = forker.result(f"1.{number}")
        assert (outcome, exit_code, ended_by) == ("failed", code, None)
        assert words in reason, command
        assert command in reason
        assert reason in forker.log(f"1.{number}")


def test_runner_survives_the_end_of_its_parent(forker: Forker, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    forker.shell("1.1", f"while ! [ -e {gate} ]; do sleep 0.01; done; exit 4")
    forker.wait_for_phase("1.1", "running")
    forker.signal_group(signal.SIGHUP)
    forker.kill()
    assert forker.phase("1.1") == "running"
    gate.touch()
    assert forker.result("1.1") == ("failed", 4, None, "")


def test_signals_to_the_group_of_the_parent_do_not_reach_it(forker: Forker) -> None:
    """From the very first moment, when it is about to leave the group."""
    for number in range(20):
        forker.shell(f"1.{number}", "sleep 0.02; exit 5")
    forker.signal_group(signal.SIGTERM)
    for number in range(20):
        if forker.phase(f"1.{number}") != "created":
            assert forker.result(f"1.{number}") == ("failed", 5, None, "")


def test_many_runners_start_a_command_once(forker: Forker, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    forker.create("1.1", "/bin/sh", "-c", f"echo started >>{ledger}; sleep 0.3")
    runners = [forker.spawn("1.1") for _ in range(5)]
    assert forker.result("1.1") == ("completed", 0, None, "")
    runners += [forker.spawn("1.1") for _ in range(3)]
    wait_for(lambda: all(map(is_over, runners)), "the runners to end")
    assert ledger.read_text() == "started\n"


def test_a_finishing_runner_never_looks_vanished(forker: Forker) -> None:
    for number in range(15):
        name = f"1.{number}"
        forker.start(name, "/bin/true")
        seen: list[str] = []
        while not seen or seen[-1] != "ended":
            phase = forker.phase(name)
            if not seen or seen[-1] != phase:
                seen.append(phase)
        order = ["created", "starting", "running", "ended"]
        assert seen == [phase for phase in order if phase in seen]


def test_news_is_reported(forker: Forker) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(forker.layout.notify)
        listener.settimeout(30)
        forker.start("1.1", "/bin/sleep", "0.3")
        assert listener.recv(100) == b"1.1"
        assert forker.phase("1.1") == "running"
        assert listener.recv(100) == b"1.1"
        assert forker.phase("1.1") == "ended"


def test_a_killed_runner_leaves_strays_that_are_found(forker: Forker) -> None:
    runner = forker.shell("1.1", "setsid sleep 1000 & (sleep 1000 &) ; sleep 1000")
    forker.wait_for_phase("1.1", "running")
    wait_for(lambda: len(process_tree.descendants(runner)) == 4, "the whole tree")
    strays = process_tree.descendants(runner)
    os.kill(runner, signal.SIGKILL)
    assert forker.wait_for_phase("1.1", "vanished")["boot"] == "boot-1"
    assert attempts.end_strays(forker.layout, "1.1") == []
    assert not any(map(is_alive, strays))


def test_a_runner_that_was_killed_while_it_prepared_is_replaced(forker: Forker) -> None:
    first = forker.start("1.1", "/bin/true", setup=SLOW)
    forker.wait_for_phase("1.1", "preparing")
    wait_for(lambda: len(process_tree.descendants(first)) == 3, "something slow to begin")
    tree = process_tree.descendants(first)
    os.kill(first, signal.SIGKILL)
    # The preparation goes on holding the lock, so that nobody else begins meanwhile.
    assert forker.phase("1.1") == "preparing"
    process_tree.kill(tree)
    forker.wait_for_phase("1.1", "created")
    forker.spawn("1.1")
    forker.wait_for_phase("1.1", "preparing")


def test_a_fault_of_ours_is_an_outcome(forker: Forker) -> None:
    forker.start("1.1", "/bin/true", code={"kind": "faulty"})
    outcome, code, number, reason = forker.result("1.1")
    assert (outcome, code, number) == ("failed", None, None)
    assert "by a fault in clearq: KeyError('a fault')" in reason
    assert "Traceback" in forker.log("1.1")


def is_alive(process: process_tree.Process) -> bool:
    entry = process_tree.read_entry(process.pid)
    return entry is not None and entry.process == process and entry.is_alive


def is_over(pid: int) -> bool:
    entry = process_tree.read_entry(pid)
    return entry is None or not entry.is_alive

"""`clearq logs`: exact bytes into a pipe, harmless text onto a terminal, all of it to its end."""

from __future__ import annotations

import subprocess
import time

import pytest

from clearq_tui.model import Attempt, AttemptState, TaskState, Wish
from clearq_tui.store import attempts
from clearq_tui.store import tasks as stored_tasks
from tests.cli.conftest import CLEARQ, Clearq
from tests.cli.test_lists import on_a_terminal

LOG = b"one\n\x1b]0;owned\x07\x1b[31mred\x1b[0m \xff\x00\ntwo\r\nlast"


def lease(clearq: Clearq, number: int = 1) -> None:
    """Put the task's attempt into the hands of worker `local`."""
    with clearq.store() as store, store.transaction():
        attempts.add(
            store,
            Attempt(1, number, 1, 1, AttemptState.LEASED, Wish.RUN, time.time()),
        )
        stored_tasks.set_leased(store, 1, 1, 1, number, time.time())


def end(clearq: Clearq, size: int, *, whole: bool, number: int = 1) -> None:
    with clearq.store() as store, store.transaction():
        attempts.set_ended(store, 1, number, AttemptState.COMPLETED, time.time(), exit_code=0)
        attempts.set_log(store, 1, number, size, whole)
        stored_tasks.set_ended(store, 1, TaskState.COMPLETED, time.time(), exit_code=0)


def write(clearq: Clearq, log: bytes, number: int = 1) -> None:
    path = clearq.home.attempt_log(1, number)
    path.parent.mkdir(exist_ok=True, mode=0o700)
    with path.open("ab") as file:
        file.write(log)


@pytest.fixture
def tried(clearq: Clearq) -> Clearq:
    clearq("enqueue", "--no-code", "--no-start", "true")
    lease(clearq)
    return clearq


def raw(clearq: Clearq, *words: str) -> bytes:
    return subprocess.check_output([CLEARQ, "logs", *words], env=clearq.environment())


def test_a_pipe_gets_the_very_bytes(tried: Clearq) -> None:
    write(tried, LOG)
    assert raw(tried, "1") == LOG
    assert raw(tried, "#1.1") == LOG
    assert raw(tried, "1", "-n", "1") == b"last"
    assert raw(tried, "1", "-n", "2") == b"two\r\nlast"
    assert raw(tried, "1", "-n", "0") == b""


def test_a_terminal_gets_harmless_text(tried: Clearq) -> None:
    write(tried, LOG)
    plain = on_a_terminal(tried, "logs", "1", NO_COLOR="1")
    assert "\x1b" not in plain
    assert "red" in plain
    coloured = on_a_terminal(tried, "logs", "1")
    assert "\x1b[31mred\x1b[0m" in coloured
    assert "owned" not in coloured
    assert coloured.endswith("last\x1b[0m")


def test_following_reads_to_the_end(tried: Clearq) -> None:
    process = tried.start("logs", "-f", "1")
    assert process.stdout is not None
    write(tried, b"first\n")
    assert process.stdout.readline() == b"first\n"
    end(tried, 0, whole=False)
    write(tried, b"later\n")
    assert process.stdout.readline() == b"later\n"
    write(tried, b"last\n")
    end(tried, 17, whole=True)
    out, err = process.communicate(timeout=20)
    assert (out, err, process.returncode) == (b"last\n", b"", 0)


def test_following_a_task_that_waits(clearq: Clearq) -> None:
    clearq("enqueue", "--no-code", "--no-start", "true")
    assert clearq("logs", "1").code == 3
    process = clearq.start("logs", "-f", "1")
    lease(clearq)
    write(clearq, b"hello\n")
    end(clearq, 6, whole=True)
    out, _ = process.communicate(timeout=20)
    assert out == b"hello\n"


def test_the_rest_that_has_not_arrived_is_said(tried: Clearq) -> None:
    write(tried, b"half")
    end(tried, 4, whole=False)
    said = tried("logs", "1")
    assert said.out == "half"
    assert "has not arrived" in said.err


def test_an_attempt_that_never_was(tried: Clearq) -> None:
    said = tried("logs", "1.2")
    assert (said.code, said.err) == (3, "clearq: Task #1 has no attempt 2.\n")


@pytest.mark.parametrize("task_has_log", [True, False])
def test_a_follower_whose_reader_left_ends(tried: Clearq, task_has_log: bool) -> None:
    if task_has_log:
        write(tried, b"one line, and then nothing\n")
    process = tried.start("logs", "-f", "1")
    assert process.stdout is not None
    if task_has_log:
        process.stdout.readline()
    process.stdout.close()
    assert process.wait(20) == 141
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()


@pytest.mark.parametrize("command", [["logs", "1"], ["logs", "-f", "1"], ["task", "list", "--all"]])
def test_a_closed_pipe_is_no_fault(tried: Clearq, command: list[str]) -> None:
    write(tried, b"x" * (1 << 20) + b"\n")
    end(tried, 1 << 20, whole=True)
    for number in range(5):
        tried("enqueue", "--no-code", "--no-start", "--name", f"{number}" * 30_000, "true")
    process = tried.start(*command)
    assert process.stdout is not None
    process.stdout.read(10)
    process.stdout.close()
    process.wait(20)
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.returncode == 141

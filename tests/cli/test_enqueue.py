"""`clearq enqueue`: what was typed is what is stored; the id alone is printed; waiting."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable

import pytest

from clearq_tui.cli.waiting import exit_code_of
from clearq_tui.model import Attempt, AttemptState, Task, TaskState, Wish
from clearq_tui.operations import tasks as operations
from clearq_tui.store import tasks
from tests.cli.conftest import Clearq


def stored(clearq: Clearq, number: int) -> Task:
    with clearq.store() as store:
        task = tasks.get(store, number)
    assert task is not None
    return task


@pytest.mark.parametrize(
    "command",
    [
        ("true",),
        ("python", "train.py", "--lr", "0.1", "--name=x", "-v", "--", "-h", "--help"),
        ("sh", "-c", "a | b && c $X 'y'"),
        ("printf", "", "a\nb\t\x1b[31m", "世界 🚀"),
    ],
)
def test_the_command_is_stored_as_typed(clearq: Clearq, command: tuple[str, ...]) -> None:
    for separator in ([], ["--"]):
        said = clearq("enqueue", "--no-code", "--no-start", *separator, *command)
        assert said.code == 0
        assert said.err == ""
        assert said.out == f"{int(said.out)}\n"
        task = stored(clearq, int(said.out))
        assert task.command == command
        assert task.state is TaskState.QUEUED
        assert task.snapshot == ""


def test_bytes_that_are_no_text(clearq: Clearq) -> None:
    said = clearq("enqueue", "--no-code", "--no-start", "echo", "\udcff")
    assert said.code in (0, 1, 4)
    if said.code == 0:
        assert stored(clearq, 1).command == ("echo", "\udcff")
        assert clearq("task", "list").code == 0


def test_queue_name_top_environment(clearq: Clearq, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FROM_HERE", "a=b c")
    clearq("enqueue", "--no-code", "--no-start", "--queue", "services", "first")
    said = clearq(
        "enqueue", "--no-code", "--no-start", "--queue", "services", "--top", "--name", "n",
        "--env", "A=1=2", "--env", "EMPTY=", "--env", "FROM_HERE", "second",
    )  # fmt: skip
    task = stored(clearq, int(said.out))
    assert task.name == "n"
    assert dict(task.environment) == {"A": "1=2", "EMPTY": "", "FROM_HERE": "a=b c"}
    listed = clearq("task", "list", "--queue", "services", "--sort", "queue", "--ids").out
    assert listed == "2\n1\n"


def test_code_is_captured(clearq: Clearq) -> None:
    def git(*words: str) -> None:
        subprocess.run(
            ["git", "-c", "user.name=n", "-c", "user.email=e", *words],
            cwd=clearq.directory,
            check=True,
            capture_output=True,
        )

    git("init", "-b", "main")
    (clearq.directory / "train.py").write_text("1")
    git("add", ".")
    git("commit", "-m", "x")
    (clearq.directory / "train.py").write_text("2")
    (clearq.directory / "sub").mkdir()
    (clearq.directory / "sub" / "new.py").write_text("3")
    said = clearq("enqueue", "--no-start", "--directory", "sub", "python", "../train.py")
    assert said.code == 0, said
    shown = clearq("task", "show", said.out.strip(), "--json").json()
    assert isinstance(shown, dict)
    code = shown["code"]
    assert code["branch"] == "main"
    assert code["subdirectory"] == "sub"
    assert (code["staged"], code["unstaged"], code["untracked"]) == (0, 1, 1)


def test_a_large_untracked_file_is_a_warning_on_stderr(clearq: Clearq) -> None:
    subprocess.run(["git", "init", "-q"], cwd=clearq.directory, check=True)
    with (clearq.directory / "model.bin").open("wb") as large:
        large.truncate(33 << 20)
    said = clearq("enqueue", "--no-start", "true")
    assert (said.code, said.out) == (0, "1\n")
    assert "model.bin" in said.err


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ([], 2, "Missing argument 'COMMAND...'"),
        (["--queue", "nope", "true"], 3, "There is no queue named 'nope'."),
        (["--env", "=1", "true"], 2, "has no name"),
        (["--env", "NOT_SET_ANYWHERE", "true"], 2, "no such variable"),
        (["--directory", "/nowhere", "true"], 2, "does not exist"),
        ([""], 4, "no command"),
    ],
)
def test_errors(clearq: Clearq, words: list[str], code: int, sentence: str) -> None:
    said = clearq("enqueue", "--no-code", "--no-start", *words)
    assert said.code == code
    assert said.out == ""
    assert sentence in said.err
    assert said.err.startswith("clearq: ")
    assert said.err.count("\n") == 1


def task_in(state: TaskState, exit_code: int | None = None) -> Task:
    return Task(1, "n", state, ("x",), 1, 0.0, 0.0, exit_code=exit_code, attempt=1)


def attempt_with(signal_number: int | None) -> Attempt:
    return Attempt(1, 1, 1, 1, AttemptState.FAILED, Wish.RUN, 0.0, signal=signal_number)


@pytest.mark.parametrize(
    ("task", "killed_by", "code"),
    [
        (task_in(TaskState.COMPLETED, 0), None, 0),
        (task_in(TaskState.FAILED, 7), None, 7),
        (task_in(TaskState.FAILED), 9, 137),
        (task_in(TaskState.FAILED), None, 125),
        (task_in(TaskState.ABORTED, 143), None, 130),
        (task_in(TaskState.LOST), None, 123),
    ],
)
def test_exit_code_of_a_task(task: Task, killed_by: int | None, code: int) -> None:
    assert exit_code_of(task, attempt_with(killed_by)) == code


def waiting(clearq: Clearq, act: Callable[[], None]) -> tuple[int, bytes]:
    process = clearq.start("enqueue", "--no-code", "--no-start", "--wait", "true")
    assert process.stdout is not None
    assert process.stdout.readline() == b"1\n"
    assert process.poll() is None
    act()
    out, err = process.communicate(timeout=20)
    assert out == b""
    return process.returncode, err


def test_wait_ends_with_the_task(clearq: Clearq) -> None:
    def abort() -> None:
        with clearq.store() as store:
            operations.abort(store, [1], now=time.time())

    assert waiting(clearq, abort) == (130, b"")


def test_wait_ends_when_the_task_is_removed(clearq: Clearq) -> None:
    def remove() -> None:
        with clearq.store() as store:
            operations.remove(store, [1], now=time.time())

    assert waiting(clearq, remove) == (3, b"clearq: Task #1 was removed.\n")


def test_an_interrupted_wait_leaves_the_task(clearq: Clearq) -> None:
    process = clearq.start("enqueue", "--no-code", "--no-start", "--wait", "true")
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert err == b"clearq: No longer waiting; task #1 goes on.\n"
    assert stored(clearq, 1).state is TaskState.QUEUED

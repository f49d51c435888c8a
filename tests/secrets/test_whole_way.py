"""From `clearq secret set` to the task that sees the value, with the real controller and agent."""

from __future__ import annotations

import hashlib
import os
import pty
import select
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from clearq_tui import feed
from clearq_tui.cli.exit_codes import ExitCode
from clearq_tui.store import Store, tasks
from tests.cli.conftest import CLEARQ, Clearq, Ended, fresh
from tests.fleet_of_namespaces.waiting import wait_for
from tests.secrets.on_machine import (
    KEY,
    TOKEN,
    secret_directories,
    told_by_processes,
    traces,
)
from tests.secrets.real_keyring import desktop_session

__all__ = ["fresh"]

PASSPHRASE = "correct horse battery staple"
HASHES = "".join(hashlib.sha256(value.encode()).hexdigest() + "  -\n" for value in (TOKEN, KEY))
ASKED = ("--secret", "TOKEN=HF_TOKEN", "--secret-file", "KEY=KEY_FILE")
LOOK = """\
printf %s "$HF_TOKEN" | sha256sum; sha256sum <"$KEY_FILE"
echo "this must not be read: $HF_TOKEN"; cat "$KEY_FILE"
test -z "$GATE" || until test -e "$GATE"; do sleep 0.02; done
printf %s "$HF_TOKEN" | cut -c -20 | tr -d '\\n'; sleep 0.2; printf %s "$HF_TOKEN" | cut -c 21-
"""
LOG = HASHES + "this must not be read: ***\n***\n***\n"


@dataclass(frozen=True)
class Desk:
    """The operator's place: `clearq`, and the passphrase in a file."""

    clearq: Clearq
    passphrase: Path

    def set(self, name: str, value: str) -> None:
        said = self.clearq(
            "secret", "set", name, "--passphrase-file", str(self.passphrase), typed=value
        )
        assert said == Ended(0, "", "")

    def unlock(self) -> Ended:
        return self.clearq("secret", "unlock", "--passphrase-file", str(self.passphrase))

    def enqueue(self, *words: str) -> str:
        said = self.clearq("enqueue", "--no-code", *words)
        assert said.code == 0, said
        return said.out.strip()

    def wait_for_reason(self, task: str, reason: str) -> None:
        with self.clearq.store() as store:
            wait_for(lambda: reason in reason_of(store, task), reason)
        assert reason in self.clearq("task", "show", task).out

    def wait_for_state(self, task: str, state: str) -> str:
        """Wait until the task's state is that; what is shown of the task."""
        with self.clearq.store() as store:
            wait_for(lambda: state_of(store, task) == state, state)
        return self.clearq("task", "show", task).out


def state_of(store: Store, task: str) -> str:
    found = tasks.get(store, int(task))
    return found.state.value if found else ""


def reason_of(store: Store, task: str) -> str:
    found = tasks.get(store, int(task))
    return found.reason if found else ""


@pytest.fixture
def desk(fresh: Clearq, tmp_path: Path) -> Iterator[Desk]:
    place = tmp_path.with_name(tmp_path.name + "-passphrase")
    place.write_text(PASSPHRASE + "\n")
    before = secret_directories()
    yield Desk(fresh, place)
    place.unlink()
    assert secret_directories() <= before


def test_a_task_gets_what_was_set_and_nothing_else_does(desk: Desk, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    desk.set("TOKEN", TOKEN + "\n")
    desk.set("KEY", KEY)
    listed = desk.clearq("secret", "list")
    assert [line.split()[0] for line in listed.out.splitlines()] == ["SECRET", "KEY", "TOKEN"]
    assert "encrypted file" in listed.out
    assert desk.unlock().out == "2 encrypted secrets can be read.\n"
    task = desk.enqueue(*ASKED, "--env", f"GATE={gate}", "sh", "-c", LOOK)
    log = desk.clearq.home.attempt_log(int(task), 1)
    wait_for(lambda: log.exists() and log.read_text().endswith("***\n***\n"), "the task to speak")
    assert told_by_processes() == []
    assert traces(tmp_path) == []
    gate.touch()
    shown = desk.wait_for_state(task, "completed")
    assert "TOKEN in $HF_TOKEN\n" in shown
    assert "KEY in the file $KEY_FILE\n" in shown
    assert desk.clearq("logs", task).out == LOG
    assert traces(tmp_path) == []
    assert PASSPHRASE.encode() not in desk.clearq.home.controller_log.read_bytes()


def test_an_aborted_task_leaves_nothing(desk: Desk, tmp_path: Path) -> None:
    before = secret_directories()
    desk.set("TOKEN", TOKEN)
    desk.set("KEY", KEY)
    desk.unlock()
    task = desk.enqueue(*ASKED, "--env", "GATE=/nowhere", "sh", "-c", LOOK)
    log = desk.clearq.home.attempt_log(int(task), 1)
    wait_for(lambda: log.exists() and log.read_text().endswith("***\n***\n"), "the task to speak")
    assert len(secret_directories() - before) == 1
    assert desk.clearq("task", "abort", "--kill", task).code == 0
    desk.wait_for_state(task, "aborted")
    assert secret_directories() == before
    assert traces(tmp_path) == []


def test_a_task_waits_until_its_secrets_are_unlocked(desk: Desk) -> None:
    desk.set("TOKEN", TOKEN)
    desk.set("KEY", KEY)
    said = desk.clearq("enqueue", "--no-code", *ASKED, "sh", "-c", LOOK)
    assert said.code == 0
    assert "`clearq secret unlock`" in said.err
    task = said.out.strip()
    desk.wait_for_reason(task, "waits for secret KEY: `clearq secret unlock`")
    desk.passphrase.write_text("another\n")
    assert desk.unlock().code == ExitCode.REFUSED
    desk.wait_for_reason(task, "waits for secret KEY: `clearq secret unlock`")
    desk.passphrase.write_text(PASSPHRASE + "\n")
    assert desk.unlock().code == 0
    shown = desk.wait_for_state(task, "completed")
    assert "waits" not in shown
    assert desk.clearq("logs", task).out == LOG
    # A new controller knows nothing.
    assert desk.clearq("down").code == 0
    wait_for(lambda: feed.controller_pid(desk.clearq.home) is None, "the controller to leave")
    again = desk.clearq("enqueue", "--no-code", "--secret", "TOKEN", "true").out.strip()
    desk.wait_for_reason(again, "waits for secret TOKEN")
    assert desk.clearq("task", "abort", again).code == 0
    desk.wait_for_state(again, "aborted")


def test_what_does_not_exist_is_refused_with_what_is_near(desk: Desk) -> None:
    desk.set("HF_TOKEN", TOKEN)
    said = desk.clearq("enqueue", "--no-code", "--secret", "HF_TOKE", "true")
    assert said.code == ExitCode.NOT_FOUND
    assert "There is no secret HF_TOKE; near it: HF_TOKEN." in said.err
    for words in (
        ("--secret", "HF_TOKEN=A-B"),
        ("--secret", "HF_TOKEN", "--secret-file", "HF_TOKEN"),
    ):
        assert desk.clearq("enqueue", "--no-code", *words, "true").code == ExitCode.USAGE


def test_a_secret_that_was_removed_meanwhile_fails_the_task(desk: Desk) -> None:
    desk.set("TOKEN", TOKEN)
    task = desk.enqueue("--secret", "TOKEN", "true")
    desk.wait_for_reason(task, "waits for secret TOKEN")
    assert desk.clearq("secret", "remove", "TOKEN").code == 0
    desk.clearq("secret", "unlock")
    shown = desk.wait_for_state(task, "failed")
    assert "There is no secret TOKEN" in shown
    assert desk.clearq("secret", "remove", "TOKEN").code == ExitCode.NOT_FOUND


def test_typed_values_and_passphrases_are_not_echoed(desk: Desk, tmp_path: Path) -> None:
    screen = at_terminal(
        desk.clearq, "secret", "set", "TOKEN", typed=[TOKEN, PASSPHRASE, PASSPHRASE]
    )
    assert "Value of TOKEN: " in screen
    assert TOKEN not in screen
    assert PASSPHRASE not in screen
    # Asked for once, where a task needs it.
    screen = at_terminal(
        desk.clearq, "enqueue", "--no-code", "--secret", "TOKEN", "--wait",
        "sh", "-c", "test ${#TOKEN} = 35", typed=[PASSPHRASE],
    )  # fmt: skip
    assert PASSPHRASE not in screen
    desk.wait_for_state("1", "completed")
    screen = at_terminal(desk.clearq, "enqueue", "--no-code", "--secret", "TOKEN", "true", typed=[])
    desk.wait_for_state("2", "completed")
    assert traces(tmp_path) == []


def test_without_a_terminal_nobody_is_asked(desk: Desk) -> None:
    said = desk.clearq("secret", "set", "TOKEN", typed=TOKEN)
    assert said.code == ExitCode.REFUSED
    assert "no terminal" in said.err
    assert desk.clearq("secret", "list", "--json").json() == []


@dataclass(frozen=True)
class InSession(Clearq):
    """`clearq` in a desktop session."""

    session: tuple[tuple[str, str], ...] = ()

    def environment(self) -> dict[str, str]:
        return super().environment() | dict(self.session) | {"HOME": str(self.directory)}


def test_with_a_keyring_nobody_is_asked_for_anything(fresh: Clearq, tmp_path: Path) -> None:
    with desktop_session(tmp_path / "desktop") as session:
        clearq = InSession(fresh.home, fresh.directory, tuple(session.items()))
        assert clearq("secret", "set", "TOKEN", typed=TOKEN) == Ended(0, "", "")
        assert clearq("secret", "set", "KEY", typed=KEY) == Ended(0, "", "")
        assert clearq("secret", "list").out.count("keyring") == 2
        said = clearq("enqueue", "--no-code", "--wait", *ASKED, "sh", "-c", LOOK)
        assert (said.code, said.err) == (0, "")
        assert clearq("logs", "1").out == LOG
        assert traces(tmp_path) == []


def at_terminal(clearq: Clearq, *words: str, typed: list[str]) -> str:
    """Run `clearq` at a terminal, typing a line whenever it asks; all that is on the screen."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        ["setsid", "--ctty", "--wait", CLEARQ, *words],
        cwd=clearq.directory,
        env=clearq.environment() | {"TERM": "dumb"},
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    screen = ""
    deadline = time.monotonic() + 30
    while True:
        ready, _, _ = select.select([master], [], [], 0.1)
        if ready:
            try:
                data = os.read(master, 4096)
            except OSError:
                break
            screen += data.decode()
            if typed and screen.endswith(": "):
                os.write(master, typed.pop(0).encode() + b"\n")
        elif process.poll() is not None or time.monotonic() > deadline:
            break
    os.close(master)
    assert process.wait(5) == 0, screen
    assert not typed, screen
    return screen

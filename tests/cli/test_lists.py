"""Lists: aligned words for people and `grep`, one JSON document with stable keys for scripts."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import time

import pytest

from clearq_tui.cli.documents import (
    MachineDetails,
    MachineDocument,
    QueueDocument,
    TaskDetails,
    TaskDocument,
    WorkerDocument,
    keys,
)
from clearq_tui.cli.status import StatusDocument
from tests.cli.conftest import CLEARQ, Clearq


def enqueue(clearq: Clearq, *words: str) -> int:
    said = clearq("enqueue", "--no-code", "--no-start", *words)
    assert said.code == 0, said
    return int(said.out)


@pytest.mark.parametrize(
    ("words", "document"),
    [
        (["machine", "list"], MachineDocument),
        (["worker", "list"], WorkerDocument),
        (["queue", "list"], QueueDocument),
        (["task", "list"], TaskDocument),
    ],
)
def test_lists_as_json(clearq: Clearq, words: list[str], document: type) -> None:
    enqueue(clearq, "true")
    listed = clearq(*words, "--json").json()
    assert isinstance(listed, list)
    assert listed
    for entry in listed:
        assert tuple(entry) == keys(document)


@pytest.mark.parametrize(
    ("words", "document"),
    [
        (["machine", "show", "local"], MachineDetails),
        (["task", "show", "1"], TaskDetails),
        (["status"], StatusDocument),
    ],
)
def test_shows_as_json(clearq: Clearq, words: list[str], document: type) -> None:
    enqueue(clearq, "true")
    shown = clearq(*words, "--json").json()
    assert isinstance(shown, dict)
    assert set(shown) == set(keys(document))


def test_the_stable_keys() -> None:
    """Renaming or removing one of these breaks somebody's script: never change them."""
    assert keys(TaskDocument) == (
        "id", "name", "state", "queue", "worker", "machine", "attempt", "exit_code", "reason",
        "command", "created_at", "changed_at", "started_at", "ended_at",
    )  # fmt: skip
    assert keys(QueueDocument) == (
        "id", "name", "paused", "default", "waiting", "active", "workers",
    )  # fmt: skip


def test_tables_are_plain_and_aligned_in_a_pipe(clearq: Clearq) -> None:
    for number in range(3):
        enqueue(clearq, "--name", f"train {'x' * 60 * number}", "python", "t.py", "--lr", "0.1")
    said = clearq("task", "list").out
    title, *rows = said.splitlines()
    assert said.isascii()
    assert "\x1b" not in said
    assert [row.split()[0] for row in rows] == ["3", "2", "1"]
    assert all(row.index("python t.py --lr 0.1") == title.index("COMMAND") for row in rows)
    for words in (["machine", "list"], ["worker", "list"], ["queue", "list"], ["status"]):
        assert clearq(*words).out.isascii(), words


def test_filters_sorts_windows(clearq: Clearq) -> None:
    clearq("queue", "add", "gpu")
    for name in ("b", "c", "a"):
        enqueue(clearq, "--name", name, "--queue", "gpu" if name == "c" else "default", "true")

    def names(*words: str) -> list[str]:
        listed = clearq("task", "list", "--json", *words).json()
        assert isinstance(listed, list)
        return [task["name"] for task in listed]

    assert names() == ["a", "c", "b"]
    assert names("--ascending") == ["b", "c", "a"]
    assert names("--sort", "name") == ["a", "b", "c"]
    assert names("--sort", "name", "--descending", "--limit", "2") == ["c", "b"]
    assert names("--sort", "name", "--offset", "1") == ["b", "c"]
    assert names("--queue", "gpu") == ["c"]
    assert names("--state", "failed") == []
    assert names("--state", "failed", "--state", "queued", "--all") == ["a", "c", "b"]
    assert names("--text", "c") == ["c"]
    assert clearq("task", "list", "--ids").out == "3\n2\n1\n"


def test_an_unknown_name_in_a_filter(clearq: Clearq) -> None:
    said = clearq("task", "list", "--queue", "defualt")
    assert said.code == 3
    assert said.out == ""
    assert said.err == "clearq: There is no queue named 'defualt'. Did you mean default?\n"


def on_a_terminal(clearq: Clearq, *words: str, **environment: str) -> str:
    """What the command writes when stdout is a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [CLEARQ, *words],
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        cwd=clearq.directory,
        env=clearq.environment() | {"TERM": "xterm"} | environment,
    )
    os.close(theirs)
    said = b""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            piece = os.read(ours, 65536)
        except OSError:
            break
        said += piece
    os.close(ours)
    assert process.wait(20) == 0
    return said.decode()


HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202eevil\nsecond"


def test_names_cannot_act_on_the_terminal(clearq: Clearq) -> None:
    enqueue(clearq, "--name", HOSTILE, "echo", HOSTILE)
    for words in (["task", "list"], ["task", "show", "1"], ["status"]):
        said = on_a_terminal(clearq, *words, NO_COLOR="1")
        shown = said.replace("\r\n", "\n")
        assert all(character.isprintable() or character == "\n" for character in shown), words
        coloured = on_a_terminal(clearq, *words)
        assert "\x1b]" not in coloured
        assert "\x1b[2J" not in coloured
    assert clearq("task", "list").out.count("\n") == 2


def test_json_of_a_hostile_name_is_exact(clearq: Clearq) -> None:
    enqueue(clearq, "--name", HOSTILE, "true")
    said = clearq("task", "list", "--json")
    assert json.loads(said.out)[0]["name"] == HOSTILE
    assert said.out.isascii()


def test_colours_only_on_a_terminal_that_wants_them(clearq: Clearq) -> None:
    clearq("queue", "list")
    assert "\x1b[1m" in on_a_terminal(clearq, "queue", "list")
    assert "\x1b" not in on_a_terminal(clearq, "queue", "list", NO_COLOR="1")
    assert "\x1b" not in on_a_terminal(clearq, "queue", "list", TERM="dumb")
    assert "\x1b" not in on_a_terminal(clearq, "status", NO_COLOR="1")

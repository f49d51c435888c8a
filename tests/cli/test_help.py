"""Help: every command has it, with its exit codes, and nothing slow is imported for it."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest

from clearq_tui.cli.documents import TaskDocument, keys
from clearq_tui.cli.main import COMMANDS, clearq
from tests.cli.conftest import Clearq

WANTED = {
    "up", "down", "status", "machine", "worker", "queue", "enqueue", "task", "logs", "demo",
    "secret",
}  # fmt: skip
NOUNS = {
    "machine": {"add", "list", "show", "check", "remove", "trust"},
    "worker": {"add", "list", "remove", "drain", "undrain", "set"},
    "queue": {"add", "list", "remove", "pause", "resume", "rename", "default"},
    "secret": {"set", "list", "remove", "unlock"},
    "task": {"list", "show", "abort", "clone", "remove", "retry", "dequeue", "move"},
}
SLOW = {"asyncio", "asyncssh", "git", "paramiko", "rich", "sqlite3", "sqlite_utils", "textual"}


def every_command() -> list[tuple[str, ...]]:
    context = click.Context(clearq)
    found: list[tuple[str, ...]] = []
    for name in clearq.list_commands(context):
        found.append((name,))
        command = clearq.get_command(context, name)
        if isinstance(command, click.Group):
            found += [(name, inner) for inner in command.list_commands(context)]
    return found


def test_all_commands_are_there() -> None:
    assert set(COMMANDS) == WANTED
    for noun, verbs in NOUNS.items():
        assert verbs <= {words[1] for words in every_command() if words[0] == noun and words[1:]}


@pytest.mark.parametrize("words", every_command(), ids=" ".join)
def test_help_of_every_command_tells_its_exit_codes(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    clearq.main([*words, "--help"], prog_name="clearq", standalone_mode=False)
    said = capsys.readouterr().out
    assert "Exit codes:" in said
    assert "  done\n" in said
    assert said.startswith(f"Usage: clearq {' '.join(words)}")


def test_help_of_the_whole(fresh: Clearq) -> None:
    said = fresh("--help")
    assert said.code == 0
    for name in WANTED:
        assert f"\n  {name} " in said.out
    assert "CLEARQ_HOME" in said.out
    assert not fresh.home.root.exists()


def test_help_of_a_list_names_its_json_keys(clearq: Clearq) -> None:
    said = clearq("task", "list", "--help")
    words = said.out.replace(",", " ").split()
    assert set(keys(TaskDocument)) <= set(words)


@pytest.mark.parametrize(
    ("words", "allowed"),
    [
        (["--help"], set()),
        (["machine", "--help"], {"sqlite3"}),
        (["task", "list"], {"sqlite3"}),
        (["task", "list", "--json"], {"sqlite3"}),
        (["enqueue", "--no-code", "--no-start", "true"], {"sqlite3"}),
        (["status", "--json"], {"sqlite3"}),
        (["worker", "drain", "local"], {"sqlite3"}),
    ],
    ids=" ".join,
)
def test_nothing_slow_is_imported(clearq: Clearq, words: list[str], allowed: set[str]) -> None:
    clearq("task", "list")  # makes the store, which takes sqlite-utils
    listing = (
        "import sys; from clearq_tui.cli.main import main\n"
        "try: main()\nexcept SystemExit: print('\\n@', *sys.modules)"
    )
    said = subprocess.check_output(
        [sys.executable, "-c", listing, *words], env=clearq.environment(), text=True
    )
    modules = said.rpartition("@")[2].split()
    assert "click" in modules
    assert SLOW & set(modules) <= allowed

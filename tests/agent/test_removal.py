"""Removing what tasks leave: forbidding directories, links to elsewhere, bottomless depths."""

from __future__ import annotations

import os
from pathlib import Path

from remote_agent import attempts
from remote_agent.removal import remove_tree
from tests.agent.forker import Forker
from tests.agent.interpreters import on_every_python, run_script

SCRIPTS = Path(__file__).parent / "scripts"


@on_every_python()
def test_whatever_a_task_left_goes_and_nothing_else(python: str) -> None:
    run_script(python, SCRIPTS / "removing.py")


def test_an_attempt_leaves_no_trace(forker: Forker) -> None:
    forker.shell("1.1", "mkdir -p a/b; touch a/b/c; chmod 500 a/b a; chmod 500 .")
    assert forker.result("1.1") == ("completed", 0, None, "")
    attempts.remove(forker.layout, "1.1")
    attempts.remove(forker.layout, "1.1")
    assert list(Path(forker.layout.attempts).iterdir()) == []


def test_what_was_half_made_or_half_removed_is_swept(forker: Forker) -> None:
    forker.create("1.1", "/bin/true")
    for name in (".new-1.2", ".old-1.3", ".old-1.3.flat"):
        (Path(forker.layout.attempts) / name / "deep").mkdir(parents=True)
    attempts.sweep(forker.layout)
    assert attempts.names(forker.layout) == ["1.1"]
    assert [path.name for path in Path(forker.layout.attempts).iterdir()] == ["1.1"]


def test_a_pipe_goes_without_anybody_writing_to_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert remove_tree(str(tmp_path / "pipe"))
    assert remove_tree(str(tmp_path / "nothing"))

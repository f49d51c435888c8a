"""The steps that every mode shares: recorded in order, with times, and loud when they fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from remote_agent import attempts
from remote_agent.layout import Layout
from remote_agent.steps import read_steps
from remote_agent.workspace import WorkspaceError, lay_files_over
from tests.agent.forker import Forker
from tests.agent.interpreters import on_every_python

every_python = on_every_python()


def scripts(worker: str = "", task: str = "") -> list[dict[str, str]]:
    said = (("worker", worker), ("task", task))
    return [{"whose": whose, "script": script} for whose, script in said if script]


def steps_of(forker: Forker, name: str = "1.1") -> list[dict[str, Any]]:
    return read_steps(forker.layout.attempt(name))


@every_python
def test_what_set_up_scripts_export_stays(forker: Forker) -> None:
    forker.shell(
        "1.1",
        'echo "$A|$B|$LEFT|${GONE-unset}|$ODD"; pwd',
        environment={"GONE": "x"},
        setup=scripts(
            worker='export A=worker B=one; LEFT=no; unset GONE\nexport ODD="2\nlines: $(echo 3)"',
            task='test "$A" = worker\nexport B="$B two"\nexit 0',
        ),
    )
    assert forker.result("1.1") == ("completed", 0, None, "")
    assert "worker|one two||unset|2\nlines: 3\n" in forker.log("1.1")
    assert forker.log("1.1").endswith(f"{forker.root}/attempts/1.1/workspace\n")
    assert [(step["name"], step["failed"]) for step in steps_of(forker)] == [("set-up", False)]


@every_python
def test_a_script_stops_at_its_first_failing_line(forker: Forker) -> None:
    forker.start(
        "1.1",
        "/bin/true",
        setup=scripts(task="echo before\nls /does-not-exist\necho after"),
        system_packages=["never-looked-for"],
    )
    outcome, code, _, reason = forker.result("1.1")
    assert (outcome, code) == ("failed", None)
    assert reason == "set-up: the task's script ended with exit code 2."
    log = forker.log("1.1")
    assert "before\n" in log
    assert "/does-not-exist" in log
    assert "after\n" not in log
    assert [(step["name"], step["failed"]) for step in steps_of(forker)] == [("set-up", True)]


@every_python
def test_an_unset_variable_is_a_failure(forker: Forker) -> None:
    forker.start("1.1", "/bin/true", setup=scripts(worker='echo "$NEVER_SET"'))
    assert forker.result("1.1")[0] == "failed"
    assert "NEVER_SET" in forker.log("1.1")


@every_python
def test_a_script_with_a_trap_of_its_own_and_one_that_sets_arguments(forker: Forker) -> None:
    forker.shell(
        "1.1",
        'echo "A=$A B=${B-}"',
        setup=scripts(worker="export A=1; set -- x y", task="export B=2; trap 'echo mine' EXIT"),
    )
    assert forker.result("1.1")[0] == "completed"
    assert "mine\n" in forker.log("1.1")
    assert "A=1 B=\n" in forker.log("1.1")


@every_python
def test_a_step_under_way_has_no_time_yet(forker: Forker) -> None:
    forker.start("1.1", "/bin/true", setup=scripts(task="echo reached; sleep 1000"))
    forker.wait_for_log("1.1", "reached")
    state = attempts.inspect(forker.layout, "1.1")
    assert state.phase == "preparing"
    assert list(state.steps) == [{"name": "set-up", "seconds": None, "failed": False}]


@every_python
def test_a_large_environment_passes(forker: Forker) -> None:
    script = "export LARGE=$(head -c 100000 /dev/zero | tr '\\0' x)\n" + "\n".join(
        f"export LARGE{number}=$LARGE" for number in range(10)
    )
    forker.shell("1.1", "echo ${#LARGE} ${#LARGE9}", setup=scripts(task=script))
    assert forker.result("1.1")[0] == "completed"
    assert "100000 100000\n" in forker.log("1.1")


def test_rewritten_files_never_leave_the_workspace(tmp_path: Path) -> None:
    layout = Layout(str(tmp_path / "root"))
    layout.make_directories()
    sha256 = "a" * 64
    Path(layout.blobs, sha256).write_text('{"lr": 2}')
    workspace = tmp_path / "workspace"
    (workspace / ".git").mkdir(parents=True)
    (workspace / "out").symlink_to(tmp_path)
    for path in ("../x", "/etc/hosts", "missing/config", ".git/x", "out/x", "out"):
        with pytest.raises(WorkspaceError, match=path):
            lay_files_over([{"path": path, "sha256": sha256}], layout, str(workspace))
    assert sorted(place.name for place in tmp_path.iterdir()) == ["root", "workspace"]


def test_a_rewritten_file_keeps_its_mode_and_leaves_other_links_alone(tmp_path: Path) -> None:
    layout = Layout(str(tmp_path / "root"))
    layout.make_directories()
    sha256 = "b" * 64
    Path(layout.blobs, sha256).write_text("new")
    (tmp_path / "original").write_text("old")
    (tmp_path / "original").chmod(0o755)
    (tmp_path / "workspace").mkdir()
    (tmp_path / "workspace" / "run.sh").hardlink_to(tmp_path / "original")
    lay_files_over([{"path": "run.sh", "sha256": sha256}], layout, str(tmp_path / "workspace"))
    assert (tmp_path / "workspace" / "run.sh").read_text() == "new"
    assert (tmp_path / "workspace" / "run.sh").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "original").read_text() == "old"

"""The steps that every mode shares: recorded in order, with times, and loud when they fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from remote_agent import attempts
from remote_agent.steps import read_steps
from tests.agent.forker import Forker
from tests.agent.interpreters import on_every_python

pytestmark = on_every_python()


def scripts(worker: str = "", task: str = "") -> list[dict[str, str]]:
    said = (("worker", worker), ("task", task))
    return [{"whose": whose, "script": script} for whose, script in said if script]


def steps_of(forker: Forker, name: str = "1.1") -> list[dict[str, Any]]:
    return read_steps(forker.layout.attempt(name))


def test_what_set_up_scripts_export_stays(forker: Forker) -> None:
    forker.shell(
        "1.1",
        'echo "$A|$B|$LEFT|${GONE-unset}|$ODD"; pwd',
        environment={"GONE": "x"},
        setup=scripts(
            worker='export A=worker B=one; LEFT=no; unset GONE\nexport ODD="two\nlines = $(echo 3)"',
            task='test "$A" = worker\nexport B="$B two"\nexit 0',
        ),
    )
    assert forker.result("1.1") == ("completed", 0, None, "")
    assert "worker|one two||unset|two\nlines = 3\n" in forker.log("1.1")
    assert forker.log("1.1").endswith(f"{forker.root}/attempts/1.1/workspace\n")
    assert [(step["name"], step["failed"]) for step in steps_of(forker)] == [("set-up", False)]


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


def test_an_unset_variable_is_a_failure(forker: Forker) -> None:
    forker.start("1.1", "/bin/true", setup=scripts(worker='echo "$NEVER_SET"'))
    assert forker.result("1.1")[0] == "failed"
    assert "NEVER_SET" in forker.log("1.1")


def test_a_script_with_a_trap_of_its_own_and_one_that_sets_arguments(forker: Forker) -> None:
    forker.shell(
        "1.1",
        'echo "A=$A B=${B-}"',
        setup=scripts(worker="export A=1; set -- x y", task="export B=2; trap 'echo mine' EXIT"),
    )
    assert forker.result("1.1")[0] == "completed"
    assert "mine\n" in forker.log("1.1")
    assert "A=1 B=\n" in forker.log("1.1")


def test_a_step_under_way_has_no_time_yet(forker: Forker) -> None:
    forker.start("1.1", "/bin/true", setup=scripts(task="echo reached; sleep 1000"))
    forker.wait_for_log("1.1", "reached")
    state = attempts.inspect(forker.layout, "1.1")
    assert state.phase == "preparing"
    assert list(state.steps) == [{"name": "set-up", "seconds": None, "failed": False}]


def test_a_large_environment_passes(forker: Forker) -> None:
    script = "export LARGE=$(head -c 100000 /dev/zero | tr '\\0' x)\n" + "\n".join(
        f"export LARGE{number}=$LARGE" for number in range(10)
    )
    forker.shell("1.1", "echo ${#LARGE} ${#LARGE9}", setup=scripts(task=script))
    assert forker.result("1.1")[0] == "completed"
    assert "100000 100000\n" in forker.log("1.1")


def test_rewritten_files_replace_and_never_leave_the_workspace(forker: Forker) -> None:
    sha256 = "a" * 64
    Path(forker.layout.blobs, sha256).write_text('{"lr": 2}')
    for number, path in enumerate(("../spec.json", "/etc/hosts", "missing/config", ".git/x")):
        name = f"1.{number + 1}"
        forker.start(name, "/bin/true", files=[{"path": path, "sha256": sha256}])
        outcome, _, _, reason = forker.result(name)
        assert outcome == "failed"
        assert reason.startswith("changes: ")
        assert path in reason

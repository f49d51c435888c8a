"""What a machine runs for a task with overrides: rendered from the code as it was captured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from clearq_tui.capture import capture
from clearq_tui.capture.git_process import run_git
from clearq_tui.model import NewTask, Refused, Task, TaskState
from clearq_tui.operations.parameters import (
    find_parameters,
    render_for_machine,
    with_overrides,
    without_overrides,
)
from clearq_tui.paths import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.create()
    return made


@pytest.fixture
def new(tmp_path: Path, home: Home) -> NewTask:
    """A task in a directory of a repository, whose files then change."""
    top = tmp_path / "project"
    (top / "sub" / "conf").mkdir(parents=True)
    run_git(tmp_path, ["init", "-q", str(top)])
    (top / "shared.json").write_text('{"a": 1}\n')
    (top / "sub" / "conf" / "c.yaml").write_text("x: 1  # why\n")
    (top / "sub" / "t.py").write_text(
        "import argparse\nargparse.ArgumentParser().add_argument('--lr')\n"
    )
    snapshot = capture(top / "sub", home.snapshots)
    (top / "sub" / "t.py").write_text("")
    return NewTask(("python", "t.py"), environment={"A": "b"}, snapshot=snapshot.to_json())


def task(new: NewTask) -> Task:
    return Task(
        1, "t", TaskState.QUEUED, new.command, 1, 0.0, 0.0, new.environment, new.snapshot,
        overrides=new.overrides,
    )  # fmt: skip


def test_command_environment_and_files_are_rendered(new: NewTask, home: Home) -> None:
    overrides = {
        "lr": "0.2", "conf/c.yaml:x": "2", "../shared.json:a": "3", "env:A": "c",
    }  # fmt: skip
    made = with_overrides(new, overrides, home)
    rendered = render_for_machine(task(made), home)
    assert rendered.command == ("python", "t.py", "--lr", "0.2")
    assert rendered.environment == {"A": "c"}
    contents = {file.path: (home.blobs / file.sha256).read_bytes() for file in rendered.files}
    assert contents == {"sub/conf/c.yaml": b"x: 2  # why\n", "shared.json": b'{"a": 3}\n'}
    assert {file.path: file.size for file in rendered.files} == {
        path: len(content) for path, content in contents.items()
    }


def test_without_overrides_all_is_as_it_was(new: NewTask, home: Home) -> None:
    rendered = render_for_machine(task(new), home)
    assert (rendered.command, rendered.environment, rendered.files) == (
        new.command, new.environment, (),
    )  # fmt: skip


def test_a_task_without_code_has_parameters_too(home: Home) -> None:
    plain = NewTask(("./a.out", "--lr", "1"))
    assert find_parameters(plain, home).by_target["--lr"].value == "1"
    made = with_overrides(plain, {"lr": "2"}, home)
    assert render_for_machine(task(made), home).command == ("./a.out", "--lr", "2")


def test_overrides_that_lost_their_parameter_are_refused(new: NewTask, home: Home) -> None:
    made = with_overrides(new, {"lr": "0.2"}, home)
    with pytest.raises(Refused, match="no parameter --lr"):
        with_overrides(replace(made, command=("python", "other.py")), {}, home)


def test_an_override_is_given_up_by_any_of_its_names() -> None:
    assert without_overrides({"--lr": "1", "env:A": "2"}, ("lr",)) == {"env:A": "2"}
    with pytest.raises(Refused, match="nothing is"):
        without_overrides({}, ("lr",))

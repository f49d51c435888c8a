"""`--set`, `clearq task parameters`, and what `task show` says of overrides."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clearq_tui.model import TaskState
from clearq_tui.store import tasks
from tests.cli.conftest import Clearq

_TRAIN = """
import argparse, os
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1, help="The rate.")
parser.add_argument("--mode", choices=["a", "b"], default="a")
parser.parse_args()
os.environ.get("SEED", "1")
"""


@pytest.fixture
def project(clearq: Clearq) -> Path:
    """Code in the directory where `clearq` runs."""
    (clearq.directory / "train.py").write_text(_TRAIN)
    (clearq.directory / "config.yaml").write_text("model:\n  depth: 3\n")
    return clearq.directory


def queued(clearq: Clearq, *options: str) -> int:
    said = clearq("enqueue", "--no-start", *options, "python", "train.py", "--lr", "0.5")
    assert said.code == 0, said
    return int(said.out)


def overrides_of(clearq: Clearq, number: int) -> dict[str, str]:
    with clearq.store() as store:
        task = tasks.get(store, number)
        assert task is not None
        return dict(task.overrides)


def test_overrides_are_kept_under_the_names_of_the_parameters(
    clearq: Clearq, project: Path
) -> None:
    number = queued(clearq, "--set", "lr=0.2", "--set", "./config.yaml:model.depth=4")
    assert overrides_of(clearq, number) == {"--lr": "0.2", "config.yaml:model.depth": "4"}


def test_a_clone_has_other_values_and_the_same_code(clearq: Clearq, project: Path) -> None:
    number = queued(clearq, "--set", "lr=0.2")
    (project / "train.py").write_text("")  # the task's code is what was captured
    said = clearq("task", "clone", str(number), "--set", "mode=b", "--set", "env:SEED=7")
    copy = int(said.out)
    assert overrides_of(clearq, copy) == {"--lr": "0.2", "--mode": "b", "env:SEED": "7"}
    other = int(clearq("task", "clone", str(copy), "--unset", "lr", "--set", "mode=a", "-q",
                       "default").out)  # fmt: skip
    assert overrides_of(clearq, other) == {"--mode": "a", "env:SEED": "7"}
    with clearq.store() as store:
        one = tasks.get(store, other)
        assert one is not None
        assert one.state is TaskState.QUEUED
        assert one.command == ("python", "train.py", "--lr", "0.5")


@pytest.mark.parametrize(
    ("options", "code", "why"),
    [
        (["--set", "lrr=1"], 4, "Did you mean --lr?"),
        (["--set", "config.yaml:model.dept=1"], 4, "Did you mean config.yaml:model.depth?"),
        (["--set", "mode=c"], 4, "expected one of a, b"),
        (["--set", "lr=fast"], 4, "expected a number"),
        (["--set", "lr"], 2, "NAME=VALUE"),
        (["--set", "lr=1", "--set", "lr=2"], 2, "said twice"),
    ],
)
def test_what_makes_no_sense_makes_no_task(
    clearq: Clearq, project: Path, options: list[str], code: int, why: str
) -> None:
    number = queued(clearq)
    for words in (["task", "clone", str(number), *options],
                  ["enqueue", "--no-start", *options, "python", "train.py"]):  # fmt: skip
        said = clearq(*words)
        assert said.code == code, said
        assert why in said.err
    with clearq.store() as store:
        assert tasks.get(store, number + 1) is None


def test_unset_of_what_is_not_overridden_is_refused(clearq: Clearq, project: Path) -> None:
    number = queued(clearq, "--set", "lr=0.2")
    said = clearq("task", "clone", str(number), "--unset", "mode")
    assert said.code == 4
    assert "overridden are: --lr" in said.err


def test_parameters_are_listed_with_original_and_override(clearq: Clearq, project: Path) -> None:
    number = queued(clearq, "--set", "lr=0.2")
    rows = clearq("task", "parameters", str(number), "--json").json()
    assert isinstance(rows, list)
    shown = {row["target"]: row for row in rows}
    assert shown.keys() == {"--lr", "--mode", "config.yaml:model.depth", "env:SEED"}
    lr = shown["--lr"]
    assert (lr["value"], lr["override"], lr["default"], lr["help"]) == (
        "0.5", "0.2", "0.1", "The rate.",
    )  # fmt: skip
    assert shown["--mode"]["choices"] == ["a", "b"]
    table = clearq("task", "parameters", str(number)).out.splitlines()
    (line,) = [line for line in table if line.startswith("--lr")]
    assert line.split()[:5] == ["--lr", "0.2", "0.5", "float", "train.py:4"]


def test_show_says_what_is_overridden_beside_the_original(clearq: Clearq, project: Path) -> None:
    number = queued(clearq, "--set", "lr=0.2")
    said = clearq("task", "show", str(number))
    assert "overridden  --lr=0.2  (instead of 0.5)" in said.out
    document = clearq("task", "show", str(number), "--json").json()
    assert isinstance(document, dict)
    assert document["overrides"] == {"--lr": "0.2"}


def test_a_task_without_parameters_says_so(clearq: Clearq) -> None:
    number = int(clearq("enqueue", "--no-start", "--no-code", "true").out)
    said = clearq("task", "parameters", str(number))
    assert (said.code, said.out) == (0, "")
    assert "No parameters were found" in said.err


def test_a_clone_goes_where_its_original_went(clearq: Clearq) -> None:
    assert clearq("queue", "add", "gpu").code == 0
    first = clearq("enqueue", "--no-code", "--no-start", "-q", "gpu", "true").out.strip()
    copy = clearq("task", "clone", first, "--enqueue").out.strip()
    assert json.loads(clearq("task", "show", copy, "--json").out)["queue"] == "gpu"
    other = clearq("task", "clone", first, "-q", "default").out.strip()
    assert json.loads(clearq("task", "show", other, "--json").out)["queue"] == "default"

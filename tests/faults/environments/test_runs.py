"""What comes together for a machine that reaches nothing: code, scripts, packages, a Python."""

from __future__ import annotations

from pathlib import Path

import pytest

from clearq_tui.model import TaskState
from tests.agent.interpreters import interpreters
from tests.faults.environments.pythons import offer_python
from tests.faults.environments.yard import Yard
from tests.python_environments.wheels import BACKEND, Package

MISSING_PYTHON = "3.9"


def test_editable_project_with_a_backend_from_the_index(yard: Yard, tmp_path: Path) -> None:
    """The backend is brought too, and what the task imports is its own code in the workspace."""
    backend = BACKEND.format(facts=("thing", "1.0", "thing", ["warm"], []), before="pass")
    Package("tinybackend", files={"tinybackend.py": backend}).wheel(yard.index.directory)
    (tmp_path / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["tinybackend"]\nbuild-backend = "tinybackend"\n'
        '[project]\nname = "thing"\nversion = "1.0"\ndependencies = ["warm"]\n'
    )
    (tmp_path / "thing.py").write_text("")
    command = ("sh", "-c", 'here=$PWD; cd /; python -c "$0" "$here"', _looking_for("thing"))
    task = yard.cluster.enqueue(yard.machine, command, directory=tmp_path)
    yard.cluster.wait_for_state(task, TaskState.COMPLETED)
    assert yard.cluster.wait_for_whole_log(task).decode().endswith("in the workspace\n")
    names = [name for name, _ in yard.steps(task)]
    assert names[-3:] == ["code", "changes", "packages"]


def _looking_for(module: str) -> str:
    """A program that says whether the module is in the directory of its argument."""
    return (
        f"import os, sys, warm, {module}; "
        f"print('in the workspace' if os.path.dirname({module}.__file__) == sys.argv[1] else "
        f"{module}.__file__)"
    )


def test_worker_and_task_each_say_a_part(yard: Yard, tmp_path: Path) -> None:
    """The worker's script first, then the task's; the task's words go before the worker's."""
    for name, script in (
        ("worker", "export FIRST=worker SECOND=worker\n"),
        ("task", 'export SECOND="$FIRST, then task"\n'),
    ):
        (tmp_path / name).write_text(script)
    own = yard.machine.run("python3", "-c", "import sys; print('%d.%d' % sys.version_info[:2])")
    set_worker = ("worker", "set", yard.machine.name)
    yard.cluster.laptop.clearq(*set_worker, "--setup", str(tmp_path / "worker"), "--python", "3.99")
    try:
        task = yard.cluster.enqueue(
            yard.machine,
            ("sh", "-c", 'python -c "import warm" && echo "$SECOND"'),
            *("--setup", str(tmp_path / "task"), "--package", "warm", "--python", own.strip()),
        )
        yard.cluster.wait_for_state(task, TaskState.COMPLETED)
    finally:
        yard.cluster.laptop.clearq(*set_worker, "--setup", "/dev/null", "--python", "")
    log = yard.cluster.wait_for_whole_log(task).decode()
    assert log.endswith("worker, then task\n")
    assert [name for name, _ in yard.steps(task)][-2:] == ["set-up", "packages"]


def test_python_that_the_machine_lacks(yard: Yard) -> None:
    """It comes through the link, once, and packages are chosen for it."""
    if MISSING_PYTHON not in interpreters():
        pytest.skip(f"there is no Python {MISSING_PYTHON} here to make a build of")
    version = offer_python(MISSING_PYTHON, yard.index.directory)
    yard.package("pold")
    options = ("--python", MISSING_PYTHON)
    logs = [yard.check_completed(yard.enqueue("pold", *options)) for _ in range(2)]
    assert all(f"Python {version}, " in log for log in logs)
    assert ["Unpacked the Python" in log for log in logs] == [True, False]
    assert [path.name.rpartition("-")[0] for path in yard.root.glob("cache/pythons/*")] == [
        f"cpython-{version}"
    ]
    yard.check_nothing_is_left()

"""What a command finds in its variables, once its conda environment is active."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from remote_agent.conda_environments.activation import activated, run_scripts
from remote_agent.environments.interface import StepFailed
from tests.conda.machine import Attempt, Machine

SURROUNDINGS = {"PATH": "/usr/bin:/bin", "KEPT": "yes", "CONDA_PREFIX": "/old", "PYTHONHOME": "/x"}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """An environment with nothing in it, at a place that shells find hard."""
    made = tmp_path / "it's a [place]"
    for below in ("etc/conda/activate.d", "etc/conda/env_vars.d", "conda-meta", "bin"):
        (made / below).mkdir(parents=True)
    return made


@pytest.fixture
def attempt(machine: Machine) -> Attempt:
    return machine.attempt({})


def write(place: Path, name: str, text: str) -> None:
    (place / "etc/conda/activate.d" / name).write_text(text)


def test_variables(place: Path) -> None:
    variables = activated({**SURROUNDINGS, "CONDA_PREFIX_1": "/older"}, str(place), {})
    assert variables == {
        "PATH": f"{place}/bin:/usr/bin:/bin",
        "KEPT": "yes",
        "CONDA_PREFIX": str(place),
        "CONDA_DEFAULT_ENV": str(place),
        "CONDA_SHLVL": "1",
    }


def test_variables_of_packages_and_of_the_task(place: Path) -> None:
    (place / "etc/conda/env_vars.d/b.json").write_text('{"A": "b", "B": "b", "C": "b"}')
    (place / "etc/conda/env_vars.d/a.json").write_text('{"A": "a", "ONLY": "a"}')
    (place / "etc/conda/env_vars.d/c.json").write_text("not JSON")
    (place / "conda-meta/state").write_text('{"env_vars": {"B": "state", "C": "state", "N": 7}}')
    variables = activated(SURROUNDINGS, str(place), {"C": "task"})
    found = {name: variables[name] for name in ("A", "B", "C", "N", "ONLY")}
    assert found == {"A": "b", "B": "state", "C": "task", "N": "7", "ONLY": "a"}


def test_without_scripts_no_shell_is_run(place: Path, attempt: Attempt) -> None:
    variables = {"PATH": "/nowhere"}
    assert run_scripts(attempt.site, str(place), variables) is variables


@pytest.mark.parametrize("path", ["/usr/bin:/bin", "/nowhere"], ids=["bash", "sh"])
def test_scripts_run_in_order(place: Path, attempt: Attempt, path: str) -> None:
    write(place, "a.sh", 'export FIRST="$CONDA_PREFIX"\nunset GONE\n[ -n "$NOTHING" ]\n')
    write(place, "b.sh", 'export SECOND="$FIRST/second line\nof it"\necho said by b\n')
    write(place, "c.fish", "exit 1\n")
    variables = activated({**SURROUNDINGS, "PATH": path, "GONE": "1"}, str(place), {})
    after = run_scripts(attempt.site, str(place), variables)
    assert after["FIRST"] == str(place)
    assert after["SECOND"] == f"{place}/second line\nof it"
    assert set(after) - set(variables) == {"FIRST", "SECOND"}
    assert set(variables) - set(after) == {"GONE"}
    assert "said by b" in attempt.log


def test_a_script_that_ends_the_shell(place: Path, attempt: Attempt) -> None:
    write(place, "bad.sh", "exit 3\n")
    with pytest.raises(StepFailed, match=r"one of bad\.sh ended the shell with 3"):
        run_scripts(attempt.site, str(place), activated(SURROUNDINGS, str(place), {}))


def test_many_descriptors_are_no_hindrance(place: Path, attempt: Attempt) -> None:
    """Some shells know only those of one digit."""
    write(place, "a.sh", "export FOUND=1\n")
    opened = [os.open(os.devnull, os.O_RDONLY) for _ in range(12)]
    try:
        variables = activated({**SURROUNDINGS, "PATH": "/nowhere"}, str(place), {})
        assert run_scripts(attempt.site, str(place), variables)["FOUND"] == "1"
    finally:
        for descriptor in opened:
            os.close(descriptor)

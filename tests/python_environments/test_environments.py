"""Tasks in environments of their own, with uv and with pip, under old and new Pythons."""

from __future__ import annotations

import hashlib
import json
import stat
from pathlib import Path

import pytest

from tests.agent.interpreters import interpreters
from tests.python_environments.machine import Machine
from tests.python_environments.wheels import Package

WHAT = """
import json, os, shutil, sys, alpha, beta
print(json.dumps({
    "prefix": sys.prefix,
    "beta": beta.version,
    "alpha": alpha.__file__,
    "programs": [shutil.which(name) for name in ("python", "python3", "pip", "alpha-tool")],
    "variables": [os.environ.get(name) for name in ("VIRTUAL_ENV", "PYTHONHOME")],
    "data": open(os.path.join(sys.prefix, "share/alpha/data.txt")).read(),
    "tool": os.popen("alpha-tool; alpha-shell").read().split(),
}))
"""

both_tools = pytest.mark.parametrize("tool", ["uv", "pip"])


def oldest_and_newest() -> pytest.MarkDecorator:
    """Gives a test the parameters `python`, the oldest and the newest that are here, and `tool`."""
    found = list(interpreters().items())
    choices = [(*found[0], "uv"), (*found[-1], "uv"), (*found[0], "pip")]
    return pytest.mark.parametrize(
        ("python", "tool"),
        [pytest.param(str(path), tool, id=f"{version}-{tool}") for version, path, tool in choices],
    )


@oldest_and_newest()
def test_cold_and_warm(machine: Machine) -> None:
    said = json.loads(machine.run("1.1", WHAT, lines=["alpha", "gamma"]))
    own = machine.forker.layout.attempt("1.1") + "/venv"
    assert said["prefix"] == said["variables"][0] == own
    assert said["variables"][1] is None
    assert {Path(path).parent for path in said["programs"]} == {Path(own, "bin")}
    assert said["alpha"].startswith(str(machine.environments()[0]))
    assert (said["beta"], said["data"]) == ("2.0", "shared data")
    assert said["tool"] == ["alpha-tool", own, "shell"]

    asked = machine.index.asked.copy()
    warm = json.loads(machine.run("2.1", WHAT, lines=["gamma", "alpha"]))
    assert warm["alpha"] == said["alpha"]
    assert warm["tool"][1] == warm["prefix"] != own
    assert machine.index.asked == asked
    assert "Building" not in machine.forker.log("2.1")
    assert len(machine.environments()) == 1
    assert machine.leftovers() == []


def test_other_lines_make_another_environment(machine: Machine) -> None:
    for name, line in (("1.1", "beta==1.0"), ("2.1", "beta")):
        version = machine.run(name, "import beta; print(beta.version)", lines=[line])
        assert version == {"1.1": "1.0", "2.1": "2.0"}[name]
    assert len(machine.environments()) == 2


def test_no_packages_at_all(machine: Machine) -> None:
    assert machine.run("1.1", "import sys; print(sys.prefix)").endswith("/venv")
    assert machine.index.asked == {}


CHANGE = """
import os, pathlib, site, subprocess, sys
pip = [sys.executable, "-m", "pip", "install", "-q", "--root-user-action=ignore"]
subprocess.run([*pip, "gamma", "beta==1.0"], check=True)
subprocess.run([*pip[:3], "uninstall", "-y", "-q", "alpha"], check=False)
packages = pathlib.Path(site.getsitepackages()[0])
(packages / "planted.py").write_text("")
pathlib.Path(sys.prefix, "share", "alpha", "planted.txt").write_text("")
pathlib.Path(sys.prefix, "bin", "planted").write_text("")
print(subprocess.run([sys.executable, "-c", "import beta, gamma; print(beta.version)"],
                     stdout=subprocess.PIPE, text=True).stdout)
"""
LOOK = """
import beta, importlib.util as u, os, sys
print([bool(u.find_spec(n)) for n in ("alpha", "gamma", "planted")], beta.version,
      os.listdir(sys.prefix + "/share/alpha"), os.path.exists(sys.prefix + "/bin/planted"))
"""


def test_a_task_sees_nothing_of_the_one_before(machine: Machine) -> None:
    before = machine.run("1.1", LOOK, lines=["alpha"])
    assert before == "[True, False, False] 2.0 ['data.txt'] False"
    tree = told_of(machine.environments()[0])
    assert machine.run("2.1", CHANGE, lines=["alpha"]) == "1.0\n"
    assert told_of(machine.environments()[0]) == tree
    assert machine.run("3.1", LOOK, lines=["alpha"]) == before
    assert len(machine.environments()) == 1


def told_of(tree: Path) -> str:
    """Another text after any change below the tree."""
    told = hashlib.sha256()
    for path in sorted(tree.rglob("*")):
        status = path.lstat()
        told.update(f"{path} {status.st_mode} {status.st_size} {status.st_mtime_ns}\n".encode())
        if path.is_file():
            told.update(path.read_bytes())
    return told.hexdigest()


def test_what_is_shared_is_read_only_and_compiled(machine: Machine) -> None:
    machine.run("1.1", "import alpha", lines=["alpha"])
    (shared,) = machine.environments()
    paths = [shared, *shared.rglob("*")]
    assert len(paths) > 10
    for path in paths:
        mode = path.lstat().st_mode
        assert stat.S_ISLNK(mode) or not mode & 0o222, path
    sources = list(shared.glob("lib/*/site-packages/**/*.py"))
    assert sources
    assert all(list((path.parent / "__pycache__").glob(f"{path.stem}.*.pyc")) for path in sources)


def test_long_paths_with_spaces(python: str, tmp_path: Path, machine: Machine) -> None:
    from tests.python_environments.machine import machine_of

    root = tmp_path / ("a long name " * 12) / "root"
    with machine_of(python, root, machine.index) as elsewhere:
        said = json.loads(elsewhere.run("1.1", WHAT, lines=["alpha"]))
        assert said["tool"] == ["alpha-tool", *f"{root}/attempts/1.1/venv".split(), "shell"]


def test_a_file_of_the_code_is_not_shared(machine: Machine) -> None:
    """The same line means another content in another attempt."""
    for name, version in (("1.1", "5.0"), ("2.1", "6.0")):
        script = "cd $CLEARQ_WORKSPACE && python -c 'import local, beta; print(local.version)'"
        wheel = Package("local", requires=["beta"], files={"local.py": f"version = {version!r}"})
        made = wheel.wheel(machine.forker.root / version)
        # The set-up script stands in for the code, which is there when the packages are set up.
        setup = [{"whose": "task", "script": f"cp {made} {workspace(machine, name)}/"}]
        line = f"./{made.name}"
        machine.start(name, "sh", "-c", script, lines=[line], setup=setup)
        assert machine.forker.result(name)[0] == "completed", machine.forker.log(name)
        assert machine.forker.log(name).endswith(f"{version}\n")
    assert len(machine.environments()) == 1


def workspace(machine: Machine, name: str) -> str:
    return machine.forker.layout.attempt(name) + "/workspace"


@both_tools
def test_the_machines_own_constraints_choose_and_do_not_stand_in_the_way(
    machine: Machine, tmp_path: Path
) -> None:
    """They name packages that the task does not have, and none of them has a hash."""
    constraints = tmp_path / "constraints.txt"
    constraints.write_text("beta<2\nnever-asked-for<=7\n")
    settings = tmp_path / "pip.conf"
    settings.write_text(f"[global]\nconstraint = {constraints}\n")
    program = "import importlib.metadata as m; print(m.version('beta'))"
    environment = {"PIP_CONFIG_FILE": str(settings)}
    assert machine.run("1.1", program, lines=["alpha"], environment=environment) == "1.0"

"""Packages that the laptop brought, and the task's own code installed as a package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from remote_agent.python_environments.found_wheels import forget_missing
from tests.python_environments.machine import Machine
from tests.python_environments.wheels import Package, sealed

both_tools = pytest.mark.parametrize("tool", ["uv", "pip"])
ALPHA = "import alpha, beta; print(beta.version)"


def brought(machine: Machine, *names: str, **more: object) -> dict[str, Any]:
    """What a spec says of wheels that came through the link."""
    paths = [next(machine.index.files.glob(f"{name}-*")) for name in names]
    return {
        "lines": [sealed(path) for path in paths],
        "wheels": machine.wheels(paths),
        "locked": True,
        "offline": True,
        **more,
    }


@both_tools
def test_nothing_is_fetched(machine: Machine) -> None:
    more = brought(machine, "alpha", "beta-2.0", options=["--index-url http://127.0.0.1:1/simple"])
    assert machine.run("1.1", ALPHA, **more) == "2.0"
    assert machine.run("2.1", ALPHA, **more) == "2.0"
    assert len(machine.environments()) == 1
    assert machine.index.asked == {}


def test_what_is_not_pinned_is_resolved_among_what_was_brought(machine: Machine) -> None:
    more = brought(machine, "alpha", "beta-1.0") | {"lines": ["alpha"], "locked": False}
    assert machine.run("1.1", ALPHA, **more) == "1.0"
    assert machine.index.asked == {}


def test_the_same_name_with_another_content(machine: Machine, tmp_path: Path) -> None:
    """Two builds of one version; each task has the one that its hash names."""
    for attempt, number in ((1, 1), (2, 2), (3, 1)):
        files = {"delta.py": f"value = {number}\n"}
        wheel = Package("delta", files=files).wheel(tmp_path / str(number))
        said = machine.run(
            f"{attempt}.1",
            "import delta; print(delta.value)",
            lines=[sealed(wheel)],
            wheels=machine.wheels([wheel]),
            locked=True,
            offline=True,
        )
        assert said == str(number)
    assert len(machine.environments()) == 2
    (machine.cache / "wheels" / "gone").symlink_to("/nowhere")
    forget_missing(str(machine.cache))
    assert not (machine.cache / "wheels" / "gone").is_symlink()
    assert len(list((machine.cache / "wheels").rglob("delta*"))) == 2


def with_project(machine: Machine, name: str, package: Package, before: str = "pass") -> list[Any]:
    """A set-up script that lays the project out, standing in for the code."""
    made = package.project(machine.forker.root / f"project-{name}", before)
    target = machine.forker.layout.attempt(name) + "/workspace/the project"
    return [{"whose": "task", "script": f"cp -r {made} '{target}'"}]


def editable(path: str = "the project", **more: object) -> dict[str, object]:
    return {"path": path, "extras": ["x"], "editable": True, **more}


@pytest.mark.parametrize(("tool", "is_offline"), [("uv", False), ("uv", True), ("pip", True)])
def test_the_code_as_a_package(machine: Machine, is_offline: bool) -> None:
    project = Package("my-code", requires=["beta"], scripts=["my-tool = my_code:main"])
    setup = with_project(machine, "1.1", project)
    more: dict[str, Any] = {"lines": ["beta"]}
    if is_offline:
        more = brought(machine, "beta-2.0")
    program = "import my_code, beta, os; print(my_code.__file__, os.popen('which my-tool').read())"
    said = machine.run("1.1", program, projects=[editable()], setup=setup, **more)
    own = machine.forker.layout.attempt("1.1")
    assert said.split("\n")[0] == f"{own}/workspace/the project/my_code.py {own}/venv/bin/my-tool"
    assert "Warning" not in machine.forker.log("1.1")
    shared = machine.environments()[0]
    assert not list(shared.rglob("my_code*"))
    if is_offline:
        assert machine.index.asked == {}


def test_a_project_that_is_not_editable(machine: Machine) -> None:
    setup = with_project(machine, "1.1", Package("mine"))
    said = machine.run(
        "1.1",
        "import mine; print(mine.__file__)",
        projects=[editable(editable=False)],
        setup=setup,
    )
    assert said.startswith(machine.forker.layout.attempt("1.1") + "/venv/lib/")


def test_what_the_code_asks_for_and_nobody_installs(machine: Machine) -> None:
    package = Package("mine", requires=["nobody>=2", "beta", "only-there; sys_platform == 'win32'"])
    setup = with_project(machine, "1.1", package)
    machine.run("1.1", "import mine", lines=["beta"], projects=[editable()], setup=setup)
    log = machine.forker.log("1.1")
    assert "Warning: the code asks for nobody too, which is not among the task's packages" in log


def test_a_project_for_other_systems(machine: Machine) -> None:
    setup = with_project(machine, "1.1", Package("mine"))
    look = "import importlib.util as u; print(u.find_spec('mine') is not None)"
    for attempt, (marker, there) in enumerate(
        (("sys_platform == 'win32'", False), ("python_version >= '3'", True)), start=1
    ):
        name = f"{attempt}.1"
        setup = with_project(machine, name, Package("mine"))
        said = machine.run(name, look, projects=[editable(marker=marker)], setup=setup)
        assert said == str(there)


@both_tools
def test_what_a_project_is_built_with_comes_too(machine: Machine) -> None:
    """Build isolation, with requirements that the laptop brought beside those of the task."""
    backend = Package("backend-there", files={"backend_there.py": "word = 'built with it'\n"})
    wheel = backend.wheel(machine.index.files)
    package = Package("mine")
    setup = with_project(machine, "1.1", package, "import backend_there; print(backend_there.word)")
    made = machine.forker.root / "project-1.1" / "pyproject.toml"
    made.write_text(made.read_text().replace("requires = []", 'requires = ["backend-there"]', 1))
    machine.run(
        "1.1",
        "import mine",
        wheels=machine.wheels([wheel]),
        offline=True,
        locked=True,
        projects=[editable()],
        setup=setup,
    )
    look = "import backend_there"
    machine.python("2.1", look, offline=True)
    assert machine.forker.result("2.1")[1] == 1
    assert machine.index.asked == {}


def test_a_project_that_cannot_be_built(machine: Machine) -> None:
    setup = with_project(machine, "1.1", Package("mine"), "raise RuntimeError('no such header')")
    machine.python("1.1", "", projects=[editable()], setup=setup)
    reason = machine.failure("1.1")
    assert reason.startswith("packages: the code cannot be installed as a package: ")
    assert "RuntimeError: no such header" in reason

"""Tasks in the mode conda, from their runner to their command, with what pip puts on top."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from clearq_tui.conda.packages import CondaPackages
from clearq_tui.paths import Home
from remote_agent import attempts
from remote_agent.steps import read_steps
from tests.agent.forker import Forker
from tests.agent.interpreters import interpreters
from tests.conda.archives import Channel, File, Package
from tests.conda.conftest import SLOW
from tests.conda.machine import Machine, Rattler, brought
from tests.fleet_of_namespaces.waiting import wait_for
from tests.python_environments.index import Index
from tests.python_environments.machine import Machine as PythonMachine
from tests.python_environments.wheels import Package as Wheel

WARM_SECONDS = 0.1
METADATA = "Metadata-Version: 2.1\nName: given\nVersion: {0}\n"


def given(version: str) -> Package:
    """A conda package that is also one of Python's."""
    information = f"site-packages/given-{version}.dist-info"
    files = {
        "site-packages/given.py": File(f"version = {version!r}\norigin = 'conda'\n".encode()),
        f"{information}/METADATA": File(METADATA.format(version).encode()),
    }
    return Package("given", version, files, depends=["python"], noarch="python")


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    """An index with what is put on top."""
    files = tmp_path / "index"
    for version in ("1.0", "2.0"):
        code = f"version = {version!r}\norigin = 'index'\n"
        Wheel("given", version, files={"given.py": code}).wheel(files)
    Wheel("user", requires=["given"]).wheel(files)
    Wheel("demanding", requires=["given>=2"]).wheel(files)
    with Index(files) as made:
        yield made


class Tasks:
    """Runs tasks in the mode conda on one machine."""

    def __init__(self, forker: Forker, index: Index, machine: Machine, home: Home) -> None:
        self.forker = forker
        self._python = PythonMachine(forker, index)
        self._index = index
        self._machine = machine
        self._home = home

    def run(
        self,
        name: str,
        asked: dict[str, object],
        *command: str,
        environment: dict[str, str] | None = None,
        when: Callable[[str], None] = lambda _name: None,
        **more: object,
    ) -> str:
        """Run the command, which must succeed; what it printed, after the steps.

        `when` is called with the attempt's name as soon as it is on its way.
        """
        packages: dict[str, Any] = brought(self._home, asked)
        for archive in packages["archives"]:
            self._machine.keep(self._home.blobs / archive["sha256"])
        variables = {
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_INDEX_URL": self._index.url,
            "PIP_FIND_LINKS": "",
            "UV_HTTP_RETRIES": "0",
            **(environment or {}),
        }
        tools = {"uv": self._python.uv(), **self._machine.tools}
        self.forker.start(
            name,
            *command,
            mode="conda",
            packages=packages,
            environment=variables,
            **{"tools": tools, **more},
        )
        when(name)
        outcome, _, _, reason = self.forker.result(name)
        log = self.forker.log(name)
        assert (outcome, reason) == ("completed", ""), outcome + log
        return "\n".join(log.split("\n[clearq]")[-1].splitlines()[1:])

    def abort_when_building(self, name: str) -> None:
        """Wait until `SLOW` waits, and abort the attempt."""
        waiting = Path(self.forker.layout.cache, "conda", "environments", "waiting")
        wait_for(waiting.exists, "the build")
        attempts.ask_to_end(self.forker.layout, name, 0.1)

    def seconds(self, name: str) -> float:
        """How long the packages took."""
        steps = read_steps(self.forker.layout.attempt(name))
        return float(next(step["seconds"] for step in steps if step["name"] == "packages"))


@pytest.fixture
def tasks(tmp_path: Path, index: Index, rattler: Rattler, home: Home) -> Iterator[Tasks]:
    root = tmp_path / "root"
    machine = Machine(root, rattler)
    with Forker(sys.executable, root) as forker:
        yield Tasks(forker, index, machine, home)


def asking(
    channel: Channel,
    *specs: str,
    pip: dict[str, object] | None = None,
    variables: dict[str, str] | None = None,
) -> dict[str, object]:
    if pip is not None:
        pip = {"kind": "python", "source": "environment.yml", **pip}
    asked = CondaPackages(
        "environment.yml", (channel.url,), False, specs, pip=pip, variables=variables or {}
    )
    return asked.to_json()


def test_a_command_in_its_environment(channel: Channel, tasks: Tasks) -> None:
    asked = asking(channel, "tool", variables={"FILE": "file", "BOTH": "file"})
    told = "tool; echo $CONDA_PREFIX $TOOL_HOME $TOOL_SET $FILE $BOTH"
    said = tasks.run("1.1", asked, "sh", "-c", told, environment={"BOTH": "task"}).split()
    prefix = said[1]
    assert said == ["first", prefix, f"{prefix}/share", "by", "package", "file", "task"]
    assert prefix.startswith(f"{tasks.forker.layout.cache}/conda/environments/")


def test_warm(channel: Channel, tasks: Tasks) -> None:
    asked = asking(channel, "module", pip={"lines": ["user"]})
    program = "import sys, user, module; print(sys.prefix)"
    tasks.run("1.1", asked, "python", "-c", program)
    prefix = tasks.run("2.1", asked, "python", "-c", program)
    assert prefix == tasks.forker.layout.attempt("2.1") + "/venv"
    assert tasks.seconds("2.1") < WARM_SECONDS, tasks.forker.log("2.1")
    assert "Building" not in tasks.forker.log("2.1")


def test_what_conda_has_is_not_installed_again(channel: Channel, tasks: Tasks) -> None:
    channel.add(given("1.0"))
    asked = asking(channel, "given", pip={"lines": ["user"]})
    program = "import user, given; print(given.version, given.origin)"
    assert tasks.run("1.1", asked, "python", "-c", program) == "1.0 conda"
    assert "Resolving without regard" not in tasks.forker.log("1.1")


@pytest.mark.parametrize("line", ["demanding", "given==2.0"])
def test_what_conda_has_in_another_version_is_covered(
    channel: Channel, tasks: Tasks, line: str
) -> None:
    channel.add(given("1.0"))
    asked = asking(channel, "given", pip={"lines": [line]})
    program = "import given; print(given.version, given.origin)"
    assert tasks.run("1.1", asked, "python", "-c", program) == "2.0 index"
    below = asking(channel, "given")
    assert tasks.run("2.1", below, "python", "-c", program) == "1.0 conda"


CHANGE = """
import os, pathlib, subprocess, sys
pip = [sys.executable, "-m", "pip", "install", "-q", "--root-user-action=ignore"]
subprocess.run([*pip, "given"], check=True)
subprocess.run(["pip", "install", "-q", "user"], check=True)
import given, user
print(given.version, given.__file__.startswith(sys.prefix), user.__file__.startswith(sys.prefix))
"""


def test_one_task_sees_nothing_of_another(channel: Channel, tasks: Tasks) -> None:
    asked = asking(channel, "module")
    assert tasks.run("1.1", asked, "python", "-c", CHANGE) == "2.0 True True"
    looks = "import importlib.util as i; print(i.find_spec('given'), i.find_spec('user'))"
    assert tasks.run("2.1", asked, "python", "-c", looks) == "None None"
    assert "Building" not in tasks.forker.log("2.1")


def test_scripts_of_conda_packages_see_what_is_on_top(channel: Channel, tasks: Tasks) -> None:
    body = b"def main():\n    import user, sys\n    print('seen', sys.prefix)\n"
    files = {"site-packages/looking.py": File(body)}
    looking = Package(
        "looking", "1.0", files, ["python"], "python", ["looking-says = looking:main"]
    )
    channel.add(looking)
    asked = asking(channel, "looking", pip={"lines": ["user"]})
    own = tasks.forker.layout.attempt("1.1") + "/venv"
    assert tasks.run("1.1", asked, "looking-says") == f"seen {own}"


def test_jupyter_finds_what_conda_has(channel: Channel, tasks: Tasks) -> None:
    kernel = Package("kernel", "1.0", {"share/jupyter/kernels/k/kernel.json": File(b"{}")})
    channel.add(kernel)
    asked = asking(channel, "kernel", "python")
    said = tasks.run("1.1", asked, "sh", "-c", 'ls "$JUPYTER_PATH/kernels"')
    assert said == "k"


def test_the_tasks_own_code_as_a_package(channel: Channel, tasks: Tasks, tmp_path: Path) -> None:
    project = tmp_path / "project"
    Wheel("mine", requires=["user"]).project(project)
    script = f'cp -r "{project}/." "$CLEARQ_WORKSPACE"'
    asked = asking(
        channel,
        "module",
        pip={"lines": ["user"], "projects": [{"path": ".", "extras": [], "editable": True}]},
    )
    program = "import mine, user, module; print(mine.__file__)"
    said = tasks.run(
        "1.1", asked, "python", "-c", program, setup=[{"whose": "task", "script": script}]
    )
    assert said == tasks.forker.layout.attempt("1.1") + "/workspace/mine.py"


def test_why_a_task_failed(channel: Channel, tasks: Tasks) -> None:
    with pytest.raises(AssertionError) as caught:
        tasks.run("1.1", asking(channel, "module", pip={"lines": ["nowhere-to-be-found"]}), "true")
    reason = str(caught.value)
    assert "packages: the packages cannot be resolved" in reason
    assert "nowhere-to-be-found" in reason


def test_an_agent_under_the_oldest_python(
    channel: Channel, tmp_path: Path, index: Index, rattler: Rattler, home: Home
) -> None:
    """Rattler does not run on that; it runs on another that is there."""
    oldest = next(iter(interpreters().values()))
    machine = Machine(tmp_path / "root", rattler)
    with Forker(str(oldest), tmp_path / "root") as forker:
        tasks = Tasks(forker, index, machine, home)
        asked = asking(channel, "module", "tool", pip={"lines": ["user"]})
        program = "import sys, module, user; print(sys.version_info[:3])"
        assert tasks.run("1.1", asked, "python", "-c", program) == str(sys.version_info[:3])


def test_an_abort_in_mid_build(channel: Channel, tasks: Tasks) -> None:
    channel.add(SLOW)
    with pytest.raises(AssertionError, match="aborted"):
        tasks.run("1.1", asking(channel, "slow"), "true", when=tasks.abort_when_building)
    Path(tasks.forker.layout.cache, "conda", "environments", "go").touch()
    assert tasks.run("2.1", asking(channel, "slow"), "sh", "-c", "cat $CONDA_PREFIX/share/*")


def test_no_python_in_it(channel: Channel, tasks: Tasks) -> None:
    said = tasks.run("1.1", asking(channel, "tool"), "sh", "-c", 'echo "${VIRTUAL_ENV-none}"')
    assert said == "none"

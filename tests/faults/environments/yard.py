"""A machine that builds environments, and the test's hand on the builds."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from clearq_tui.model import TaskState
from tests.faults.environments.faulty_index import FaultyIndex
from tests.fleet_of_namespaces.agent_processes import runners
from tests.fleet_of_namespaces.cluster import Cluster
from tests.fleet_of_namespaces.ledger import starts
from tests.fleet_of_namespaces.machine import Machine
from tests.fleet_of_namespaces.processes import Process
from tests.provisioning.package_index import PackageIndex
from tests.python_environments.wheels import Package

_STANDS_STILL = (
    "import os, time; open('/var/tmp/building-{name}', 'a').close(); "
    "exec(\"while os.path.exists('/var/tmp/hold-{name}'): time.sleep(0.02)\")\n"
)
"""In a `.pth` file: what every Python does that starts in an environment with it, as uv has one do
to compile what it has installed."""
_MODULES = 20
_WORD = "whole"


@dataclass(frozen=True)
class Yard:
    """One machine without any route, whose worker makes virtual environments for it."""

    cluster: Cluster
    index: FaultyIndex
    machine: Machine

    # Packages

    def package(
        self, name: str, files: Mapping[str, str] | None = None, index: PackageIndex | None = None
    ) -> Path:
        """Put a package on the index, of as many modules as an environment cut short would lack."""
        modules = {f"{name}/m{number}.py": "" for number in range(_MODULES)}
        loads = "".join(f"from {name} import m{number}\n" for number in range(_MODULES))
        written = {f"{name}/__init__.py": loads, **modules, **(files or {})}
        return Package(name, files=written).wheel((index or self.index).directory)

    def compressible(self, name: str, size: int) -> Path:
        """Put a package on the index that is small until it is unpacked."""
        wheel = self.package(name, {f"{name}/zeros": "\0" * size})
        with zipfile.ZipFile(wheel) as archive:
            contents = {entry: archive.read(entry) for entry in archive.infolist()}
        with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
            for entry, content in contents.items():
                archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
        return wheel

    def slow_package(self, name: str) -> None:
        """Put a package on the index whose installation stands still in its middle."""
        self.package(name, {f"{name}.pth": _STANDS_STILL.format(name=name)})
        self._hold(name).touch()

    def wait_until_building(self, name: str) -> None:
        """Until the installation of the slow package stands still."""
        marker = self.machine.path(f"/var/tmp/building-{name}")
        self.cluster.wait(marker.exists, f"{name} to be half installed")

    def go_on(self, name: str) -> None:
        """Let the slow package be installed, now and later."""
        self._hold(name).unlink(missing_ok=True)

    def _hold(self, name: str) -> Path:
        return self.machine.path(f"/var/tmp/hold-{name}")

    # Tasks

    def enqueue(self, package: str, *options: str) -> int:
        """A task that needs the package, whole, and enters itself in the machine's ledger."""
        command = (
            f"import os, {package}; open('/var/tmp/ledger', 'a').write('%s %s\\n' % "
            f"(os.environ['CLEARQ_TASK'], os.environ['CLEARQ_ATTEMPT'])); print('{_WORD}')"
        )
        wanted = () if "--requirements" in options else ("--package", package)
        return self.cluster.enqueue(self.machine, ("python", "-c", command), *wanted, *options)

    def check_completed(self, task: int, attempt: int = 1) -> str:
        """Wait for the task, which must have found its package whole and run once; its log."""
        self.cluster.wait_for_state(task, TaskState.COMPLETED)
        log = self.cluster.wait_for_whole_log(task, attempt).decode()
        assert log.endswith(f"{_WORD}\n"), log
        began = {name: count for name, count in starts(self.machine).items() if f"{task}." in name}
        assert began == {f"{task}.{attempt}": 1}
        return log

    def retry(self, task: int) -> None:
        """`clearq task retry`."""
        self.cluster.laptop.clearq("task", "retry", str(task))

    def reason(self, task: int) -> str:
        """Wait for the task's failure; why it failed."""
        self.cluster.wait_for_state(task, TaskState.FAILED, seconds=60)
        return self.cluster.reason(task)

    def steps(self, task: int) -> list[tuple[str, bool]]:
        """Name of each step of the task's last attempt, and whether it is over."""
        steps = self.cluster.show(task)["attempts"][-1]["steps"]
        return [(str(step["name"]), step["seconds"] is not None) for step in steps]

    # What is left

    @property
    def root(self) -> Path:
        """The directory of the machine's agent."""
        (root,) = self.machine.path(".local/share/clearq").glob("*/*")
        return root

    def environments(self) -> set[str]:
        """Those that are finished, by their names; what stands there unfinished fails the test."""
        found = set()
        for place in self.root.glob("cache/environments/*"):
            if place.is_dir() and not place.name.startswith("."):
                assert json.loads((place / "complete.json").read_text())["name"] == place.name
                found.add(place.name)
        return found

    def fetching(self) -> list[Process]:
        """Programs that fetch something on the laptop."""
        return [
            process
            for word in ("-m pip ", "/uv ")
            for process in self.cluster.laptop.processes(word)
        ]

    def check_nothing_is_left(self) -> None:
        """Wait until all that tasks had here and there is gone, but what is kept on purpose."""
        self.environments()
        gone: dict[str, Callable[[], bool]] = {
            "attempts to be forgotten": lambda: not any(self.root.glob("attempts/*")),
            "half-built environments to go": lambda: (
                not any(self.root.glob("cache/environments/.*"))
            ),
            "half-arrived blobs to go": lambda: not any(self.root.glob("*/*.part")),
            "processes of tasks to end": lambda: not self._of_tasks(),
            "the laptop to stop fetching": lambda: not self.fetching(),
            "the laptop to tidy up": lambda: (
                not any(self.cluster.laptop.home.root.glob("provisions/work/*"))
            ),
        }
        for what, question in gone.items():
            self.cluster.wait(question, what, seconds=15)

    def _of_tasks(self) -> list[Process]:
        """What still runs on the machine on behalf of a task."""
        below = (f"{self.root.name}/attempts/", f"{self.root.name}/cache/")
        programs = [
            process
            for process in self.machine.processes()
            if any(word in process.line for word in below)
        ]
        return programs + runners(self.machine)

"""How the environment of a task is to be set up: what a worker offers and what a task asks for.

Pure, and the bottom of the house: written to the store as JSON, merged, and turned into the spec of
a lease elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

MODES = ("host", "venv", "conda", "docker")


@dataclass(frozen=True)
class EnvironmentPlan:
    """What a worker or a task says of the environment; what is empty, it leaves to the other."""

    mode: str = ""
    """One of `MODES`. Empty in a task: the worker's; in a worker: host."""
    python: str = ""
    """A version such as `3.11`; empty: what the packages ask for, else the machine's own."""
    setup: str = ""
    """A POSIX shell script, run with `set -eu` before everything else."""
    system_packages: tuple[str, ...] = ()
    """Names that apt, dnf or apk knows."""
    packages: Mapping[str, Any] | None = None
    """What capture found in the code, as JSON values; None: nothing is asked for."""
    image: str = ""
    """Of the mode docker."""
    image_arguments: tuple[str, ...] = ()
    """Words that go to `docker run` besides clearq's own."""
    prebuilt: bool = False
    """Everything is in the image: no package is installed."""
    bring_image: bool = False
    """The laptop brings the image: the machine need not, or cannot, pull it."""
    shm_size: str = ""
    """Of `/dev/shm` in the container, such as `8g`."""
    container_network: str = ""
    registry: tuple[str, ...] = ()
    """Host, user and the name of a secret, to log in to the image's registry; or empty."""

    def to_json(self) -> str:
        """Compact JSON of what is not empty; the empty text for an empty plan."""
        said = {name: value for name, value in asdict(self).items() if value}
        return json.dumps(said, separators=(",", ":")) if said else ""

    def facts(self) -> list[tuple[str, str]]:
        """Label and value of everything the plan says, for the operator to read."""
        packages = self.packages or {}
        lines = len(packages.get("lines", ())) + len(packages.get("specs", ()))
        source = f"{lines} from {packages.get('source', '')}" if packages else ""
        script = len(self.setup.splitlines())
        said = [
            ("mode", self.mode),
            ("python", self.python),
            ("packages", source),
            ("set-up", f"a script of {script} line{'s' if script != 1 else ''}" if script else ""),
            ("system packages", ", ".join(self.system_packages)),
            ("image", f"{self.image}{', prebuilt' if self.prebuilt else ''}"),
            ("image arguments", " ".join(self.image_arguments)),
        ]
        return [(label, value) for label, value in said if value]


NO_PLAN = EnvironmentPlan()
_LISTS = frozenset({"system_packages", "image_arguments", "registry"})
_KNOWN = frozenset(field.name for field in fields(EnvironmentPlan))


def plan_from_json(text: str) -> EnvironmentPlan:
    """What `to_json` was given."""
    if not text:
        return NO_PLAN
    said = {name: value for name, value in json.loads(text).items() if name in _KNOWN}
    for name in _LISTS & said.keys():
        said[name] = tuple(said[name])
    return EnvironmentPlan(**said)


def merged(worker: EnvironmentPlan, task: EnvironmentPlan) -> EnvironmentPlan:
    """The plan that a task runs by on a worker.

    What the task says goes before what the worker says; system packages add up. The set-up scripts
    do too, but as two scripts, so the merged plan has the task's alone.
    """
    said = {name: value for name, value in vars(task).items() if value}
    packages = dict.fromkeys((*worker.system_packages, *task.system_packages))
    said["system_packages"] = tuple(packages)
    said["setup"] = task.setup
    said["mode"] = task.mode or worker.mode or "host"
    return replace(worker, **said)

"""What a tool is given to install for one task, and what every tool can do."""

from __future__ import annotations

import os
import subprocess
from typing import Dict, List, NamedTuple, Sequence, Tuple

from remote_agent.environments.interface import Site, StepFailed
from remote_agent.python_environments import complaints
from remote_agent.python_environments.interpreter import Interpreter
from remote_agent.python_environments.programs import Finished
from remote_agent.python_environments.skeleton import python_of


class Work(NamedTuple):
    """The requirements of one task, and where they are turned into packages."""

    site: Site
    python: Interpreter
    desk: str
    """A directory of the attempt for what is written down on the way."""
    lines: Tuple[str, ...]
    constraints: Tuple[str, ...]
    options: Tuple[str, ...]
    is_offline: bool
    wheels_in: Tuple[str, ...]
    """Directories with what the laptop has brought."""
    settings: Dict[str, str]
    """pip's settings on this machine, by their names in pip's files."""

    def write(self, name: str, lines: Sequence[str]) -> str:
        """Write the lines to a file of this name on the desk; its path.

        Raises:
            OSError: the disk refuses.
        """
        path = os.path.join(self.desk, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write("".join(line + "\n" for line in lines))
        return path


class Tool:
    """A program that resolves requirements and installs packages."""

    kind = ""
    title = ""
    """With its version and where it is from, for the operator."""
    can_resolve = True
    """Whether it can tell what it would install."""

    def resolve(self, work: Work) -> List[str]:
        """All packages that the lines need, pinned and with hashes.

        Raises:
            StepFailed: there is no such set of packages, or they cannot be reached.
        """
        raise NotImplementedError

    def install(
        self, work: Work, lines: Sequence[str], environment: str, again: bool = False
    ) -> None:
        """Install exactly these lines into the environment, byte-compiled.

        Args:
            work: whose `lines` are not looked at.
            lines: what to install, without what it needs in turn.
            environment: the directory of one without packages.
            again: over what an installation of the same lines has left there.

        Raises:
            StepFailed: they cannot be had, or do not fit this machine.
        """
        raise NotImplementedError

    def forget(self, work: Work, names: Sequence[str]) -> None:
        """Remove these packages from what the tool has cached."""
        raise NotImplementedError

    def add(self, work: Work, lines: Sequence[str], environment: str) -> None:
        """Build and install these projects and files into the environment, and nothing else.

        Raises:
            StepFailed: one cannot be built.
        """
        raise NotImplementedError

    def run_python(self, environment: str, arguments: Sequence[str]) -> int:
        """Run the Python of the environment, unheard; its exit code.

        Raises:
            OSError: it cannot be run.
        """
        command = [python_of(environment), *arguments]
        return subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode

    def settings(self, work: Work) -> Dict[str, str]:
        """Variables that decide what the tool takes from where."""
        raise NotImplementedError


def counted(number: int, what: str) -> str:
    """`3 packages`, `1 package`."""
    return "%d %s%s" % (number, what, "" if number == 1 else "s")


def failed(what: str, finished: Finished, work: Work) -> StepFailed:
    """The failure of a tool, as a sentence; `what` could not be done."""
    essence = complaints.essence(finished.said) or "exit code %d" % finished.code
    sentence = "%s: %s" % (what, essence.rstrip("."))
    if complaints.is_disk_full(finished.said):
        sentence += ". The disk of this machine is full; make room on it and run the task again"
    elif complaints.is_unreachable(finished.said) and not work.is_offline:
        machine = work.site.spec.get("machine", "NAME")
        sentence += (
            ". Where this machine cannot reach it, let packages come from the laptop: "
            "clearq machine set %s --network via-laptop" % machine
        )
    return StepFailed(sentence + ".")

"""What every mode has to offer: the steps that depend on it, and what to execute in the end."""

from __future__ import annotations

import os
import subprocess
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence

from remote_agent.layout import Layout
from remote_agent.places import OUTPUT, WORKSPACE


class StepFailed(Exception):
    """A step cannot be carried out: a sentence for the operator, with what to do about it."""


class Ready(NamedTuple):
    """What to execute once everything is set up."""

    command: List[str]
    environment: Dict[str, str]
    place: str
    """The directory to run it in."""


class Site:
    """Where an environment is set up, and for what. Lives in the process that prepares."""

    def __init__(
        self,
        layout: Layout,
        directory: str,
        spec: Dict[str, Any],
        variables: Dict[str, str],
        say: Callable[[str], None],
        log: int,
        secret_files: Optional[Dict[str, str]] = None,
    ) -> None:
        self.layout = layout
        self.directory = directory
        """The attempt's own."""
        self.spec = spec
        self.workspace = os.path.join(directory, WORKSPACE)
        self.place = self.workspace
        """Where in it the command is to run; right once the code is there."""
        self.output = os.path.join(directory, OUTPUT)
        self.variables = variables
        """What the steps to come and the command get; set-up scripts add to it."""
        self.say = say
        """Writes a line of clearq's own to the task's log."""
        self.log = log
        """The task's log, for what programs print."""
        self.secret_files = secret_files or {}
        """By name the paths of the secrets that are in files; in mode docker those of all."""

    def run(
        self,
        arguments: Sequence[str],
        *,
        environment: Optional[Dict[str, str]] = None,
        place: Optional[str] = None,
        text: Optional[bytes] = None,
        descriptors: Sequence[int] = (),
    ) -> int:
        """Run a program to its end, its output in the task's log; its exit code, or -signal.

        Args:
            arguments: the program first.
            environment: instead of `variables`.
            place: the directory to run it in; the attempt's own when None.
            text: its standard input; nothing when None.
            descriptors: of ours, to be open in it too.

        Raises:
            OSError: there is no such program, or it may not be run.
        """
        with subprocess.Popen(
            list(arguments),
            stdin=subprocess.DEVNULL if text is None else subprocess.PIPE,
            stdout=self.log,
            stderr=self.log,
            env=self.variables if environment is None else environment,
            cwd=place or self.directory,
            pass_fds=tuple(descriptors),
        ) as process:
            process.communicate(text)
            return process.returncode


class Environment:
    """One mode. Its methods are called in this order, in a process that may be killed at any time.

    So what outlives the attempt is built aside and renamed into place, and what a killed
    preparation may have left half made is dealt with. Each may raise `StepFailed`, or `OSError`
    where the disk or the system refuses.
    """

    def __init__(self, site: Site) -> None:
        self.site = site

    def open(self) -> None:
        """Make ready what the steps themselves need."""

    def run_script(self, whose: str, script: str) -> None:
        """Run a set-up script; what it exports goes into the site's variables."""
        raise NotImplementedError

    def install_system_packages(self, names: List[str]) -> None:
        """See to it that these packages are there."""
        raise NotImplementedError

    def set_up_packages(self) -> None:
        """Make the Python environment that the spec asks for."""
        raise NotImplementedError

    def ready(self, place: str) -> Ready:
        """What to execute; `place` is where in the workspace the command is to run."""
        raise NotImplementedError

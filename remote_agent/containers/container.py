"""A container of an attempt, from the process that prepares the attempt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from remote_agent.containers.creation import Plan, creating
from remote_agent.containers.discarding import discard_container
from remote_agent.containers.engine import PODMAN, Engine
from remote_agent.containers.failure import ContainerError
from remote_agent.containers.record import Noted, Record, read_record, write_record

if TYPE_CHECKING:
    from remote_agent.environments.interface import Site

_MAKING = 300.0
"""Seconds: a slow disk may have to take in a large image's file system first."""


class Container:
    """Made and started; its first process waits."""

    def __init__(self, engine: Engine, plan: Plan, image_name: str) -> None:
        """Make it, noting in the attempt's directory beforehand that it will be there.

        Raises:
            ContainerError: the engine refuses.
            OSError: the disk refuses.
        """
        self._engine = engine
        self._plan = plan
        self._note(Noted(plan.name, ""))
        answer = engine.ask(*creating(plan), patience=_MAKING)
        if answer.code != 0:
            self._forget()
            raise ContainerError("the container cannot be made: %s." % answer.complaint.rstrip("."))
        self.identity = answer.said.split()[-1]
        self._note(Noted(plan.name, self.identity))
        self._start(image_name)

    def _start(self, image_name: str) -> None:
        answer = self._engine.ask("start", self.identity, patience=_MAKING)
        if answer.code == 0:
            return
        if "/bin/sh" in answer.complaint:
            raise ContainerError(
                "the image %s has no /bin/sh, without which nothing can be set up in it (%s)."
                % (image_name, answer.complaint.rstrip("."))
            )
        raise ContainerError("the container does not start: %s." % answer.complaint.rstrip("."))

    def run(self, site: Site, script: str, *, as_root: bool = False) -> int:
        """Run a script of ours in it, its output in the task's log; the exit code.

        Args:
            site: whose log.
            script: its path in the container.
            as_root: not as the account.
        """
        words = ["exec", *(["--user", "0"] if as_root else []), self.identity, "/bin/sh", script]
        return site.run(self._engine.command(*words), environment=self._engine.surroundings)

    def settle(self) -> None:
        """Everything is set up. Have it outlive the process that prepares, if only as files.

        Without a daemon, the container's processes are below the runner, which ends what a
        preparation leaves behind; the keeper will start the container again.

        Raises:
            ContainerError: the engine refuses.
        """
        if self._engine.kind == PODMAN:
            self._engine.demand("the container does not stop", "stop", "-t", "0", self.identity)

    def remove(self) -> None:
        """Its work is done.

        Raises:
            ContainerError: the engine refuses; the container stays noted.
            OSError: the disk refuses.
        """
        discard_container(self._engine, self.identity)
        self._forget()

    def _note(self, noted: Noted) -> None:
        directory = self._plan.directory
        record = read_record(directory) or Record(self._engine)
        write_record(directory, record.noting(noted))

    def _forget(self) -> None:
        directory = self._plan.directory
        record = read_record(directory)
        if record is not None:
            write_record(directory, record.without(self._plan.name))

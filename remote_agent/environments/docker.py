"""The mode `docker`: everything in a container of the task's image, by docker or podman."""

from __future__ import annotations

import contextlib
import os
from typing import Iterator, List

from remote_agent.containers.failure import ContainerError
from remote_agent.environments.interface import Environment, Ready, Site, StepFailed
from remote_agent.environments.system_packages import INSTALLERS, NAME


class DockerEnvironment(Environment):
    """The steps as scripts in the container, and a keeper that stands for the command."""

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        # Here, so that the daemon, which every runner is a copy of, does without it.
        from remote_agent.containers.task_container import TaskContainer

        self._container = TaskContainer(site)

    def open(self) -> None:
        """Have the image, and make the container."""
        with _as_step():
            self._container.open(dict(os.environ))

    def run_script(self, whose: str, script: str) -> None:
        """See `Environment.run_script`. What it exports stays in the container."""
        with _as_step():
            self._container.run_script(whose, script)

    def install_system_packages(self, names: List[str]) -> None:
        """See `Environment.install_system_packages`: in the container, as its root."""
        for name in names:
            if not NAME.match(name):
                raise StepFailed("%.80r is not the name of a system package." % name)
        with _as_step():
            self._container.install_system_packages(INSTALLERS, names)

    def set_up_packages(self) -> None:
        """See `Environment.set_up_packages`: for the Python that runs in the container."""
        with _as_step():
            self._container.set_up_packages()

    def ready(self, place: str) -> Ready:
        """The keeper is what the runner executes; it runs the command at the place."""
        with _as_step():
            command = self._container.ready(place)
        return Ready(command, dict(os.environ), self.site.directory)


@contextlib.contextmanager
def _as_step() -> Iterator[None]:
    try:
        yield
    except ContainerError as error:
        raise StepFailed(str(error)) from error

"""The mode `docker`: everything in a container of the task's image, by docker or podman."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Iterator, List, Optional

from remote_agent.containers.failure import ContainerError
from remote_agent.environments.interface import Environment, Ready, Site, StepFailed
from remote_agent.environments.system_packages import INSTALLERS, NAME

if TYPE_CHECKING:
    from remote_agent.containers.task_container import TaskContainer


class DockerEnvironment(Environment):
    """The steps as scripts in the container, and a keeper that stands for the command."""

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self._opened: Optional[TaskContainer] = None

    @property
    def _container(self) -> TaskContainer:
        assert self._opened is not None, "opened first"
        return self._opened

    def open(self) -> None:
        """Have the image, and make the container."""
        # Here, so that the daemon, which every runner is a copy of, does without it.
        from remote_agent.containers.opening import open_container

        with _as_step():
            self._opened = open_container(self.site, dict(os.environ))

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

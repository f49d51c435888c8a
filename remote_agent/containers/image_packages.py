"""Installs a task's Python packages for its container: as on the machine, but in the image."""

from __future__ import annotations

import os
import re
from typing import List, Sequence

from remote_agent.containers.builder import Builder
from remote_agent.containers.failure import ContainerError
from remote_agent.containers.image_python import Search
from remote_agent.containers.inside import tool_text
from remote_agent.containers.places import Desk
from remote_agent.environments.interface import Site, StepFailed
from remote_agent.python_environments import programs
from remote_agent.python_environments.interpreter import Interpreter
from remote_agent.python_environments.local_lines import find_links_of
from remote_agent.python_environments.request import read_request
from remote_agent.python_environments.set_up import set_up_with
from remote_agent.python_environments.skeleton import python_of
from remote_agent.python_environments.tools import find_uv
from remote_agent.python_environments.uv_tool import Uv
from remote_agent.python_environments.work import Tool, Work


def set_up_in_image(
    site: Site, container: str, builder: Builder, origin: str, is_as_image: bool
) -> str:
    """Make the attempt's own environment, which the container sees at the same path; its directory.

    Args:
        site: of the attempt.
        container: the name of the task's container.
        builder: the container that packages are installed in.
        origin: stands for what is in the container.
        is_as_image: nothing was done to the container yet.

    Raises:
        ContainerError: there is no Python to be had for the image.
        StepFailed: a sentence for the operator.
        OSError: the disk refuses.
    """
    request = read_request(site.spec)

    def uv() -> Uv:
        return _uv(site, builder)

    def choose(_site: Site, _python: Interpreter) -> Tool:
        return uv()

    found = Search(site, container, origin, is_as_image).find(request, uv)
    return set_up_with(found.python, request, site, found.beneath, choose)


def _uv(site: Site, builder: Builder) -> Uv:
    """The uv that the laptop has brought, or the machine's, run in the builder.

    Raises:
        StepFailed: there is none.
    """
    reasons: List[str] = []
    found = find_uv(site, reasons)
    if found is None:
        raise StepFailed(
            "without uv nothing can be installed for an image: %s." % "; ".join(reasons)
        )
    return _UvInside(found, site, builder)


class _UvInside(Uv):
    """Starts the builder when it is needed first: what is cached needs none."""

    def __init__(self, uv: Uv, site: Site, builder: Builder) -> None:
        super().__init__(uv.program, "", "")
        self._desk = Desk(site.directory)
        self._directory = site.directory
        self._builder = builder
        self._log = site.log
        self.title = uv.title + " in the image"
        builder.show(uv.program)
        self.program = self._inside("uv", uv.program)

    def resolve(self, work: Work) -> List[str]:
        """See `Tool.resolve`."""
        self._start_for(work)
        return super().resolve(work)

    def install(
        self, work: Work, lines: Sequence[str], environment: str, again: bool = False
    ) -> None:
        """See `Tool.install`."""
        self._start_for(work)
        super().install(work, lines, environment, again)

    def forget(self, work: Work, names: Sequence[str]) -> None:
        """See `Tool.forget`."""
        self._start()
        super().forget(work, names)

    def add(self, work: Work, lines: Sequence[str], environment: str) -> None:
        """See `Tool.add`."""
        self._start_for(work)
        super().add(work, lines, environment)

    def install_python(self, site: Site, wanted: str, into: str) -> programs.Finished:
        """See `Uv.install_python`."""
        self._start()
        return super().install_python(site, wanted, into)

    def run_python(self, environment: str, arguments: Sequence[str]) -> int:
        """See `Tool.run_python`."""
        self._start()
        program = self._inside("python", python_of(environment))
        return programs.run(
            self._log, [program, *arguments], dict(os.environ), self._directory
        ).code

    def _start_for(self, work: Work) -> None:
        said = re.split(r"[\s,]+", self.settings(work).get("UV_FIND_LINKS", ""))
        for place in (*said, *find_links_of(work.options)):
            path = place[len("file://") :] if place.startswith("file:///") else place
            if path.startswith("/") and os.path.exists(path):
                self._builder.show(path)
        self._start()

    def _start(self) -> None:
        try:
            self._builder.start()
        except ContainerError as error:
            raise StepFailed(str(error)) from error

    def _inside(self, name: str, program: str) -> str:
        text = tool_text(self._directory, self._builder.name, [program])
        return self._desk.write_tool(name, text)

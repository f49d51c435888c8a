"""One task's container through its steps, until everything is ready for the command."""

from __future__ import annotations

import hashlib
import os
import sys
from typing import TYPE_CHECKING, Iterable, List

from remote_agent.containers.container import Container
from remote_agent.containers.creation import Plan
from remote_agent.containers.engine import Engine
from remote_agent.containers.failure import ContainerError
from remote_agent.containers.given import OURS, secret_uses, variables_for, with_environment
from remote_agent.containers.places import COMMAND, PRELUDE, WORK, Desk
from remote_agent.containers.scripts import command_script, prelude, set_up_script
from remote_agent.containers.secrets_inside import secret_paths
from remote_agent.containers.system_packages_script import (
    NO_INSTALLER,
    Installer,
    system_packages_script,
)

if TYPE_CHECKING:
    from remote_agent.environments.interface import Site


class TaskContainer:
    """Made by `opening`; its methods are called in the order of the steps."""

    def __init__(
        self, site: Site, engine: Engine, plan: Plan, container: Container, wants_packages: bool
    ) -> None:
        self._site = site
        self._engine = engine
        self._plan = plan
        self._container = container
        self._wants_packages = wants_packages
        self._desk = Desk(site.directory)
        self._exports = 0
        """How many set-up scripts have told what they export."""
        self._done: List[str] = []
        """What was done to the container since it was made from its image."""
        self._own = ""
        """The directory of the attempt's own Python environment; empty: it has none."""

    def run_script(self, whose: str, script: str) -> None:
        """Run a set-up script in it; what it exports stands for all that comes after it.

        Raises:
            ContainerError: it failed.
            OSError: the disk refuses.
        """
        name = "set-up-" + whose
        os.mkdir(os.path.join(self._desk.work, name), 0o700)
        path = self._desk.write_script(name + ".sh", script)
        text = set_up_script(self._prelude(), path, "%s/%s" % (WORK, name), self._exports + 1)
        code = self._run("run-%s.sh" % name, text)
        self._done += [whose, script]
        if code != 0:
            raise ContainerError("the %s's script ended with exit code %d." % (whose, code))
        exported = os.path.join(self._desk.work, "exports-%d" % (self._exports + 1))
        if os.path.lexists(exported):  # else it set a trap of its own for its end
            self._exports += 1

    def install_system_packages(self, installers: Iterable[Installer], names: List[str]) -> None:
        """Install what is missing of them; the names have been checked.

        Raises:
            ContainerError: they cannot be installed.
            OSError: the disk refuses.
        """
        text = self._prelude() + system_packages_script(installers, names)
        code = self._run("system-packages.sh", text, as_root=True)
        self._done += names
        if code == NO_INSTALLER:
            raise ContainerError(
                "the image has none of %s, with which to install %s."
                % (", ".join(one.program for one in installers), ", ".join(names))
            )
        if code != 0:
            raise ContainerError(
                "%s could not be installed in the image (exit code %d); the log has what was said."
                % (", ".join(names), code)
            )

    def set_up_packages(self) -> None:
        """Install the packages that the spec asks for, for the image's Python or one brought to it.

        Raises:
            ContainerError: they cannot be installed.
            StepFailed: the same, with a sentence of whoever installs on machines too.
            OSError: the disk refuses.
        """
        if not self._wants_packages:
            self._site.say("The image has everything.")
            return
        # Here, because they need the modes of environments, which need this.
        from remote_agent.containers.builder import Builder
        from remote_agent.containers.image_packages import set_up_in_image

        self._desk.write_script(os.path.basename(PRELUDE), self._prelude())
        # It may have been downloaded anew under the same name, or changed by scripts.
        origin = hashlib.sha256(repr([self._plan.image, *self._done]).encode()).hexdigest()[:16]
        changed = self._container.identity if self._done else None
        with Builder(self._engine, self._plan, changed, self._site) as builder:
            self._own = set_up_in_image(
                self._site, self._plan.name, builder, origin, is_as_image=not self._done
            )

    def ready(self, place: str) -> List[str]:
        """What stands for the command, which is to run at the place.

        Raises:
            ContainerError: the engine refuses.
            OSError: the disk refuses.
        """
        uses = secret_uses(self._site)
        before = self._prelude() + prelude(secret_paths(uses, "file"), 0)
        text = command_script(
            before + with_environment(self._own),
            secret_paths(uses, "variable"),
            place,
            self._site.spec["command"],
            variables_for(self._site),
        )
        self._desk.write_script(os.path.basename(COMMAND), text)
        self._container.settle()
        agent = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        return [sys.executable, "-IS", agent, "keep-container", self._site.directory]

    def _prelude(self) -> str:
        variables = variables_for(self._site)
        if self._exports:
            variables = {name: text for name, text in variables.items() if name.startswith(OURS)}
        return prelude(variables, self._exports)

    def _run(self, name: str, text: str, *, as_root: bool = False) -> int:
        path = self._desk.write_script(name, text)
        return self._container.run(self._site, path, as_root=as_root)

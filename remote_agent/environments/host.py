"""The mode `host`: the machine's own programs, and no environment but its own."""

from __future__ import annotations

from typing import List

from remote_agent.environments.interface import Environment, Ready
from remote_agent.environments.setup_script import run_script
from remote_agent.environments.system_packages import install


class HostEnvironment(Environment):
    """Scripts, packages and the command as plain processes of the agent's account."""

    def run_script(self, whose: str, script: str) -> None:
        """See `Environment.run_script`."""
        run_script(self.site, whose, script)

    def install_system_packages(self, names: List[str]) -> None:
        """See `Environment.install_system_packages`."""
        install(self.site, names)

    def set_up_packages(self) -> None:
        """There is nothing to set up: the command finds what the machine has."""

    def ready(self, place: str) -> Ready:
        """See `Environment.ready`."""
        return Ready(self.site.spec["command"], self.site.variables, place)

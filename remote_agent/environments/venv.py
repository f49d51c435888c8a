"""The mode `venv`: the machine's own programs, and a Python environment of the task's own."""

from __future__ import annotations

import os

from remote_agent.environments.host import HostEnvironment
from remote_agent.environments.interface import Ready, Site


class VenvEnvironment(HostEnvironment):
    """As `host`, with `python` and `pip` being those of the attempt's own environment."""

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self._own = ""

    def set_up_packages(self) -> None:
        """See `Environment.set_up_packages`."""
        # Here, so that the daemon, which every runner is a copy of, does without it.
        from remote_agent.python_environments.set_up import set_up_python

        self._own = set_up_python(self.site)

    def ready(self, place: str) -> Ready:
        """See `Environment.ready`."""
        variables = {**self.site.variables, "VIRTUAL_ENV": self._own}
        variables.pop("PYTHONHOME", None)
        programs = os.path.join(self._own, "bin")
        variables["PATH"] = os.pathsep.join([programs, variables.get("PATH", os.defpath)])
        return Ready(self.site.spec["command"], variables, place)

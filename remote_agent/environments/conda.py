"""The mode `conda`: an environment of conda packages, activated, with the task's own on top."""

from __future__ import annotations

from remote_agent.conda_environments.activation import activated, run_scripts
from remote_agent.conda_environments.building import obtain
from remote_agent.conda_environments.on_top import set_up_on_top, with_own_first
from remote_agent.conda_environments.request import read_request
from remote_agent.environments.host import HostEnvironment
from remote_agent.environments.interface import Ready, Site


class CondaEnvironment(HostEnvironment):
    """As `host`, in an active conda environment of the cache, which no task can change.

    Where there is a Python in it, the attempt has an environment of its own on top: there goes what
    pip installs, for the environment's pip section as for the task while it runs.
    """

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self._conda = self._own = ""

    def set_up_packages(self) -> None:
        """See `Environment.set_up_packages`."""
        request = read_request(self.site.spec)
        built = obtain(self.site, request)
        self._conda = built.place
        of_task = self.site.spec.get("environment", {})
        variables = activated(self.site.variables, built.place, request.variables, of_task)
        # What is built from source from here on is to find the compilers of the environment.
        self.site.variables = run_scripts(self.site, built.place, variables)
        self._own = set_up_on_top(self.site, request, built)

    def ready(self, place: str) -> Ready:
        """See `Environment.ready`."""
        variables = self.site.variables
        if self._own:
            variables = with_own_first(variables, self._own, self._conda)
        return Ready(self.site.spec["command"], variables, place)

"""The attempt's own environment on top of a conda environment."""

from __future__ import annotations

import os
from typing import Dict, Mapping

from remote_agent.conda_environments.building import Built
from remote_agent.conda_environments.request import Request
from remote_agent.conda_environments.scripts_of_python import write_again
from remote_agent.environments.interface import Site
from remote_agent.python_environments.beneath import look_beneath
from remote_agent.python_environments.request import read_request
from remote_agent.python_environments.set_up import set_up_with

_JUPYTER = {"JUPYTER_PATH": "share/jupyter", "JUPYTER_CONFIG_PATH": "etc/jupyter"}
"""Jupyter looks for kernels and settings beside the Python that runs it, and there."""


def set_up_on_top(site: Site, request: Request, built: Built) -> str:
    """Make it, with the packages of the pip section; its directory. Empty: there is no Python.

    Raises:
        StepFailed: a package cannot be installed.
        OSError: the disk refuses.
    """
    if built.python is None:
        return ""
    packages = os.path.join(built.place, request.site_packages)
    wanted = read_request({**site.spec, "packages": request.pip, "python": ""})
    own = set_up_with(built.python, wanted, site, look_beneath(packages))
    write_again(built.place, built.scripts, own)
    return own


def with_own_first(variables: Mapping[str, str], own: str, conda: str) -> Dict[str, str]:
    """The variables with which programs are found in the own environment first."""
    found = {**variables, "VIRTUAL_ENV": own}
    found.pop("PYTHONHOME", None)
    found["PATH"] = _before(os.path.join(own, "bin"), variables.get("PATH", os.defpath))
    for name, below in _JUPYTER.items():
        place = os.path.join(conda, below)
        if os.path.isdir(place):
            found[name] = _before(place, variables.get(name, ""))
    return found


def _before(path: str, others: str) -> str:
    return os.pathsep.join(filter(None, [path, others]))

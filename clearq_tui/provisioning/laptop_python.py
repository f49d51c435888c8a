"""An interpreter on the laptop to build with, of the version that the machine will run."""

from __future__ import annotations

import sys

from clearq_tui.provisioning.errand import Errand
from remote_agent.python_environments.find_python import find_python

_OLDEST_FOR_PIP = (3, 10)
"""The laptop's pip runs under no older one."""


def laptop_python(python: str, errand: Errand, *, for_pip: bool) -> str:
    """The path of one of this minor version, else of the one that runs clearq; the errand is told.

    `for_pip`: the laptop's pip is to run under it, which takes no old one.

    Raises:
        OSError: the disk refuses.
    """
    major, minor = (int(part) for part in python.split(".")[:2])
    if (major, minor) == sys.version_info[:2]:
        return sys.executable
    if not for_pip or (major, minor) >= _OLDEST_FOR_PIP:
        # As a machine looks for its own; uv would give up at the first of pyenv's shims.
        found = find_python(
            f"{major}.{minor}", errand.environment, str(errand.provisions / "laptop")
        ).found
        if found is not None:
            return found.program
    own = "{}.{}".format(*sys.version_info)
    errand.say(f"building with Python {own}: this laptop cannot with {major}.{minor}")
    return sys.executable

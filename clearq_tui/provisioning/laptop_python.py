"""An interpreter on the laptop to build with, of the version that the machine will run."""

from __future__ import annotations

import sys
from pathlib import Path

from clearq_tui.provisioning.errand import Errand
from clearq_tui.provisioning.programs import run_program
from clearq_tui.provisioning.uv_calls import uv_program

_OLDEST_FOR_PIP = (3, 10)
"""The laptop's pip runs under no older one."""


def laptop_python(python: str, errand: Errand) -> str:
    """The path of one of this minor version, else of the one that runs clearq; the errand is told.

    Raises:
        ProvisionError: uv cannot be run.
    """
    major, minor = (int(part) for part in python.split(".")[:2])
    if (major, minor) == sys.version_info[:2]:
        return sys.executable
    if (major, minor) >= _OLDEST_FOR_PIP:
        found = run_program(
            [uv_program(), "python", "find", "--no-project", "--quiet", f"{major}.{minor}"],
            errand,
            place=Path("/"),
        )
        if found.code == 0 and found.output.strip():
            return found.output.strip()
    own = "{}.{}".format(*sys.version_info)
    errand.say(f"there is no Python {major}.{minor} on this laptop to build with: {own} is used")
    return sys.executable

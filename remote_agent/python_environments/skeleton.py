"""An environment without packages: what makes a directory one in which a Python runs."""

from __future__ import annotations

import os
import re

from remote_agent.python_environments.interpreter import Interpreter

CONFIGURATION = "pyvenv.cfg"
_PYTHON = re.compile(r"bin/python[0-9.]*\Z")
_LIBRARIES = "lib64"
"""Where some systems put compiled modules."""


def make_skeleton(place: str, python: Interpreter, sees_python: bool = False) -> None:
    """Make the directory an environment of the Python; it must exist and be empty.

    Args:
        place: the directory.
        python: that runs in it.
        sees_python: it finds the packages that the Python has itself, too.

    Raises:
        OSError: the disk refuses.
    """
    os.makedirs(os.path.join(place, python.site_packages), mode=0o755)
    programs = os.path.join(place, "bin")
    os.mkdir(programs, 0o755)
    os.symlink(python.program, os.path.join(programs, "python"))
    for name in ("python3", "python" + python.short_version):
        os.symlink("python", os.path.join(programs, name))
    if python.site_packages.startswith("lib/"):
        os.symlink("lib", os.path.join(place, _LIBRARIES))
    with open(os.path.join(place, CONFIGURATION), "x", encoding="utf-8") as file:
        file.write(
            "home = %s\nimplementation = CPython\nversion = %s\n"
            "include-system-site-packages = %s\n"
            % (os.path.dirname(python.program), python.version, str(sees_python).lower())
        )


def python_of(environment: str) -> str:
    """The program that runs in the environment."""
    return os.path.join(environment, "bin", "python")


def is_of_skeleton(path: str) -> bool:
    """Whether the file, relative to its environment, was made by `make_skeleton`."""
    return path in (CONFIGURATION, _LIBRARIES) or bool(_PYTHON.match(path))

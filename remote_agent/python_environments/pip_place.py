"""A pip that belongs to no environment: unpacked once from what comes with a Python.

Pythons bring a wheel of pip for new environments. Unpacked, it serves the attempts' environments,
where a task may say `python -m pip`, and installs packages where uv cannot run.
"""

from __future__ import annotations

import glob
import os
import shutil
import tempfile
import zipfile
from typing import Optional, Tuple

from remote_agent.python_environments.interpreter import Interpreter
from remote_agent.removal import remove_tree

_SYSTEM_WHEELS = "/usr/share/python-wheels"
"""Where Debian's and Fedora's Pythons have theirs."""
_VENDORED = os.path.join("pip", "_vendor", "requests")
"""In a pip that needs nothing of the system's beside itself."""


class Pip:
    """A directory with nothing but pip in it."""

    def __init__(self, directory: str) -> None:
        self.directory = directory
        self.program = os.path.join(directory, "pip")
        """What a Python can be told to run."""
        self.version = _version_of(os.path.basename(directory))


def find_pip(python: Interpreter, cache: str) -> Optional[Pip]:
    """The pip for this Python, unpacked now if need be; None: the system has none.

    Raises:
        OSError: the disk refuses.
        zipfile.BadZipFile: the system's wheel is damaged.
    """
    wheel = _wheel_for(python)
    source = wheel or _installed(python)
    if not source:
        return None
    name = os.path.basename(source).partition("-py")[0].replace(".dist-info", "")
    place = os.path.join(cache, "pip", name)
    if not os.path.isdir(place):
        os.makedirs(os.path.dirname(place), mode=0o700, exist_ok=True)
        _unpack(source, place, is_wheel=bool(wheel))
    os.utime(place)  # by which the sweep knows when it was last used
    return Pip(place)


def _unpack(source: str, place: str, is_wheel: bool) -> None:
    temporary = tempfile.mkdtemp(prefix=".unpacking-", dir=os.path.dirname(place))
    try:
        if is_wheel:
            with zipfile.ZipFile(source) as archive:
                archive.extractall(temporary)
        else:
            above = os.path.dirname(source)
            for path in (source, os.path.join(above, "pip")):
                shutil.copytree(path, os.path.join(temporary, os.path.basename(path)))
        os.rename(temporary, place)
    except OSError:
        if not os.path.isdir(place):  # else another task was first
            raise
    finally:
        remove_tree(temporary)


def _wheel_for(python: Interpreter) -> str:
    """The newest wheel of pip that comes with the Python, or with the system."""
    own = os.path.join(python.base, "lib", "python%s*" % python.short_version, "ensurepip")
    for directory in (os.path.join(own, "_bundled"), _SYSTEM_WHEELS):
        found = glob.glob(os.path.join(directory, "pip-*.whl"))
        if found:
            return max(found, key=lambda path: _version_of(os.path.basename(path)))
    return ""


def _installed(python: Interpreter) -> str:
    """What says that pip is installed for the Python itself, if it can be taken from there."""
    library = os.path.dirname(os.path.join(python.base, python.site_packages))
    debian = os.path.join(python.base, "lib", "python3", "dist-packages")
    for above in (os.path.join(library, "site-packages"), debian):
        found = glob.glob(os.path.join(above, "pip-*.dist-info"))
        if found and os.path.isdir(os.path.join(above, _VENDORED)):
            return found[0]
    return ""


def _version_of(name: str) -> Tuple[int, ...]:
    numbers = name.partition("-")[2].partition("-")[0].split(".")
    return tuple(int(number) for number in numbers if number.isdigit())

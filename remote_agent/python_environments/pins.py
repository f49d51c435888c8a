"""Which shared environments and Pythons the attempts on this machine stand on.

Each attempt's directory names them in a file, from before the attempt relies on them until the
directory is removed, which is after its last process has ended. So what a living attempt uses can
be told without asking any process.
"""

from __future__ import annotations

import os
from typing import List, Set

from remote_agent.layout import Layout
from remote_agent.python_environments.notes import read_note, write_note

PINS = "environments.json"


class CannotTell(Exception):
    """An attempt's directory cannot be looked into, so nothing is known to be free."""


def pin(directory: str, names: List[str]) -> None:
    """Note in the attempt's directory that it stands on these.

    Raises:
        OSError: the disk refuses.
    """
    path = os.path.join(directory, PINS)
    known = read_note(path).get("names", [])
    write_note(path, {"names": sorted({*known, *names})})


def pinned(layout: Layout) -> Set[str]:
    """What any attempt stands on.

    Raises:
        CannotTell: see there.
    """
    found: Set[str] = set()
    for name in os.listdir(layout.attempts):
        if not name.startswith("."):
            found.update(_names_in(layout.attempt(name)))
    return found


def _names_in(directory: str) -> List[str]:
    path = os.path.join(directory, PINS)
    try:
        os.stat(path)
    except FileNotFoundError:
        return []
    except PermissionError as error:  # the task has closed its directory
        raise CannotTell("%s: %s" % (directory, error.strerror)) from error
    names = read_note(path).get("names")
    if not isinstance(names, list):
        raise CannotTell("%s is damaged" % path)
    return [str(name) for name in names]

"""A directory of environments, each known by a key: its names, its lock, and when it was used last.

Beside `<key>` lie `<key>.lock`, held while it is looked at or built, and `<key>.used`, whose time
is that of its last use, and whose content the boot of it.
"""

from __future__ import annotations

import contextlib
import itertools
import os
from typing import Iterator

from remote_agent.removal import remove_tree

LOCK, USED = ".lock", ".used"
DOOMED = ".doomed-"
"""Before the names of those that are being removed."""


class KeyedPlaces:
    """What every such directory can do."""

    def __init__(self, directory: str, boot: str) -> None:
        """`boot`: the machine's present one."""
        self.directory = directory
        self._boot = boot

    def last_used(self, name: str) -> float:
        """When, in seconds since the epoch; 0: never."""
        try:
            return os.stat(self._beside(name, USED)).st_mtime
        except OSError:
            return 0.0

    def _doom(self, name: str) -> None:
        """Remove it, so that no half of it ever has its name."""
        doomed = os.path.join(self.directory, DOOMED + os.urandom(8).hex())
        with contextlib.suppress(FileNotFoundError):
            os.rename(os.path.join(self.directory, name), doomed)
            remove_tree(doomed)

    def _note_use(self, name: str) -> None:
        path = self._beside(name, USED)
        if self._boot_of(name) == self._boot:
            os.utime(path)
            return
        with open(path, "w", encoding="ascii") as file:
            file.write(self._boot)

    def _boot_of(self, name: str) -> str:
        """The boot in which it was last used; empty: not known."""
        try:
            with open(self._beside(name, USED), encoding="ascii") as file:
                return file.read()
        except (OSError, UnicodeDecodeError):
            return ""

    def _beside(self, name: str, suffix: str) -> str:
        return os.path.join(self.directory, name + suffix)


def names_of(key: str) -> Iterator[str]:
    """The names that the environment of the key may have: another, while one is damaged in use."""
    yield key
    for number in itertools.count(2):
        yield "%s-%d" % (key, number)

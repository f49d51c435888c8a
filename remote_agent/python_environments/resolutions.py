"""What requirements were resolved to, remembered for a day, and for the same task for ever.

Resolving anew for a retry could give it other packages than the first try had.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from typing import Callable, List, Optional

from remote_agent.python_environments.locking import locked
from remote_agent.python_environments.notes import read_note, write_note

FRESH = 86400.0
"""Seconds for which a resolution serves other tasks too."""


class Resolutions:
    """All that are remembered in one cache."""

    def __init__(self, cache: str, clock: Callable[[], float] = time.time) -> None:
        self.directory = os.path.join(cache, "resolutions")
        self._clock = clock

    def known(self, key: str, task: str) -> Optional[List[str]]:
        """The lines that the key stands for, as this task gets them; None: not known.

        Raises:
            OSError: the disk refuses.
        """
        note = read_note(self._path(key, task)) or read_note(self._path(key))
        lines = note.get("lines")
        if not isinstance(lines, list):
            return None
        if not os.path.exists(self._path(key, task)):
            if not 0 <= self._clock() - float(note.get("at", 0)) < FRESH:
                return None
            write_note(self._path(key, task), note)
        return [str(line) for line in lines]

    def resolved(
        self, key: str, task: str, resolve: Callable[[], List[str]], on_wait: Callable[[], None]
    ) -> List[str]:
        """The lines, by `resolve` where they are not known; `on_wait`: another task resolves them.

        Raises:
            OSError: the disk refuses. What `resolve` raises passes through.
        """
        known = self.known(key, task)
        if known is not None:
            return known
        os.makedirs(self.directory, mode=0o700, exist_ok=True)
        with locked(os.path.join(self.directory, key + ".lock"), on_wait):
            known = self.known(key, task)
            if known is not None:
                return known
            lines = resolve()
            for path in {self._path(key), self._path(key, task)}:
                write_note(path, {"at": self._clock(), "lines": lines})
            return lines

    def sweep(self, older_than: float) -> None:
        """Forget those written before this time, in seconds since the epoch."""
        with contextlib.suppress(FileNotFoundError):
            for name in os.listdir(self.directory):
                path = os.path.join(self.directory, name)
                with contextlib.suppress(FileNotFoundError):
                    if os.lstat(path).st_mtime < older_than:
                        os.unlink(path)

    def _path(self, key: str, task: str = "") -> str:
        plain = re.sub(r"[^0-9A-Za-z_-]", "_", task)
        return os.path.join(self.directory, "%s%s.json" % (key, "." + plain if plain else ""))

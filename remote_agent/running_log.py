"""What the daemon has to say to whoever looks for its log: a file that stays small."""

from __future__ import annotations

import os
import time

LARGEST = 1 << 20
"""Bytes; there are at most twice as many, in two files."""


class RunningLog:
    """Appends lines with a time. Standard output and standard error go to the same file."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._redirect()

    def say(self, text: str) -> None:
        """Add a line. A full disk costs the line, not the daemon."""
        line = "%s %s\n" % (time.strftime("%Y-%m-%d %H:%M:%S%z"), text)
        try:
            if os.fstat(2).st_size > LARGEST:
                os.replace(self._path, self._path + ".old")
                self._redirect()
            os.write(2, line.encode(errors="backslashreplace"))
        except OSError:
            return

    def _redirect(self) -> None:
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.dup2(file, 1)
        os.dup2(file, 2)
        os.close(file)

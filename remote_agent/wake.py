"""Turns signals into something a selector sees."""

from __future__ import annotations

import os
import signal
from typing import Set


class SignalPipe:
    """SIGCHLD and SIGTERM, as bytes on a descriptor."""

    def __init__(self) -> None:
        self._reading, writing = os.pipe()
        os.set_blocking(self._reading, False)
        os.set_blocking(writing, False)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, _noted)

    def fileno(self) -> int:
        """What to register."""
        return self._reading

    def arrived(self) -> Set[int]:
        """The numbers of the signals since the last call."""
        try:
            return set(os.read(self._reading, 4096))
        except BlockingIOError:
            return set()


def _noted(_number: int, _frame: object) -> None:
    """The byte in the pipe says it all."""

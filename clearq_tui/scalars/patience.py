"""A limit on how long a regular expression may take: there are some that take for ever.

Python's matching holds the interpreter, so neither a thread nor a deadline of its caller could end
it; but now and then it looks for signals. So the process's own timer ends it.
"""

from __future__ import annotations

import signal
from types import FrameType, TracebackType


class TooSlow(Exception):
    """The block took longer than it may."""


class Patience:
    """`with patience:` raises `TooSlow` inside the block after so many seconds of processor time.

    Time of the processor, so that a busy computer makes nothing look slow. For a process's main
    thread alone: signals reach no other. It is the one user of SIGVTALRM.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._is_on = False
        signal.signal(signal.SIGVTALRM, self._over)

    def __enter__(self) -> None:
        self._is_on = True
        signal.setitimer(signal.ITIMER_VIRTUAL, self._seconds)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_on = False
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)

    def _over(self, _number: int, _frame: FrameType | None) -> None:
        if self._is_on:  # else it was over by the time the signal was heard of
            self._is_on = False
            raise TooSlow

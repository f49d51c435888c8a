"""Ends a process tree: SIGTERM, patience, SIGKILL, looking again until nothing is left."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import Callable, List, Set

from remote_agent.process_tree import Process, kill, send_signal

UNKILLABLE_AFTER = 10.0
"""Seconds of SIGKILL after which what still lives hangs in the kernel and is given up."""
_LOOK_EVERY = 0.05
"""Seconds between looks while processes end by themselves."""
_KILL_EVERY = 0.01
_ROUNDS = 50
"""How often a tree that keeps forking is looked at in one go."""


class TreeEnd:
    """One ending under way. `look` finds the living processes of the tree."""

    def __init__(self, look: Callable[[], List[Process]], grace: float, now: float) -> None:
        self._look = look
        self._kill_at = now + grace
        self._asked: Set[Process] = set()
        self._begun_at = _ticks_now()
        self._asked_before = sys.maxsize
        self.pause = _LOOK_EVERY
        """Seconds until `proceed` should be called again."""

    def shorten(self, grace: float, now: float) -> None:
        """A second wish; it can only shorten the patience."""
        self._kill_at = min(self._kill_at, now + grace)

    def is_hopeless(self, now: float) -> bool:
        """Whether what lives now will not be killed by more of the same."""
        return now >= self._kill_at + UNKILLABLE_AFTER

    def proceed(self, now: float) -> List[Process]:
        """Signal what lives now; returns what was found alive."""
        if now >= self._kill_at:
            self.pause = _KILL_EVERY
            return _stop_and_kill(self._look)
        self.pause = min(_LOOK_EVERY, self._kill_at - now)
        return self._ask()

    def _ask(self) -> List[Process]:
        """SIGTERM, once for each, also to those that are stopped.

        What was started after the tree was asked is its way of cleaning up, and is let be.
        """
        living = self._look()
        for process in living:
            if process not in self._asked and process.start_time < self._asked_before:
                self._asked.add(process)
                send_signal(process, signal.SIGTERM)
                send_signal(process, signal.SIGCONT)
        # From now on only what was there and was overlooked.
        self._asked_before = self._begun_at
        return living


def _stop_and_kill(look: Callable[[], List[Process]]) -> List[Process]:
    """Kill a tree that may be forking faster than it is looked at: what is stopped cannot fork."""
    seen: Set[Process] = set()
    for _ in range(_ROUNDS):
        new = [process for process in look() if process not in seen]
        if not new:
            break
        for process in new:
            send_signal(process, signal.SIGSTOP)
        seen.update(new)
    kill(seen)
    return list(seen)


def _ticks_now() -> int:
    """The present moment in the unit of start times."""
    return int(time.clock_gettime(time.CLOCK_BOOTTIME) * os.sysconf("SC_CLK_TCK"))

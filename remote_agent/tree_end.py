"""Ends a process tree: SIGTERM, patience, SIGKILL, looking again until nothing is left."""

from __future__ import annotations

from typing import Set

from remote_agent.process_tree import Process, ask_to_end, descendants, kill

_LOOK_EVERY = 0.05
"""Seconds between looks for processes that were started meanwhile."""


class TreeEnd:
    """One ending under way."""

    def __init__(self, grace: float, now: float) -> None:
        self._deadline = now + grace
        self._asked: Set[Process] = set()
        self.pause = _LOOK_EVERY

    def shorten(self, grace: float, now: float) -> None:
        """A second wish; it can only shorten the patience."""
        self._deadline = min(self._deadline, now + grace)

    def proceed(self, root: int, now: float) -> None:
        """Signal what lives below `root` now."""
        living = descendants(root)
        if now >= self._deadline:
            kill(living)
        else:
            ask_to_end(living, self._asked)
            self.pause = max(0.0, min(_LOOK_EVERY, self._deadline - now))

"""Learns what becomes of runners, and tells the core: from reports, from signals, from looking."""

from __future__ import annotations

import socket
import time
from typing import Callable, Set

from remote_agent import attempts
from remote_agent.core import AgentCore
from remote_agent.layout import Layout
from remote_agent.records import RunnerState
from remote_agent.supervision import Children, state_of

LOOK_EVERY = 1.0
"""Seconds between looks at runners whose end no signal will tell."""
_LONGEST_NAME = 64


def clear_up(layout: Layout, attempt: str, state: RunnerState) -> None:
    """End and remove what a runner has left behind that did not live to do it."""
    if state.phase == "vanished":
        attempts.end_strays(layout, attempt)
    if state.phase in ("vanished", "created"):
        attempts.discard_remains(layout, attempt)


class RunnerWatch:
    """The eyes of the daemon on its runners."""

    def __init__(
        self,
        layout: Layout,
        core: AgentCore,
        children: Children,
        reports: socket.socket,
        changed: Callable[[str], None],
    ) -> None:
        """`changed` is called with every attempt that was looked at because of news."""
        self.look_at = time.monotonic()
        """When `look_around` should be called next, if somebody is adopted."""
        self._layout = layout
        self._core = core
        self._children = children
        self._reports = reports
        self._changed = changed
        self._adopted: Set[str] = set()

    @property
    def has_adopted(self) -> bool:
        """Whether there are runners of which no signal will tell."""
        return bool(self._adopted)

    def adopt(self) -> None:
        """Take in those that were there before this daemon. Call once its first turn is done."""
        self._adopted = set(self._core.open_attempts()).difference(self._children.attempts())

    def take_in_ended(self) -> None:
        """Some child has ended."""
        ended = self._children.reap()
        if "" in ended:
            # A child of the build before this one; which runner it was, its lock will tell.
            ended.update(self._adopted)
        for attempt in ended:
            self._look(attempt)
            if not self._core.is_over(attempt):
                # What it forked for the preparation may live on: whose end no signal will tell.
                self._adopted.add(attempt)

    def take_in_reports(self, _now: float) -> None:
        """Runners have named the attempts whose state has changed."""
        reported: Set[str] = set()
        while True:
            try:
                reported.add(self._reports.recv(_LONGEST_NAME).decode("ascii", "replace"))
            except OSError:
                break
        for attempt in reported:
            self._look(attempt)

    def look_around(self, now: float) -> None:
        """Look at everybody who is adopted."""
        self.look_at = now + LOOK_EVERY
        for attempt in list(self._adopted):
            self._look(attempt)

    def _look(self, attempt: str) -> None:
        if self._core.is_over(attempt):
            self._adopted.discard(attempt)
            return
        state = state_of(self._layout, attempt)
        if state.phase == "preparing" and attempts.end_orphaned_preparation(self._layout, attempt):
            state = state_of(self._layout, attempt)
        clear_up(self._layout, attempt, state)
        self._core.runner_changed(attempt, state, time.time())
        self._changed(attempt)

"""The daemon's children: runners and removers. Which have ended, and which must be looked at."""

from __future__ import annotations

import os
import time
from typing import Collection, Dict, List, Optional, Set

from remote_agent import attempts
from remote_agent.housekeeping import remove_half_built, sweep_when_due
from remote_agent.inherited import close_inherited
from remote_agent.layout import Layout
from remote_agent.outputs import keeping
from remote_agent.records import RunnerState
from remote_agent.runner import run
from remote_agent.running_log import RunningLog

_REMOVERS_NICENESS = 10
_REMOVE_AFTER = 1.0
"""Seconds in which directories gather, so that one process removes many."""


def state_of(layout: Layout, attempt: str) -> RunnerState:
    """What the attempt's directory says, even if the task has closed the directory to us.

    `unreadable`, a phase that leads to nothing, when it says nothing at all.
    """
    try:
        return attempts.inspect(layout, attempt)
    except OSError:
        try:
            os.chmod(layout.attempt(attempt), 0o700)
            return attempts.inspect(layout, attempt)
        except OSError as error:
            return RunnerState("unreadable", {"reason": str(error)})


class Children:
    """Every process that this daemon has forked and not yet seen the end of.

    Runners of an earlier daemon, or of the build that executed this one, are not among them: they
    are adopted, which means looked at now and then.
    """

    def __init__(self, layout: Layout, boot: str) -> None:
        self._layout = layout
        self._boot = boot
        self._runners: Dict[int, str] = {}
        self._remover = 0
        self._doomed: List[str] = []
        self._is_untidy = keeping.has_doomed(layout)
        self._remove_at = 0.0

    def attempts(self) -> Collection[str]:
        """Those whose runner's end will be told by a signal."""
        return self._runners.values()

    def spawn(self, attempt: str, secrets: Dict[str, str]) -> None:
        """Fork the attempt's runner; it has the values of the attempt's secrets by that.

        Raises:
            OSError: the system makes no more processes.
        """
        pid = os.fork()
        if pid == 0:
            run(self._layout, attempt, self._boot, secrets)
        self._runners[pid] = attempt

    def remove(self, attempt: str, now: float) -> None:
        """Have the attempt's directory removed, beside everything else: it may take long."""
        self.tidy(now)
        self._doomed.append(attempt)

    def tidy(self, now: float) -> None:
        """Have the room given back that doomed output takes."""
        if not self._is_untidy:
            self._remove_at = now + _REMOVE_AFTER
        self._is_untidy = True

    @property
    def next_removal(self) -> Optional[float]:
        """When `proceed` should be called next; None: nothing waits for that."""
        return self._remove_at if self._is_untidy and not self._remover else None

    def reap(self) -> Set[str]:
        """The attempts whose runner has ended; the empty name stands for one unknown."""
        ended: Set[str] = set()
        while True:
            try:
                pid, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == 0:
                break
            if pid == self._remover:
                self._remover = 0
            else:
                ended.add(self._runners.pop(pid, ""))
        return ended

    def proceed(self, now: float) -> None:
        """Start a remover when its work has become worth a process and none is at it."""
        if not self._is_untidy or self._remover or now < self._remove_at:
            return
        try:
            pid = os.fork()
        except OSError:
            self._remove_at = now + _REMOVE_AFTER  # the system makes no more processes just now
            return
        if pid == 0:
            self._remove_all()
        self._remover = pid
        self._doomed = []
        self._is_untidy = False

    def _remove_all(self) -> None:
        try:
            close_inherited()
            os.nice(_REMOVERS_NICENESS)
            for attempt in self._doomed:
                attempts.remove(self._layout, attempt)
            keeping.remove_doomed(self._layout)
            remove_half_built(self._layout)
            log = RunningLog(self._layout.log)
            sweep_when_due(self._layout, self._boot, time.time(), log.say)
        finally:
            os._exit(0)

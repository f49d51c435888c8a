"""Carries out what the core has decided: the one place where attempts are made and ended."""

from __future__ import annotations

import time
from typing import Callable, Dict, Set

from remote_agent import attempts
from remote_agent.blobs import Shelf
from remote_agent.core import AgentCore
from remote_agent.layout import Layout
from remote_agent.records import (
    BecomeBuild,
    Create,
    Effect,
    End,
    Remove,
    RemoveEverything,
    Spawn,
)
from remote_agent.running_log import RunningLog
from remote_agent.supervision import Children


class Effects:
    """Acts on attempts at once; what concerns the whole daemon is left in `becoming` and `is_over`.

    Those two would not return, and what this turn has to tell must be written first.
    """

    def __init__(
        self,
        layout: Layout,
        core: AgentCore,
        shelf: Shelf,
        children: Children,
        log: RunningLog,
        clock: Callable[[], float],
    ) -> None:
        self.becoming = ""
        """The directory of the build that is to take over."""
        self.is_over = False
        """Everything is to be removed."""
        self._layout = layout
        self._core = core
        self._shelf = shelf
        self._children = children
        self._log = log
        self._clock = clock
        self._not_made: Set[str] = set()
        self._unheard: Dict[str, float] = {}

    def act(self, effect: Effect) -> None:
        """Carry one effect out. What goes wrong becomes the attempt's outcome."""
        if isinstance(effect, Create):
            self._create(effect)
        elif isinstance(effect, Spawn):
            self._spawn(effect.attempt)
        elif isinstance(effect, End):
            self._end(effect.attempt, effect.grace)
        elif isinstance(effect, Remove):
            self._children.remove(effect.attempt, time.monotonic())
            self._shelf.sweep(self._core.needed_blobs())
        elif isinstance(effect, BecomeBuild):
            self.becoming = effect.directory
        elif isinstance(effect, RemoveEverything):
            self.is_over = True

    @property
    def has_unheard(self) -> bool:
        """Whether `repeat` has something to do."""
        return bool(self._unheard)

    def repeat(self) -> None:
        """Ask those attempts again to end that could not be asked because the disk was full."""
        for attempt, grace in list(self._unheard.items()):
            del self._unheard[attempt]
            if not self._core.is_over(attempt):
                self._end(attempt, grace)

    def _create(self, effect: Create) -> None:
        try:
            attempts.create(self._layout, effect.attempt, effect.spec)
        except OSError as error:
            self._not_made.add(effect.attempt)
            self._failed(effect.attempt, "The attempt's directory cannot be made", error)

    def _spawn(self, attempt: str) -> None:
        if attempt in self._not_made:
            self._not_made.discard(attempt)
            return
        try:
            self._children.spawn(attempt, self._core.secrets_of(attempt))
        except OSError as error:
            self._failed(attempt, "The machine makes no more processes", error)

    def _end(self, attempt: str, grace: float) -> None:
        try:
            attempts.ask_to_end(self._layout, attempt, grace)
        except OSError as error:
            self._unheard[attempt] = grace
            self._log.say("#%s could not be asked to end: %s" % (attempt, error))

    def _failed(self, attempt: str, what: str, error: OSError) -> None:
        self._core.spawn_failed(attempt, "%s: %s." % (what, error.strerror or error), self._clock())

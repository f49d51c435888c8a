"""Makes the leases of one machine: at once where nothing is fetched, else in the background."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from clearq_tui.controller.desk import Desk
from clearq_tui.controller.leases.build import Built, build
from clearq_tui.controller.leases.order import Order
from clearq_tui.controller.leases.plain import plain_spec
from clearq_tui.fleet.link import Link
from clearq_tui.model import ClearqError, Machine, Step
from clearq_tui.operations.agent_events import LAPTOPS_STEP
from remote_agent.messages import Event, Welcome
from remote_agent.records import STARTED

log = logging.getLogger("clearq")
_WORTH_SAYING = 0.3
"""Seconds that fetching takes before it is shown."""
_AT_ONCE = 16

_threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="lease")
"""Of their own: a download of minutes must not keep anything else waiting for a thread."""


@dataclass(frozen=True, eq=False)
class _Making:
    """A lease that is being made."""

    order: Order
    task: asyncio.Task[None]


class LeaseMaker:
    """Belongs to the loop of one machine, and knows what that machine's cache has."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._facts: Mapping[str, object] = {}
        self._known_commits: dict[str, set[str]] = {}
        self._delivered: dict[str, tuple[tuple[str, str], ...]] = {}
        self._making: dict[str, _Making] = {}
        self._link: Link | None = None
        """The one that last asked for a lease; an older one takes none any more."""

    def welcomed(self, welcome: Welcome) -> None:
        """Another link: the agent has said what its machine is like."""
        self._facts = welcome.facts
        self._known_commits = {key: set(commits) for key, commits in welcome.commits.items()}

    def make(self, link: Link, machine: Machine, attempt: str) -> None:
        """Send the lease of the attempt, now or once all of it is here."""
        leased = self._desk.leased(attempt)
        if leased is None:
            return
        task, tried, worker = leased.task, leased.attempt, leased.worker
        known = {key: frozenset(commits) for key, commits in self._known_commits.items()}
        order = Order(task, tried, worker, machine, self._facts, known, self._desk.home)
        if order.is_plain:
            link.lease(attempt, plain_spec(order))
            return
        self._link = link
        if attempt in self._making:
            # A link that was cut meanwhile makes a new one that asks again.
            if order.gives_the_same_as(self._making[attempt].order):
                return
            self._making[attempt].task.cancel()
        making = _Making(order, asyncio.create_task(self._make(order)))
        self._making[attempt] = making
        making.task.add_done_callback(lambda _: self._forget(attempt, making))

    def keep_only(self, wanted: Collection[str]) -> None:
        """Give up what is made for other attempts than these, with all that fetches for it."""
        for attempt in self._making.keys() - wanted:
            self._making[attempt].task.cancel()

    def note(self, event: Event) -> None:
        """An attempt has started or ended: what that tells of the machine's cache."""
        for key, commit in self._delivered.pop(event.attempt, ()):
            if event.kind == STARTED:
                self._known_commits.setdefault(key, set()).add(commit)
            else:
                # It ended before it started: perhaps the cache lacks what we thought it had.
                self._known_commits.pop(key, None)

    async def _make(self, order: Order) -> None:
        name = order.attempt.name
        progress = _Progress(self._desk, name)
        try:
            built: Built = await asyncio.get_running_loop().run_in_executor(
                _threads, build, order.saying(progress.say)
            )
        except asyncio.CancelledError:
            order.stopped.set()  # the thread cannot be cancelled; what it waits for can be ended
            progress.cease()
            raise
        except (ClearqError, OSError) as error:
            progress.end(failed=True)
            self._desk.refuse(name, str(error))
            return
        except Exception as error:  # a fault of ours must not leave the task waiting for ever
            log.exception("the lease of #%s could not be made", name)
            progress.end(failed=True)
            self._desk.refuse(name, f"The lease could not be made, by a fault in clearq: {error!r}")
            return
        progress.end(failed=False)
        if built.plan is not None:
            self._desk.keep_plan(order.task.id, built.plan)
        self._desk.note_blobs(built.spec["blobs"])
        # Once the attempt has started, the machine's cache has these, and the next bundle is small.
        self._delivered[name] = built.delivered
        assert self._link is not None
        self._link.lease(name, built.spec)

    def _forget(self, attempt: str, made: _Making) -> None:
        if self._making.get(attempt) is made:
            del self._making[attempt]


class _Progress:
    """Shows what is being fetched as a step of the attempt; said in a thread, shown in the loop."""

    def __init__(self, desk: Desk, attempt: str) -> None:
        self._desk = desk
        self._attempt = attempt
        self._loop = asyncio.get_running_loop()
        self._began = time.monotonic()
        self._text = ""
        self._timer: asyncio.TimerHandle | None = None
        self._is_shown = self._is_over = False

    def say(self, text: str) -> None:
        """Called from the thread that fetches."""
        self._loop.call_soon_threadsafe(self._heard, text)

    def cease(self) -> None:
        """Nobody wants to know any more."""
        self._is_over = True
        if self._timer is not None:
            self._timer.cancel()

    def end(self, *, failed: bool) -> None:
        """All is here, or nothing will be."""
        self.cease()
        if self._is_shown or failed:
            seconds = round(time.monotonic() - self._began, 4)
            self._desk.show_step(self._attempt, Step(LAPTOPS_STEP, seconds, failed))

    def _heard(self, text: str) -> None:
        self._text = text
        if self._timer is None and not self._is_over:
            self._timer = self._loop.call_later(_WORTH_SAYING, self._show)

    def _show(self) -> None:
        self._timer, self._is_shown = None, True
        self._desk.show_step(self._attempt, Step(f"{LAPTOPS_STEP}: {self._text}"))

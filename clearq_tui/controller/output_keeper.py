"""Carries out, for one machine, what its session decides about outputs. Disks are for a thread."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple

from clearq_tui.controller.output_desk import OutputDesk
from clearq_tui.controller.output_parts import Part
from clearq_tui.fleet.link import Link
from clearq_tui.fleet.output_effects import (
    ClosePart,
    CompletePart,
    OpenPart,
    OutputEffect,
    TakeChange,
    TakeDiscarded,
    TakeFailure,
    TakeListing,
    WantedFile,
    WritePart,
)
from clearq_tui.fleet.output_session import OutputSession
from clearq_tui.paths import Home

TELL_EVERY: Final = 0.1
"""Seconds between two words about how far a file has come."""

_PartEffect = OpenPart | WritePart | CompletePart | ClosePart


class _Job(NamedTuple):
    link: Link
    effect: _PartEffect


class _Done(NamedTuple):
    """What became of a job."""

    job: _Job
    say: Callable[[OutputSession], None] | None
    """To the session, of the link for which it was done."""
    whole: str = ""
    """The hash of the file, when it is whole now."""
    size: int | None = None
    """How much of it is here now."""


class OutputKeeper:
    """Jobs are done in their order, one thread at a time, also across links."""

    def __init__(self, home: Home, machine: int, desk: OutputDesk) -> None:
        self._home = home
        self._machine = machine
        self._desk = desk
        self._parts: dict[WantedFile, Part] = {}
        self._jobs: deque[_Job] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._told_at = 0.0
        self._link: Link | None = None
        """The present one; what was done for an earlier one is told to nobody."""

    def act(self, link: Link, effect: OutputEffect) -> None:
        """Do what the session of `link` wants; returns at once."""
        self._link = link
        if isinstance(effect, (OpenPart, WritePart, CompletePart, ClosePart)):
            self._jobs.append(_Job(link, effect))
            if self._worker is None:
                self._worker = asyncio.create_task(self._work())
        elif isinstance(effect, TakeListing):
            self._desk.take_listing(self._machine, *effect)
        elif isinstance(effect, TakeChange):
            self._desk.take_change(self._machine, *effect)
        elif isinstance(effect, TakeFailure):
            self._desk.take_failure(self._machine, *effect)
        elif isinstance(effect, TakeDiscarded):
            self._desk.take_discarded(self._machine, effect.attempt)

    def link_ended(self) -> None:
        """Nothing more comes for the parts that are open; what is here of them stays."""
        self._link = None
        self._jobs.clear()
        if self._worker is None:
            self._close_all()

    async def _work(self) -> None:
        try:
            while self._jobs:
                jobs = list(self._jobs)
                self._jobs.clear()
                for done in await asyncio.to_thread(lambda: [self._do(job) for job in jobs]):  # noqa: B023
                    self._conclude(done)
        finally:
            self._worker = None
            if self._link is None:
                self._close_all()

    def _conclude(self, done: _Done) -> None:
        file = done.job.effect.file
        if done.whole:
            self._desk.take_whole(self._machine, file, done.whole)
        elif done.size is not None:
            self._tell(file, done.size)
        if done.say is not None and done.job.link is self._link:
            done.job.link.about_outputs(done.say)

    def _tell(self, file: WantedFile, size: int) -> None:
        now = time.monotonic()
        if now - self._told_at >= TELL_EVERY:
            self._told_at = now
            self._desk.tell_progress(file, size)

    # In the thread

    def _do(self, job: _Job) -> _Done:
        effect = job.effect
        file = effect.file
        try:
            if isinstance(effect, OpenPart):
                return self._open(job, file)
            if isinstance(effect, ClosePart):
                self._close(file)
            elif file in self._parts and isinstance(effect, WritePart):
                return self._write(job, effect)
            elif file in self._parts and isinstance(effect, CompletePart):
                return self._complete(job, effect)
        except OSError as error:
            self._close(file)
            reason = f"It cannot be kept on the laptop: {error.strerror or error}."
            return _Done(job, lambda session: session.failed(file, reason))
        return _Done(job, None)

    def _open(self, job: _Job, file: WantedFile) -> _Done:
        self._close(file)
        part = self._parts[file] = Part(self._home, file)
        size = part.size
        return _Done(job, lambda session: session.opened(file, size))

    def _write(self, job: _Job, effect: WritePart) -> _Done:
        part = self._parts[effect.file]
        part.append(effect.data)
        count = len(effect.data)
        return _Done(job, lambda session: session.written(effect.file, count), size=part.size)

    def _complete(self, job: _Job, effect: CompletePart) -> _Done:
        is_right = self._parts.pop(effect.file).complete(effect.sha256)
        whole = effect.sha256 if is_right else ""
        return _Done(job, lambda session: session.completed(effect.file, is_right=is_right), whole)

    def _close(self, file: WantedFile) -> None:
        part = self._parts.pop(file, None)
        if part is not None:
            part.close()

    def _close_all(self) -> None:
        for file in list(self._parts):
            self._close(file)

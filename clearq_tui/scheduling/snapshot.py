"""What scheduling knows of the cluster at one moment, and what it makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from clearq_tui.model import Policy


@dataclass(frozen=True)
class Seat:
    """A worker as scheduling sees it."""

    worker: int
    machine: int
    free: int
    """Slots that hold no attempt; below zero where the operator took slots away."""
    online: bool
    draining: bool
    policy: Policy
    queues: tuple[int, ...]
    """Ids of the queues it serves, first served first."""
    turn: int = 0
    """Which of `queues`, counted from 0, has the next turn in a round robin."""


@dataclass(frozen=True)
class Held:
    """An attempt that is leased and has not begun, as far as the laptop knows."""

    task: int
    attempt: int
    worker: int
    queue: int | None


@dataclass(frozen=True)
class Snapshot:
    """The cluster at one moment."""

    seats: tuple[Seat, ...]
    waiting: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    """By queue the tasks at its head, first one first: at least as many as could be leased now."""
    paused: frozenset[int] = frozenset()
    """Queues that give no tasks."""
    held: tuple[Held, ...] = ()
    """Leased attempts that nobody has asked to come back or end."""


@dataclass(frozen=True)
class Lease:
    """Give the task's next attempt to the worker."""

    task: int
    worker: int


@dataclass(frozen=True)
class Recall:
    """Take the attempt back if it has not begun."""

    task: int
    attempt: int


@dataclass(frozen=True)
class Plan:
    """What to do next."""

    leases: tuple[Lease, ...] = ()
    """In the order in which they are to be granted: round robins move on with each."""
    recalls: tuple[Recall, ...] = ()

"""Why a queued task waits, as a sentence. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from clearq_tui.model import LinkState, Queue
from clearq_tui.store.workers import WorkerRow


def why_it_waits(queue: Queue, place: int, workers: Sequence[WorkerRow]) -> str:
    """The first thing in the way of a task at `place` (1 is the top) of the queue.

    `workers` are all there are; those that serve the queue count.
    """
    serving = [row for row in workers if queue.name in row.queues]
    if queue.paused:
        return f"Queue {queue.name} is paused; P in the Queues view resumes it."
    if not serving:
        return f"No worker serves queue {queue.name}."
    taking = [row for row in serving if not row.worker.draining]
    if not taking:
        return f"{_named(serving)} {_is(serving)} draining and {_take(serving)} nothing new."
    online = [row for row in taking if row.link is LinkState.ONLINE]
    if not online:
        first = taking[0]
        why = f": {first.link_reason}" if first.link_reason else ""
        if len(taking) == 1:
            return f"{first.worker.name} is {first.link.value}{why}"
        return f"None of {_named(taking)} is online; {first.worker.name} is {first.link.value}{why}"
    ahead = "Next in line" if place == 1 else f"{place - 1:,} ahead of it in {queue.name}"
    free = sum(max(0, row.worker.slots - len(row.tasks)) for row in online)
    if free:
        return f"{ahead}; {_named(online)} {_has(online)} a free slot."
    return f"{ahead}; {_named(online)} {_is(online)} busy."


def _named(rows: Sequence[WorkerRow]) -> str:
    names = [row.worker.name for row in rows]
    if len(names) > 3:
        return f"{len(names)} workers"
    return ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1]


def _is(rows: Sequence[WorkerRow]) -> str:
    return "is" if len(rows) == 1 else "are"


def _has(rows: Sequence[WorkerRow]) -> str:
    return "has" if len(rows) == 1 else "have"


def _take(rows: Sequence[WorkerRow]) -> str:
    return "takes" if len(rows) == 1 else "take"

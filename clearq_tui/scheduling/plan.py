"""Who gets which task: strict priority and round robin, exactly."""

from __future__ import annotations

import heapq
from collections.abc import Mapping

from clearq_tui.model import Policy
from clearq_tui.scheduling.snapshot import Lease, Plan, Recall, Seat, Snapshot


def plan(snapshot: Snapshot) -> Plan:
    """Fill the free slots from the queues.

    Tasks are granted one at a time. Each time the worker with the most free slots chooses (of
    equals the one with the lowest id), so load spreads over machines:

    - strict: the first task of the first of its queues that has one;
    - round robin: the first task of the first of its queues from its turn on that has one; the
      turn then is that of the queue behind.

    A queue's tasks leave it in its order. Offline and draining workers and paused queues take no
    part; leased attempts of draining workers and of paused queues are recalled.
    """
    heads = {
        queue: iter(tasks)
        for queue, tasks in snapshot.waiting.items()
        if queue not in snapshot.paused
    }
    waiting = {
        queue: head for queue, tasks in heads.items() if (head := next(tasks, None)) is not None
    }
    takers = {seat.worker: seat for seat in snapshot.seats if takes_tasks(seat)}
    turns = {worker: seat.turn for worker, seat in takers.items()}
    order = [(-seat.free, worker) for worker, seat in takers.items()]
    heapq.heapify(order)
    leases: list[Lease] = []
    while order and waiting:
        busy, worker = heapq.heappop(order)
        place = _choose(takers[worker], turns[worker], waiting)
        if place is None:
            continue  # its queues are empty and will not fill again in this plan
        queue = takers[worker].queues[place]
        leases.append(Lease(waiting.pop(queue), worker))
        if (following := next(heads[queue], None)) is not None:
            waiting[queue] = following
        turns[worker] = turn_after(takers[worker].queues, place)
        if busy + 1 < 0:
            heapq.heappush(order, (busy + 1, worker))
    return Plan(tuple(leases), _recalls(snapshot))


def takes_tasks(seat: Seat) -> bool:
    """Whether the worker may get a task now."""
    return seat.online and not seat.draining and seat.free > 0 and bool(seat.queues)


def turn_after(queues: tuple[int, ...], place: int) -> int:
    """Whose turn it is in a round robin once the queue at `place` has given a task."""
    return (place + 1) % len(queues)


def _choose(seat: Seat, turn: int, waiting: Mapping[int, int]) -> int | None:
    """The place, among its queues, of the one the worker takes from next."""
    first = turn if seat.policy is Policy.ROUND_ROBIN else 0
    for step in range(len(seat.queues)):
        place = (first + step) % len(seat.queues)
        if seat.queues[place] in waiting:
            return place
    return None


def _recalls(snapshot: Snapshot) -> tuple[Recall, ...]:
    draining = {seat.worker for seat in snapshot.seats if seat.draining}
    return tuple(
        Recall(held.task, held.attempt)
        for held in snapshot.held
        if held.worker in draining or held.queue in snapshot.paused
    )

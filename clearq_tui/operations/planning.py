"""The store as scheduling sees it: as much of each queue as the free slots could need."""

from __future__ import annotations

from collections.abc import Collection

from clearq_tui.scheduling import Held, Seat, Snapshot
from clearq_tui.store import Store, attempts, queues, tasks, workers


def read_snapshot(store: Store, online: Collection[int]) -> Snapshot:
    """Workers, their free slots and the heads of their queues; `online`: ids of linked machines.

    Costs O(workers + slots): a queue is read as deep as the free slots of those who serve it.
    """
    with store.reading():
        busy = attempts.busy_slots(store)
        turns = workers.turns(store)
        paused = {queue.id for queue in queues.all_queues(store) if queue.paused}
        seats = tuple(
            Seat(
                worker=worker.id,
                machine=worker.machine,
                free=worker.slots - busy.get(worker.id, 0),
                online=worker.machine in online,
                draining=worker.draining,
                policy=worker.policy,
                queues=worker.queues,
                turn=turns.get(worker.id, 0),
            )
            for worker in workers.all_workers(store)
        )
        demand: dict[int, int] = {}
        for seat in seats:
            if seat.online and not seat.draining and seat.free > 0:
                for queue in seat.queues:
                    demand[queue] = demand.get(queue, 0) + seat.free
        waiting = {
            queue: tuple(tasks.waiting(store, queue, slots))
            for queue, slots in demand.items()
            if queue not in paused
        }
        held = tuple(Held(*row) for row in attempts.held(store))
        return Snapshot(seats, waiting, frozenset(paused), held)

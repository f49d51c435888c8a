"""All that is known of one task, read from the store at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clearq_tui.model import Attempt, Event, Task, TaskState, Wish
from clearq_tui.store import Store, attempts, events, queues, tasks, workers
from clearq_tui.store.tasks import TaskFilter, TaskRow, TaskSort
from clearq_tui.ui.waiting_reason import why_it_waits


@dataclass(frozen=True)
class TaskDetails:
    """A task, its attempts and its history."""

    row: TaskRow
    attempts: tuple[Attempt, ...]
    """The latest one first."""
    events: tuple[Event, ...]
    """The newest first."""
    worker_names: Mapping[int, str]
    """By the ids that attempts and events mention."""
    queue_names: Mapping[int, str]
    place: int = 0
    """Where in its queue it waits, 1 being the top; 0 where it does not wait."""
    waits: str = ""
    """Why it waits."""

    @property
    def task(self) -> Task:
        """The task itself."""
        return self.row.task

    @property
    def ending(self) -> bool:
        """The operator asked for its end, and its machine has not done it yet."""
        return any(
            one.state.is_open and one.wish in (Wish.ABORT, Wish.KILL) for one in self.attempts[:1]
        )


def read_details(store: Store, number: int) -> TaskDetails | None:
    """The task with everything; None where there is no such task (any more)."""
    with store.reading():
        rows = tasks.rows_of(store, [number])
        if not rows:
            return None
        tries = attempts.of_task(store, number)
        history = events.of_task(store, number)
        place, waits = _waiting(store, rows[0].task)
        seats = {one.worker for one in tries} | {one.worker for one in history if one.worker}
        lists = {one.queue for one in history if one.queue}
        return TaskDetails(
            row=rows[0],
            attempts=tuple(reversed(tries)),
            events=tuple(history),
            worker_names={
                seat: found.name for seat in seats if (found := workers.by_id(store, seat))
            },
            queue_names={
                queue: known.name for queue in lists if (known := queues.by_id(store, queue))
            },
            place=place,
            waits=waits,
        )


def _waiting(store: Store, task: Task) -> tuple[int, str]:
    if task.state is not TaskState.QUEUED or task.queue is None:
        return 0, ""
    queue = queues.by_id(store, task.queue)
    if queue is None:
        return 0, ""
    waiting = TaskFilter(states=frozenset({TaskState.QUEUED}), queue=queue.id)
    before = tasks.position(store, waiting, task.id, TaskSort.QUEUE, descending=False)
    place = 0 if before is None else before + 1
    return place, why_it_waits(queue, place, workers.rows(store))

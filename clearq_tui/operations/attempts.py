"""What the controller writes of attempts: leases granted, recalled, and how far their logs are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from clearq_tui.environment_plan import EnvironmentPlan
from clearq_tui.model import (
    Attempt,
    AttemptState,
    Policy,
    Step,
    TaskState,
    Wish,
    Worker,
)
from clearq_tui.operations import transitions
from clearq_tui.operations.agent_events import apply_events, journal_replaced
from clearq_tui.operations.links import raise_epoch, remember_agent, set_host_key, set_link
from clearq_tui.store import Store, attempts, events, tasks, workers

__all__ = [
    "apply_events",
    "journal_replaced",
    "keep_plan",
    "lease",
    "log_progress",
    "raise_epoch",
    "recall",
    "refuse",
    "remember_agent",
    "say_why",
    "set_host_key",
    "set_link",
    "show_step",
]


def show_step(store: Store, task: int, number: int, step: Step) -> None:
    """What is done for the attempt on the laptop, before its machine hears of it."""
    with store.transaction():
        attempts.set_steps(store, task, number, [step])


def keep_plan(store: Store, task: int, plan: EnvironmentPlan) -> None:
    """Write what was found out about the task's environment into the task: a lock, for one.

    It asks for the same as before, only more precisely, so that a clone gets the same.
    """
    with store.transaction(quiet=True):
        tasks.set_plan(store, task, plan)


def lease(
    store: Store,
    assignments: Iterable[tuple[int, int]],
    *,
    who: str = "controller",
    now: float,
) -> list[Attempt]:
    """Grant each (task, worker) the task's next attempt, all in one transaction, in this order.

    What has changed since the plan was made is left out: a task that no longer waits in a queue
    that the worker serves, a worker that is draining, gone or has no slot left.
    """
    granted: list[Attempt] = []
    with store.transaction():
        busy = attempts.busy_slots(store)
        known: dict[int, Worker | None] = {}
        for task, worker in assignments:
            if worker not in known:
                known[worker] = workers.living(store, worker)
            seat = known[worker]
            if seat is None or seat.draining or busy.get(worker, 0) >= seat.slots:
                continue
            present = tasks.standing(store, task)
            if present is None or present.state is not TaskState.QUEUED:
                continue
            if present.queue not in seat.queues or present.paused:
                continue
            granted.append(_grant(store, present, seat, who, now))
            busy[worker] = busy.get(worker, 0) + 1
    return granted


def _grant(store: Store, present: tasks.Standing, seat: Worker, who: str, now: float) -> Attempt:
    attempt = Attempt(
        task=present.task,
        number=present.attempt + 1,
        worker=seat.id,
        machine=seat.machine,
        state=AttemptState.LEASED,
        wish=Wish.RUN,
        leased_at=now,
    )
    attempts.add(store, attempt)
    tasks.set_leased(store, attempt.task, seat.id, seat.machine, attempt.number, now)
    transitions.record(
        store,
        attempt.task,
        present.state,
        TaskState.LEASED,
        at=now,
        who=who,
        attempt=attempt.number,
        machine=seat.machine,
        worker=seat.id,
        queue=present.queue,
    )
    if seat.policy is Policy.ROUND_ROBIN and present.queue is not None:
        place = seat.queues.index(present.queue)
        workers.set_turn(store, seat.id, (place + 1) % len(seat.queues))
    return attempt


def recall(
    store: Store,
    wanted: Iterable[tuple[int, int]],
    *,
    who: str = "controller",
    now: float,
) -> list[Attempt]:
    """Ask for leased (task, attempt number) back that have not begun; those now to be recalled."""
    recalled: list[Attempt] = []
    with store.transaction():
        for task, number in wanted:
            attempt = attempts.get(store, task, number)
            if (
                attempt is None
                or attempt.state is not AttemptState.LEASED
                or attempt.wish is not Wish.RUN
            ):
                continue
            attempts.set_wish(store, task, number, Wish.RECALL)
            events.add(
                store,
                now,
                who,
                "asked back",
                task=task,
                attempt=number,
                machine=attempt.machine,
                worker=attempt.worker,
                after=Wish.RECALL.value,
            )
            recalled.append(attempt)
    return recalled


def log_progress(
    store: Store, arrived: Sequence[tuple[int, int, int]], *, whole: bool = False
) -> None:
    """(task, attempt number, bytes) of each log that grew here; `whole`: that is all of it.

    Bytes alone move no change counter; followers of a log hear of them from the live feed.
    """
    with store.transaction(quiet=not whole):
        for task, number, size in arrived:
            attempts.set_log(store, task, number, size, whole)


def say_why(store: Store, task: int, number: int, reason: str) -> bool:
    """Why the task's latest attempt, which its machine has, does not begin; whether that is news.

    The empty reason takes an earlier one back.
    """
    present = tasks.get(store, task)
    if present is None or present.attempt != number or not present.state.is_active:
        return False
    if present.reason == reason:
        return False
    with store.transaction():
        tasks.set_reason(store, task, reason)
    return True


def refuse(store: Store, task: int, number: int, reason: str, *, now: float) -> None:
    """The leased attempt cannot even be sent: it fails, and its machine never hears of it."""
    with store.transaction():
        attempt = attempts.get(store, task, number)
        if attempt is None or attempt.state is not AttemptState.LEASED:
            return
        attempts.set_ended(store, task, number, AttemptState.FAILED, now, reason=reason)
        attempts.set_released(store, task, number)
        transitions.end(
            store,
            task,
            TaskState.LEASED,
            TaskState.FAILED,
            at=now,
            who="controller",
            why=reason,
            attempt=number,
            machine=attempt.machine,
        )

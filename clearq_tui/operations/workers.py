"""What an operator can do with workers: add, drain, resize, choose queues, remove."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clearq_tui.environment_plan import NO_PLAN, EnvironmentPlan
from clearq_tui.model import Policy, Refused
from clearq_tui.operations import finding
from clearq_tui.operations.plans import check_plan
from clearq_tui.store import Store, attempts, events, workers

MOST_SLOTS = 1000


@dataclass(frozen=True)
class NewWorker:
    """A seat to add."""

    name: str = ""
    slots: int = 1
    """How many attempts it holds at once."""
    queues: tuple[str, ...] = ()
    """Names of the queues it serves, first served first; empty: the default queue."""
    policy: Policy = Policy.STRICT
    plan: EnvironmentPlan = NO_PLAN


DEFAULT_WORKER = NewWorker()


def add_worker(
    store: Store,
    name: str,
    machine: str,
    slots: int = 1,
    queues: Sequence[str] = (),
    policy: Policy = Policy.STRICT,
    plan: EnvironmentPlan = NO_PLAN,
    *,
    who: str = "operator",
    now: float,
) -> int:
    """A new worker on the machine; its id.

    Raises:
        NotFound: there is no such machine or queue.
        Refused: the name is taken or impossible, the number of slots impossible.
    """
    with store.transaction():
        on = finding.machine(store, machine)
        if on.removing:
            raise Refused(f"{machine} is being removed; it gets no new workers.")
        new = NewWorker(name, slots, tuple(queues), policy, plan)
        return add_new_worker(store, new, on.id, who=who, now=now)


def add_new_worker(store: Store, new: NewWorker, machine: int, *, who: str, now: float) -> int:
    """Add the worker inside the transaction that is open; its id. Raises as `add_worker`."""
    finding.check_name("worker", new.name, workers.names(store))
    _check_slots(new.slots)
    check_plan(new.plan)
    served = _queue_ids(store, new.queues) or [finding.queue(store, None).id]
    worker = workers.add(store, new.name, machine, new.slots, new.policy)
    workers.set_queues(store, worker, served, turn=0)
    workers.set_plan(store, worker, new.plan)
    events.add(store, now, who, "added", machine=machine, worker=worker, after=new.name)
    return worker


def remove_worker(store: Store, name: str, *, who: str = "operator", now: float) -> None:
    """Take the worker out; its past attempts still name it.

    Raises:
        NotFound: there is no such worker.
        Refused: attempts are in its slots.
    """
    with store.transaction():
        worker = finding.worker(store, name)
        held = attempts.open_of_worker(store, worker.id)
        if held:
            names = ", ".join(f"#{attempt.name}" for attempt in held[:5])
            raise Refused(
                f"{name} still holds {names}{' …' if len(held) > 5 else ''}; drain it and wait, or "
                "abort them first."
            )
        workers.set_gone(store, worker.id)
        events.add(
            store, now, who, "removed", machine=worker.machine, worker=worker.id, before=name
        )


def rename_worker(
    store: Store, name: str, new_name: str, *, who: str = "operator", now: float
) -> None:
    """Give the worker another name.

    Raises:
        NotFound: there is no such worker.
        Refused: the new name is taken or impossible.
    """
    with store.transaction():
        worker = finding.worker(store, name)
        finding.check_name("worker", new_name, workers.names(store))
        workers.rename(store, worker.id, new_name)
        events.add(store, now, who, "renamed", worker=worker.id, before=name, after=new_name)


def set_slots(store: Store, name: str, slots: int, *, who: str = "operator", now: float) -> None:
    """How many attempts the worker holds at once; those above it run to their end.

    Raises:
        NotFound: there is no such worker.
        Refused: the number is impossible.
    """
    _check_slots(slots)
    with store.transaction():
        worker = finding.worker(store, name)
        workers.set_slots(store, worker.id, slots)
        events.add(
            store,
            now,
            who,
            "slots",
            worker=worker.id,
            before=str(worker.slots),
            after=str(slots),
        )


def set_queues(
    store: Store,
    name: str,
    queues: Sequence[str],
    policy: Policy | None = None,
    *,
    who: str = "operator",
    now: float,
) -> None:
    """Serve these queues, first served first; a round robin goes on where its turn was.

    Raises:
        NotFound: there is no such worker or queue.
    """
    with store.transaction():
        worker = finding.worker(store, name)
        served = _queue_ids(store, queues)
        workers.set_queues(
            store, worker.id, served, turn=turn_after_change(store, worker.id, served)
        )
        if policy is not None:
            workers.set_policy(store, worker.id, policy)
        events.add(store, now, who, "queues", worker=worker.id, after=", ".join(queues))


def set_plan(
    store: Store, name: str, plan: EnvironmentPlan, *, who: str = "operator", now: float
) -> None:
    """How the environment of the worker's tasks is set up from now on.

    Raises:
        NotFound: there is no such worker.
        Refused: no machine could carry the plan out.
    """
    check_plan(plan)
    with store.transaction():
        worker = finding.worker(store, name)
        workers.set_plan(store, worker.id, plan)
        events.add(store, now, who, "environment", worker=worker.id, after=plan.mode or "host")


def turn_after_change(store: Store, worker: int, served: Sequence[int]) -> int:
    """Where a round robin goes on when the worker's queues become `served`.

    With the queue whose turn it is, or where that one goes, with the first one after it that stays.
    """
    present = workers.queues_of(store, worker)
    turn = workers.turn(store, worker)
    for queue in (*present[turn:], *present[:turn]):
        if queue in served:
            return list(served).index(queue)
    return 0


def drain(store: Store, name: str, *, who: str = "operator", now: float) -> None:
    """The worker takes no new tasks; what has not started goes back to its queue.

    Raises:
        NotFound: there is no such worker.
    """
    _set_draining(store, name, True, who, now)


def undrain(store: Store, name: str, *, who: str = "operator", now: float) -> None:
    """The worker takes tasks again.

    Raises:
        NotFound: there is no such worker.
    """
    _set_draining(store, name, False, who, now)


def _set_draining(store: Store, name: str, draining: bool, who: str, now: float) -> None:
    with store.transaction():
        worker = finding.worker(store, name)
        if worker.draining is draining:
            return
        workers.set_draining(store, worker.id, draining)
        what = "drained" if draining else "undrained"
        events.add(store, now, who, what, machine=worker.machine, worker=worker.id)


def _queue_ids(store: Store, names: Sequence[str]) -> list[int]:
    return [finding.queue(store, name).id for name in dict.fromkeys(names)]


def _check_slots(slots: int) -> None:
    if not 0 <= slots <= MOST_SLOTS:
        raise Refused(f"{slots} is no number of slots; expected 0 to {MOST_SLOTS}.")

"""Workers in the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clearq_tui.environment_plan import EnvironmentPlan, plan_from_json
from clearq_tui.model import LinkState, Policy, Worker
from clearq_tui.store.encoding import OPEN_ATTEMPTS
from clearq_tui.store.store import Row, Store

_COLUMNS = "w.id, w.name, w.machine, w.slots, w.policy, w.draining, w.plan"


@dataclass(frozen=True)
class WorkerRow:
    """All that a line of the list of workers shows, but for live samples."""

    worker: Worker
    machine_name: str
    link: LinkState
    link_reason: str
    link_since: float | None
    tasks: tuple[tuple[int, str], ...]
    """Id and name of each task that an open attempt of the worker runs, oldest lease first."""
    queues: tuple[str, ...]
    """Names of the queues it serves, first served first."""


def _worker(row: Row, queues: tuple[int, ...]) -> Worker:
    return Worker(
        id=row[0],
        name=row[1],
        machine=row[2],
        slots=row[3],
        policy=Policy(row[4]),
        draining=bool(row[5]),
        queues=queues,
        plan=plan_from_json(row[6]),
    )


def rows(store: Store) -> list[WorkerRow]:
    """All workers by name, with what they do now."""
    with store.reading():
        served: dict[int, list[tuple[int, str]]] = {}
        for worker, queue, name in store.rows(
            "SELECT s.worker, s.queue, q.name FROM worker_queues s JOIN queues q ON q.id = s.queue "
            "ORDER BY s.worker, s.position"
        ):
            served.setdefault(worker, []).append((queue, name))
        busy: dict[int, list[tuple[int, str]]] = {}
        for worker, task, name in store.rows(
            f"SELECT a.worker, a.task, t.name FROM attempts a "
            "INDEXED BY open_attempts_of_worker JOIN tasks t ON t.id = a.task "
            f"WHERE a.{OPEN_ATTEMPTS} ORDER BY a.leased_at, a.task"
        ):
            busy.setdefault(worker, []).append((task, name))
        return [
            WorkerRow(
                worker=_worker(row, tuple(queue for queue, _ in served.get(row[0], ()))),
                machine_name=row[7],
                link=LinkState(row[8]),
                link_reason=row[9],
                link_since=row[10],
                tasks=tuple(busy.get(row[0], ())),
                queues=tuple(name for _, name in served.get(row[0], ())),
            )
            for row in store.rows(
                f"SELECT {_COLUMNS}, m.name, m.link, m.link_reason, m.link_since "
                "FROM workers w JOIN machines m ON m.id = w.machine WHERE NOT w.gone "
                "ORDER BY w.name"
            )
        ]


def all_workers(store: Store) -> list[Worker]:
    """All workers by id."""
    served: dict[int, list[int]] = {}
    for worker, queue in store.rows(
        "SELECT worker, queue FROM worker_queues ORDER BY worker, position"
    ):
        served.setdefault(worker, []).append(queue)
    found = store.rows(f"SELECT {_COLUMNS} FROM workers w WHERE NOT w.gone ORDER BY w.id")
    return [_worker(row, tuple(served.get(row[0], ()))) for row in found]


def by_name(store: Store, name: str) -> Worker | None:
    """The worker with this name."""
    row = store.row(
        f"SELECT {_COLUMNS} FROM workers w WHERE w.name = ? AND NOT w.gone",
        (name,),
    )
    return _worker(row, queues_of(store, row[0])) if row else None


def by_id(store: Store, worker: int) -> Worker | None:
    """The worker with this id, also one that is gone (history names it)."""
    row = store.row(f"SELECT {_COLUMNS} FROM workers w WHERE w.id = ?", (worker,))
    return _worker(row, queues_of(store, worker)) if row else None


def living(store: Store, worker: int) -> Worker | None:
    """The worker with this id unless it is gone."""
    row = store.row(f"SELECT {_COLUMNS} FROM workers w WHERE w.id = ? AND NOT w.gone", (worker,))
    return _worker(row, queues_of(store, worker)) if row else None


def of_machine(store: Store, machine: int) -> list[Worker]:
    """The machine's workers by name."""
    found = store.rows(
        f"SELECT {_COLUMNS} FROM workers w WHERE w.machine = ? AND NOT w.gone ORDER BY w.name",
        (machine,),
    )
    return [_worker(row, queues_of(store, row[0])) for row in found]


def queues_of(store: Store, worker: int) -> tuple[int, ...]:
    """Ids of the queues the worker serves, first served first."""
    sql = "SELECT queue FROM worker_queues WHERE worker = ? ORDER BY position"
    return tuple(queue for (queue,) in store.rows(sql, (worker,)))


def names(store: Store) -> list[str]:
    """The names of all workers, sorted."""
    return [name for (name,) in store.rows("SELECT name FROM workers WHERE NOT gone ORDER BY 1")]


def add(store: Store, name: str, machine: int, slots: int, policy: Policy) -> int:
    """A new worker's id; it serves no queue yet."""
    return store.insert(
        "INSERT INTO workers (name, machine, slots, policy) VALUES (?, ?, ?, ?)",
        (name, machine, slots, policy.value),
    )


def set_queues(store: Store, worker: int, queues: Sequence[int], turn: int) -> None:
    """Serve these queues, first served first, the next turn being that of `queues[turn]`."""
    store.change("DELETE FROM worker_queues WHERE worker = ?", (worker,))
    store.change_many(
        "INSERT INTO worker_queues (worker, position, queue) VALUES (?, ?, ?)",
        [(worker, position, queue) for position, queue in enumerate(queues)],
    )
    set_turn(store, worker, turn)


def turn(store: Store, worker: int) -> int:
    """Which of the worker's queues, counted from 0, has the next turn in a round robin."""
    return int(store.value("SELECT turn FROM workers WHERE id = ?", (worker,)))


def turns(store: Store) -> dict[int, int]:
    """The turn of each worker."""
    return dict(store.rows("SELECT id, turn FROM workers WHERE NOT gone"))


def set_turn(store: Store, worker: int, turn: int) -> None:
    """Which of the worker's queues has the next turn."""
    store.change("UPDATE workers SET turn = ? WHERE id = ?", (turn, worker))


def set_slots(store: Store, worker: int, slots: int) -> None:
    """How many attempts the worker holds at once."""
    store.change("UPDATE workers SET slots = ? WHERE id = ?", (slots, worker))


def set_policy(store: Store, worker: int, policy: Policy) -> None:
    """In which order the worker takes from its queues."""
    store.change("UPDATE workers SET policy = ? WHERE id = ?", (policy.value, worker))


def set_plan(store: Store, worker: int, plan: EnvironmentPlan) -> None:
    """How the environment of the worker's tasks is set up."""
    store.change("UPDATE workers SET plan = ? WHERE id = ?", (plan.to_json(), worker))


def set_draining(store: Store, worker: int, draining: bool) -> None:
    """Whether the worker takes no new tasks."""
    store.change("UPDATE workers SET draining = ? WHERE id = ?", (draining, worker))


def rename(store: Store, worker: int, name: str) -> None:
    """Give the worker another name."""
    store.change("UPDATE workers SET name = ? WHERE id = ?", (name, worker))


def set_gone(store: Store, worker: int) -> None:
    """Take the worker out of all lists; its row stays for history."""
    store.change("DELETE FROM worker_queues WHERE worker = ?", (worker,))
    store.change("UPDATE workers SET gone = 1 WHERE id = ?", (worker,))

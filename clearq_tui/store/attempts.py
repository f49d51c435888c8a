"""Attempts in the store."""

from __future__ import annotations

from collections.abc import Sequence

from clearq_tui.model import Attempt, AttemptState, Step, Wish
from clearq_tui.store.encoding import OPEN_ATTEMPTS, from_json, to_json
from clearq_tui.store.store import Row, Store, Value

_COLUMNS = (
    "task, number, worker, machine, state, wish, leased_at, started_at, ended_at, exit_code, "
    "signal, reason, log_bytes, log_whole, steps"
)


def _attempt(row: Row) -> Attempt:
    return Attempt(
        task=row[0],
        number=row[1],
        worker=row[2],
        machine=row[3],
        state=AttemptState(row[4]),
        wish=Wish(row[5]),
        leased_at=row[6],
        started_at=row[7],
        ended_at=row[8],
        exit_code=row[9],
        signal=row[10],
        reason=row[11],
        log_bytes=row[12],
        log_whole=bool(row[13]),
        steps=tuple(Step(*step) for step in from_json(row[14])) if row[14] else (),
    )


def _select(store: Store, rest: str, parameters: Sequence[Value]) -> list[Attempt]:
    return [
        _attempt(row) for row in store.rows(f"SELECT {_COLUMNS} FROM attempts {rest}", parameters)
    ]


def get(store: Store, task: int, number: int) -> Attempt | None:
    """One attempt."""
    row = store.row(
        f"SELECT {_COLUMNS} FROM attempts WHERE task = ? AND number = ?",
        (task, number),
    )
    return _attempt(row) if row else None


def of_task(store: Store, task: int) -> list[Attempt]:
    """The task's attempts, the first one first."""
    return _select(store, "WHERE task = ? ORDER BY number", (task,))


def open_of_task(store: Store, task: int) -> Attempt | None:
    """The attempt of the task that is in somebody's hands."""
    found = _select(store, f"WHERE task = ? AND {OPEN_ATTEMPTS}", (task,))
    return found[0] if found else None


def open_of_machine(store: Store, machine: int) -> list[Attempt]:
    """Attempts in the machine's hands, oldest lease first."""
    return _select(
        store,
        f"INDEXED BY open_attempts_of_machine WHERE machine = ? AND {OPEN_ATTEMPTS} "
        "ORDER BY leased_at, task",
        (machine,),
    )


def open_of_worker(store: Store, worker: int) -> list[Attempt]:
    """Attempts in the worker's slots, oldest lease first."""
    return _select(
        store,
        f"INDEXED BY open_attempts_of_worker WHERE worker = ? AND {OPEN_ATTEMPTS} "
        "ORDER BY leased_at, task",
        (worker,),
    )


def unreleased(store: Store, machine: int | None = None) -> list[Attempt]:
    """Attempts, open or ended, that their machine has not forgotten yet, in order of task.

    Of one machine, or of all.
    """
    of_one = "machine = ? AND " if machine is not None else ""
    return _select(
        store,
        f"INDEXED BY unreleased_attempts WHERE {of_one}NOT released ORDER BY task, number",
        () if machine is None else (machine,),
    )


def busy_slots(store: Store) -> dict[int, int]:
    """How many slots of each worker are taken; workers with none are left out."""
    return dict(
        store.rows(
            "SELECT worker, count(*) FROM attempts INDEXED BY open_attempts_of_worker "
            f"WHERE {OPEN_ATTEMPTS} GROUP BY worker"
        )
    )


def held(store: Store) -> list[tuple[int, int, int, int | None]]:
    """Task, number, worker and queue of each leased attempt that is wished to run."""
    return [
        (task, number, worker, queue)
        for task, number, worker, queue in store.rows(
            "SELECT a.task, a.number, a.worker, t.queue "
            "FROM attempts a INDEXED BY open_attempts_of_worker JOIN tasks t ON t.id = a.task "
            f"WHERE a.{OPEN_ATTEMPTS} AND a.state = 'leased' AND a.wish = 'run'"
        )
    ]


def add(store: Store, attempt: Attempt) -> None:
    """A new, leased attempt."""
    store.change(
        "INSERT INTO attempts (task, number, worker, machine, state, wish, leased_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            attempt.task,
            attempt.number,
            attempt.worker,
            attempt.machine,
            attempt.state.value,
            attempt.wish.value,
            attempt.leased_at,
        ),
    )


def set_preparing(store: Store, task: int, number: int) -> None:
    """The machine makes the attempt ready to run."""
    store.change(
        "UPDATE attempts SET state = 'preparing' WHERE task = ? AND number = ?", (task, number)
    )


def set_steps(store: Store, task: int, number: int, steps: Sequence[Step]) -> None:
    """How far the attempt's environment is set up."""
    said = to_json([(step.name, step.seconds, step.failed) for step in steps])
    store.change(
        "UPDATE attempts SET steps = ? WHERE task = ? AND number = ?", (said, task, number)
    )


def set_running(store: Store, task: int, number: int, at: float) -> None:
    """The attempt's command was started at `at`."""
    store.change(
        "UPDATE attempts SET state = 'running', started_at = ? WHERE task = ? AND number = ?",
        (at, task, number),
    )


def set_ended(
    store: Store,
    task: int,
    number: int,
    state: AttemptState,
    at: float,
    *,
    exit_code: int | None = None,
    signal: int | None = None,
    reason: str = "",
) -> None:
    """The attempt is over, in `state`."""
    store.change(
        "UPDATE attempts SET state = ?, ended_at = ?, exit_code = ?, signal = ?, reason = ? "
        "WHERE task = ? AND number = ?",
        (state.value, at, exit_code, signal, reason, task, number),
    )


def set_wish(store: Store, task: int, number: int, wish: Wish) -> None:
    """What the operator wants of the attempt."""
    store.change(
        "UPDATE attempts SET wish = ? WHERE task = ? AND number = ?", (wish.value, task, number)
    )


def set_log(store: Store, task: int, number: int, size: int, whole: bool) -> None:
    """How many bytes of the attempt's log are on the laptop, and whether that is all."""
    store.change(
        "UPDATE attempts SET log_bytes = ?, log_whole = ? WHERE task = ? AND number = ?",
        (size, whole, task, number),
    )


def set_released(store: Store, task: int, number: int) -> None:
    """The machine has forgotten the attempt: nothing more of it will come."""
    store.change(
        "UPDATE attempts SET released = 1, log_whole = 1 WHERE task = ? AND number = ?",
        (task, number),
    )


def set_all_released(store: Store, machine: int) -> None:
    """The machine has forgotten everything."""
    store.change(
        "UPDATE attempts SET released = 1, log_whole = 1 WHERE machine = ? AND NOT released",
        (machine,),
    )

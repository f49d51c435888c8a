"""How long operations and lists take with 100,000 tasks; 95th percentiles."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count, product
from pathlib import Path
from typing import TypeVar

from clearq_tui.model import TaskState
from clearq_tui.operations import attempts, planning, queues, tasks
from clearq_tui.scheduling import plan
from clearq_tui.store import Store, samples, workers
from clearq_tui.store import queues as stored_queues
from clearq_tui.store import tasks as stored
from clearq_tui.store.tasks import TaskFilter, TaskSort
from tests.bench.figure import Figure
from tests.bench.full_store import NOW, fill

T = TypeVar("T")


def measure() -> Iterator[Figure]:
    """All figures of the store; takes about half a minute."""
    with (
        tempfile.TemporaryDirectory() as directory,
        fill(Path(directory) / "clearq.db") as store,
    ):
        fsync = _timed(lambda: _commit_of_nothing_much(store), 200)
        base = statistics.median(fsync)
        yield _measurement("a commit by itself (for comparison)", fsync, 10.0)
        yield from _operations(store, base)
        yield from _lists(store)


def _commit_of_nothing_much(store: Store) -> None:
    with store.transaction():
        store.change("UPDATE settings SET value = value WHERE key = 'identity'")


def _operations(store: Store, base: float) -> Iterator[Figure]:
    ids = iter(stored.waiting(store, 1, 3000))
    more = iter(stored.waiting(store, 2, 3000))
    failed = iter(stored.ids(store, TaskFilter(frozenset({TaskState.FAILED})), limit=3000))
    new = tasks.NewTask(("python", "train.py", "--lr", "0.1"), "a new one")
    deeds: dict[str, Callable[[], object]] = {
        "enqueue": lambda: tasks.enqueue(store, new, now=NOW),
        "enqueue at the top": lambda: tasks.enqueue(store, new, at_top=True, now=NOW),
        "move up": lambda: tasks.move(store, [next(ids)], tasks.Move.up(), now=NOW),
        "move to place 10,000": lambda: tasks.move(
            store, [next(ids)], tasks.Move.to(10_000), now=NOW
        ),
        "move to the top": lambda: tasks.move(store, [next(ids)], tasks.Move.top(), now=NOW),
        "move to another queue": lambda: tasks.move_to_queue(store, [next(ids)], "hpo", now=NOW),
        "dequeue": lambda: tasks.dequeue(store, [next(more)], now=NOW),
        "abort a waiting task": lambda: tasks.abort(store, [next(more)], now=NOW),
        "retry": lambda: tasks.retry(store, [next(failed)], now=NOW),
        "clone": lambda: tasks.clone(store, 500, now=NOW),
        "remove": lambda: tasks.remove(store, [next(more)], now=NOW),
        "pause a queue": lambda: queues.pause(store, "lowprio", now=NOW),
    }
    for name, deed in deeds.items():
        times = [spent - base for spent in _timed(deed, 100)]
        yield _measurement(f"{name}, beyond its fsync", times, 2.0)
    yield from _cycle(store, base)


def _cycle(store: Store, base: float) -> Iterator[Figure]:
    """200 slots filled from the queues, run and ended, as the controller does it."""
    snapshots: list[float] = []
    plans: list[float] = []
    leases: list[float] = []
    applied: list[float] = []
    numbers = count(1)
    seqs: dict[int, int] = {}
    for _ in range(5):
        snapshot = _clocked(snapshots, partial(planning.read_snapshot, store, range(2, 102)))
        planned = _clocked(plans, partial(plan, snapshot))
        pairs = [(lease.task, lease.worker) for lease in planned.leases]
        granted = _clocked(leases, partial(attempts.lease, store, pairs, now=NOW))
        reports: dict[int, list[dict[str, object]]] = {}
        for attempt in granted:
            for kind in ("accepted", "preparing", "started", "ended"):
                seq = seqs[attempt.machine] = seqs.get(attempt.machine, 0) + 1
                data = {"outcome": "completed", "exit_code": 0} if kind == "ended" else {}
                reports.setdefault(attempt.machine, []).append(
                    {
                        "seq": seq,
                        "attempt": attempt.name,
                        "kind": kind,
                        "at": NOW + next(numbers),
                        "data": data,
                    }
                )
        for machine, told in reports.items():
            start = time.perf_counter()
            attempts.apply_events(store, machine, "journal", told, now=NOW)
            applied.append(((time.perf_counter() - start) * 1e3 - base) / len(told))
    yield _measurement("read the snapshot: 101 workers, 200 free slots", snapshots, 5.0)
    yield _measurement("plan 200 leases", plans, 5.0)
    yield _measurement("lease one of 200, beyond the fsync", [spent / 200 for spent in leases], 0.5)
    yield _measurement("apply one event of 8, beyond the fsync", applied, 0.5)
    yield _measurement("rows of 101 workers", _timed(partial(workers.rows, store), 20), 10.0)
    yield _measurement("rows of 5 queues", _timed(partial(stored_queues.rows, store), 20), 10.0)
    yield _measurement("store 100 samples (coarse rows too each minute)", _samples(store), 50.0)
    yield _measurement("change counter", _timed(store.change_counter, 1000), 0.05)


def _samples(store: Store) -> list[float]:
    """One sample of each of 100 machines in one transaction, as every ten seconds."""
    sample = {
        "cpu": 31.5,
        "cores": 64,
        "load": [3.0, 2.0, 1.0],
        "memory": {"used": 2e11, "total": 5e11},
        "network": {"received": 1.1e9, "sent": 4e7},
        "gpus": [{"index": gpu, "name": "H100", "use": 97.0, "power": 612.0} for gpu in range(8)],
    }
    times: list[float] = []
    for second in range(0, 200, 10):
        start = time.perf_counter()
        with store.transaction(quiet=True):
            for machine in range(2, 102):
                samples.add(store, machine, sample, NOW + second)
        times.append((time.perf_counter() - start) * 1e3)
    return times


_FILTERS = {
    "all": TaskFilter(),
    "waiting": TaskFilter(frozenset({TaskState.QUEUED})),
    "ended": TaskFilter(frozenset({TaskState.FAILED, TaskState.COMPLETED, TaskState.LOST})),
    "lost": TaskFilter(frozenset({TaskState.LOST})),
    "one queue": TaskFilter(queue=3),
    "failed of a queue": TaskFilter(frozenset({TaskState.FAILED}), queue=3),
    "one worker": TaskFilter(worker=17),
    "one machine, completed": TaskFilter(frozenset({TaskState.COMPLETED}), machine=40),
    "none": TaskFilter(frozenset({TaskState.RUNNING})),
    "text of a few": TaskFilter(text="resnet50 lr 77"),
    "text of a fifth": TaskFilter(text="resnet"),
    "text of all": TaskFilter(text="pyth trai"),
    "text, state, queue": TaskFilter(frozenset({TaskState.QUEUED}), queue=3, text="unet"),
}


def _lists(store: Store) -> Iterator[Figure]:
    for name, chosen in _FILTERS.items():
        if chosen.text:
            typed = _timed(partial(_first_page_of_new_text, store, chosen), 5)
            yield _measurement(f"first page of {name}, just typed", typed, 100.0)
        total = stored.count(store, chosen)
        times: list[float] = []
        worst = (0.0, "")
        for sort, descending, depth in product(TaskSort, (False, True), (0, 0.5, 1)):
            offset = max(0, int((total - 50) * depth))
            read = partial(stored.page, store, chosen, sort, descending, offset, 50)
            times.append(min(_timed(read, 3)))  # what it costs when nothing else runs
            place = f"{sort} {'↓' if descending else '↑'} at {offset}"
            worst = max(worst, (times[-1], place))
        yield _measurement(f"page of {name} ({total}), slowest {worst[1]}", times, 10.0)
        yield _measurement(
            f"count of {name}", _timed(partial(stored.count, store, chosen), 5), 10.0
        )


def _first_page_of_new_text(store: Store, chosen: TaskFilter) -> None:
    stored.ids(store, TaskFilter(text="something else"), limit=1)
    stored.page(store, chosen)


def _clocked(times: list[float], deed: Callable[[], T]) -> T:
    start = time.perf_counter()
    result = deed()
    times.append((time.perf_counter() - start) * 1e3)
    return result


def _timed(deed: Callable[[], object], times: int) -> list[float]:
    """Milliseconds of each run."""
    spent: list[float] = []
    for _ in range(times):
        start = time.perf_counter()
        deed()
        spent.append((time.perf_counter() - start) * 1e3)
    return spent


def _measurement(name: str, times: list[float], goal: float) -> Figure:
    ordered = sorted(times)
    p95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    return Figure(name, p95, goal, ordered[-1])

"""From enqueue to the first instruction, tasks a second, abort: over SSH, durable on both ends."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from clearq_tui import feed
from clearq_tui.model import TaskState
from clearq_tui.operations.tasks import NewTask, abort, enqueue
from clearq_tui.operations.workers import set_slots
from clearq_tui.store import tasks
from tests.bench.figure import Figure, median, percentile95
from tests.bench.site import Site, site, wait_for

STARTS = 100
TASKS = 1000
ABORTS = 15
_TRAP = "trap 'date +%s.%N > {}; exit' TERM; echo > {}.ready; while :; do sleep 0.01; done"


def measure() -> Iterator[Figure]:
    """All figures, as they come."""
    with site() as here, here.controller():
        here.add_machine("bench")
        here.await_online("bench")
        starts = [_start(here, number) for number in range(STARTS + 5)][5:]
        yield median("enqueue → first instruction, p50", starts, 8)
        yield percentile95("enqueue → first instruction, p95", starts, 15)
        yield _throughput(here)
        yield median("abort → SIGTERM delivered, p50", [_abort(here, n) for n in range(ABORTS)], 50)


def _state(here: Site, task: int) -> TaskState:
    found = tasks.get(here.store, task)
    assert found is not None
    return found.state


def _start(here: Site, number: int) -> float:
    """Seconds from before the operation to the clock that the task itself reads."""
    mark = here.home.root / f"start-{number}"
    task = NewTask(("/bin/sh", "-c", f"date +%s.%N > {mark}"))
    before = time.time()
    started = enqueue(here.store, task, now=before)
    feed.nudge(here.home)
    wait_for(lambda: _state(here, started).is_ended)
    return float(mark.read_text()) - before


def _throughput(here: Site) -> Figure:
    set_slots(here.store, "bench", 0, now=time.time())
    feed.nudge(here.home)
    queued = [enqueue(here.store, NewTask(("/bin/true",)), now=time.time()) for _ in range(TASKS)]
    set_slots(here.store, "bench", 2, now=time.time())
    before = time.monotonic()
    feed.nudge(here.home)
    wait_for(lambda: all(_state(here, task).is_ended for task in queued[-2:]), every=0.01)
    rate = TASKS / (time.monotonic() - before)
    return Figure(f"{TASKS:,} times true with 2 slots", rate, 300, unit="tasks/s", at_least=True)


def _abort(here: Site, number: int) -> float:
    mark = here.home.root / f"abort-{number}"
    ready = Path(f"{mark}.ready")
    task = enqueue(
        here.store, NewTask(("/bin/bash", "-c", _TRAP.format(mark, mark))), now=time.time()
    )
    feed.nudge(here.home)
    wait_for(ready.exists)
    before = time.time()
    abort(here.store, [task], now=before)
    feed.nudge(here.home)
    wait_for(lambda: _state(here, task).is_ended)
    # The shell handles the signal when its present `sleep` has ended, so this is an upper bound.
    return float(mark.read_text()) - before

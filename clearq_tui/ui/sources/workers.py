"""The rows of the Workers view: what the store says, with what is live beside it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from clearq_tui.store import attempts, workers
from clearq_tui.store.workers import WorkerRow
from clearq_tui.ui.cluster import Cluster
from clearq_tui.ui.history import STALE_AFTER, History, Measure
from clearq_tui.ui.readings import Readings
from clearq_tui.ui.widgets.blocks import sparkline
from clearq_tui.ui.widgets.row_source import RowKey
from clearq_tui.ui.worker_state import WorkerState, state_of

HISTORY_WIDTH: Final = 10
"""Cells; a minute each."""


@dataclass(frozen=True)
class WorkerLine:
    """All that one line shows; equal lines look the same."""

    row: WorkerRow
    state: WorkerState
    readings: Readings
    stale_for: int | None
    """Seconds since the last sample where that is too long ago; None: it is fresh, or none came."""
    history: str
    """Ten minutes of the GPUs, or of the processors where there are no GPUs."""
    busy_since: int | None
    """Seconds that its oldest task has run, or that its link stands as it does; None: unknown."""

    @property
    def is_dim(self) -> bool:
        """Whether its values are not to be relied on."""
        return self.stale_for is not None or not self.state.is_linked


_SortValue = Callable[[WorkerLine], float | str]

_LOW: Final = -1.0
SORTS: Final[Mapping[str, _SortValue]] = {
    "name": lambda line: line.row.worker.name,
    "state": lambda line: line.state.rank,
    "task": lambda line: line.row.tasks[0][0] if line.row.tasks else _LOW,
    "gpu": lambda line: _or_low(line.readings.gpu_use),
    "vram": lambda line: _or_low(line.readings.gpu_memory_used),
    "cpu": lambda line: _or_low(line.readings.cpu),
    "memory": lambda line: _or_low(line.readings.memory_used),
    "network": lambda line: _or_low(line.readings.network),
    "disk": lambda line: _or_low(line.readings.disk),
    "queue": lambda line: ", ".join(line.row.queues),
    "age": lambda line: _or_low(line.busy_since),
}


class WorkerLines:
    """A row source: `reload()` when the store changed; live values are read with each window."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._rows: list[WorkerRow] = []
        self._started: dict[int, float | None] = {}
        self._wanted = ""
        self._order: tuple[str | None, bool] = (None, False)
        self._sorted: list[WorkerRow] = []

    def reload(self) -> None:
        """Read the store."""
        self._rows = [row for row in workers.rows(self._cluster.store) if self._matches(row)]
        self._started.clear()
        self._sort_again()

    def filter(self, wanted: str) -> None:
        """Show only workers in whose name, machine, task, queue or state all words occur."""
        self._wanted = wanted.casefold()
        self.reload()

    def resort(self) -> None:
        """Sort again by values that have changed since."""
        if self._order[0] not in (None, "name"):
            self._sort_again()

    def line(self, worker: int) -> WorkerLine | None:
        """The line of a worker's id."""
        row = next((row for row in self._rows if row.worker.id == worker), None)
        return None if row is None else self._line(row)

    def count(self) -> int:
        """How many workers there are."""
        return len(self._rows)

    def window(
        self, offset: int, limit: int, sort: str | None, descending: bool
    ) -> Sequence[WorkerLine]:
        """At most `limit` lines from number `offset` on."""
        rows = self._in_order(sort, descending)[offset : offset + limit]
        return [self._line(row) for row in rows]

    def keys(self, offset: int, limit: int, sort: str | None, descending: bool) -> Sequence[RowKey]:
        """The ids of such a window."""
        rows = self._in_order(sort, descending)[offset : offset + limit]
        return [row.worker.id for row in rows]

    def index_of(self, key: RowKey, sort: str | None, descending: bool) -> int | None:
        """The row number of a worker's id, None where it is not in the list."""
        for index, row in enumerate(self._in_order(sort, descending)):
            if row.worker.id == key:
                return index
        return None

    def key(self, row: WorkerLine) -> RowKey:
        """The worker's id."""
        return row.row.worker.id

    def version(self, row: WorkerLine) -> Hashable:
        """The line itself."""
        return row

    def _matches(self, row: WorkerRow) -> bool:
        if not self._wanted:
            return True
        names = [row.worker.name, row.machine_name, state_of(row).word, *row.queues]
        names += [f"#{task} {name}" for task, name in row.tasks]
        text = " ".join(names).casefold()
        return all(word in text for word in self._wanted.split())

    def _in_order(self, sort: str | None, descending: bool) -> list[WorkerRow]:
        if (sort, descending) != self._order:
            self._order = (sort, descending)
            self._sort_again()
        return self._sorted

    def _sort_again(self) -> None:
        sort, descending = self._order
        if sort is None:
            self._sorted = self._rows[::-1] if descending else self._rows
            return
        value = SORTS[sort]
        self._sorted = sorted(
            self._rows,
            key=lambda row: value(self._line(row, with_history=False)),
            reverse=descending,
        )

    def _line(self, row: WorkerRow, *, with_history: bool = True) -> WorkerLine:
        history = self._cluster.histories.get(row.worker.machine)
        line = WorkerLine(
            row=row,
            state=state_of(row),
            readings=history.readings if history else Readings(),
            stale_for=self._stale_for(history),
            history="",
            busy_since=self._busy_since(row),
        )
        if not with_history or history is None:
            return line
        measure = Measure.GPU if line.readings.gpus else Measure.CPU
        values = history.values(measure, self._cluster.now())
        return replace(line, history=sparkline(_condensed(values), HISTORY_WIDTH, high=100))

    def _stale_for(self, history: History | None) -> int | None:
        age = history.age(self._cluster.monotonic()) if history else None
        return int(age) if age is not None and age > STALE_AFTER else None

    def _busy_since(self, row: WorkerRow) -> int | None:
        since = self._task_since(row) if row.tasks else row.link_since
        return None if since is None else max(0, int(self._cluster.now() - since))

    def _task_since(self, row: WorkerRow) -> float | None:
        worker = row.worker.id
        if worker not in self._started:
            held = attempts.open_of_worker(self._cluster.store, worker)
            times = [attempt.started_at or attempt.leased_at for attempt in held]
            self._started[worker] = min(times, default=None)
        return self._started[worker]


def _condensed(values: Sequence[float | None]) -> list[float | None]:
    """One value a cell, each the highest of its steps: a peak stays to be seen."""
    size = len(values) // HISTORY_WIDTH
    pieces = (values[start : start + size] for start in range(0, len(values), size))
    return [max((value for value in piece if value is not None), default=None) for piece in pieces]


def _or_low(value: float | None) -> float:
    return _LOW if value is None else value

"""Histories of measurements: fine for the last hour, ever coarser before, within a size budget."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from clearq_tui.store.sample_means import mean_with
from clearq_tui.store.store import Store


@dataclass(frozen=True)
class Level:
    """One resolution at which samples are kept."""

    resolution: int
    """Seconds that one row stands for."""
    keep: int
    """Seconds after which a row goes."""
    share: float
    """Of the size budget."""

    def start(self, at: float) -> int:
        """When the time that the row of the moment `at` stands for began."""
        return int(at) // self.resolution * self.resolution


LEVELS = (
    Level(10, 3600, 0.4),
    Level(60, 86_400, 0.3),
    Level(600, 14 * 86_400, 0.2),
    Level(3600, 365 * 86_400, 0.1),
)
"""Finest first."""

BUDGET = 128 << 20
"""Bytes of all samples of all machines together."""

_PRUNED_AT_ONCE = 200


def add(
    store: Store,
    machine: int,
    sample: Mapping[str, object],
    at: float,
    budget: int = BUDGET,
) -> None:
    """Keep one sample, taken at `at`, and drop what is too old or too much.

    A row is the mean of the samples of its time. The caller opens the (quiet) transaction.
    """
    finest = LEVELS[0]
    start = finest.start(at)
    row = store.row(
        "SELECT weight, data FROM samples WHERE machine = ? AND resolution = ? AND at = ?",
        (machine, finest.resolution, start),
    )
    if row:
        mean = mean_with(_unpack(row[1]), row[0], sample)
        _write(store, machine, finest, start, row[0] + 1, mean)
        return
    _write(store, machine, finest, start, 1, sample)
    # What goes goes last: a coarse row may be made of rows that are too old by now.
    for level in (finest, *_roll_up(store, machine, at)):
        _prune(store, level, at, budget)


def history(
    store: Store, machine: int, since: float, until: float
) -> list[tuple[float, dict[str, object]]]:
    """(time, sample) of the machine, oldest first, at the finest level reaching back to `since`.

    Where none does, at the finest one that reaches back as far as any.
    """
    level = _level_for(store, machine, since)
    return [
        (float(at), _unpack(data))
        for at, data in store.rows(
            "SELECT at, data FROM samples WHERE machine = ? AND resolution = ? "
            "AND at > ? AND at <= ? ORDER BY at",
            (machine, level.resolution, int(since) - level.resolution, until),
        )
    ]


def size(store: Store) -> int:
    """Bytes that all samples take."""
    return int(store.value("SELECT ifnull(sum(bytes), 0) FROM sample_bytes"))


def _level_for(store: Store, machine: int, since: float) -> Level:
    firsts: dict[Level, int] = {}
    for level in LEVELS:
        first = store.value(
            "SELECT min(at) FROM samples WHERE machine = ? AND resolution = ?",
            (machine, level.resolution),
        )
        if first is not None:
            firsts[level] = first
    if not firsts:
        return LEVELS[0]
    oldest = min(first + level.resolution for level, first in firsts.items())
    wanted = max(since, oldest)
    return next(level for level, first in firsts.items() if first <= wanted + level.resolution)


def _roll_up(store: Store, machine: int, at: float) -> list[Level]:
    """Where a new row begins at a level, make the row before it of the finer level's rows.

    Returns the levels that got one.
    """
    touched: list[Level] = []
    for finer, level in pairwise(LEVELS):
        last = store.value(
            "SELECT max(at) FROM samples WHERE machine = ? AND resolution = ? AND at < ?",
            (machine, finer.resolution, finer.start(at)),
        )
        if last is None or level.start(last) == level.start(at):
            break
        start = level.start(last)
        rows = store.rows(
            "SELECT weight, data FROM samples "
            "WHERE machine = ? AND resolution = ? AND at >= ? AND at <= ? ORDER BY at",
            (machine, finer.resolution, start, last),
        )
        mean: Mapping[str, object] = {}
        for number, (_, data) in enumerate(rows):
            mean = mean_with(mean, number, _unpack(data))
        _write(store, machine, level, start, sum(weight for weight, _ in rows), mean)
        touched.append(level)
    return touched


def _write(
    store: Store, machine: int, level: Level, start: int, weight: int, mean: Mapping[str, object]
) -> None:
    store.change(
        "INSERT INTO samples VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE "
        "SET weight = excluded.weight, data = excluded.data",
        (machine, level.resolution, start, weight, _pack(mean)),
    )


def _prune(store: Store, level: Level, now: float, budget: int) -> None:
    store.change(
        "DELETE FROM samples WHERE resolution = ? AND at < ?",
        (level.resolution, int(now) - level.keep),
    )
    used = store.value("SELECT bytes FROM sample_bytes WHERE resolution = ?", (level.resolution,))
    if used is not None and used > budget * level.share:
        store.change(
            "DELETE FROM samples WHERE (machine, resolution, at) IN ("
            "SELECT machine, resolution, at FROM samples WHERE resolution = ? ORDER BY at LIMIT ?)",
            (level.resolution, _PRUNED_AT_ONCE),
        )


def _pack(sample: Mapping[str, object]) -> bytes:
    return zlib.compress(json.dumps(sample, separators=(",", ":")).encode(), 1)


def _unpack(data: bytes) -> dict[str, object]:
    found: dict[str, object] = json.loads(zlib.decompress(data))
    return found

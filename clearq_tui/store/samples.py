"""Histories of measurements: fine for the last hour, ever coarser before, within a size budget."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

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
    """Fold one sample, taken at `at`, into every level, and drop what is too old or too much.

    A row is the mean of the samples of its time. The caller opens the (quiet) transaction.
    """
    for level in LEVELS:
        start = int(at) // level.resolution * level.resolution
        row = store.row(
            "SELECT weight, data FROM samples WHERE machine = ? AND resolution = ? AND at = ?",
            (machine, level.resolution, start),
        )
        weight = row[0] if row else 0
        mean = mean_with(_unpack(row[1]), weight, sample) if row else dict(sample)
        data = _pack(mean)
        store.change(
            "INSERT INTO samples VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE "
            "SET weight = excluded.weight, data = excluded.data",
            (machine, level.resolution, start, weight + 1, data),
        )
        _prune(store, level, at, budget)


def history(
    store: Store, machine: int, since: float, until: float
) -> list[tuple[float, dict[str, object]]]:
    """(time, sample) of the machine, oldest first, at the finest level reaching back to `since`.

    Where none does: at the coarsest.
    """
    for level in LEVELS:
        first = store.value(
            "SELECT min(at) FROM samples WHERE machine = ? AND resolution = ?",
            (machine, level.resolution),
        )
        if level is LEVELS[-1] or (first is not None and first <= since):
            break
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

"""`make bench`: every timed goal beside what was measured. `make bench` with names: only those."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from importlib import import_module

PARTS = (
    "running",
    "code",
    "environments",
    "linking",
    "many_machines",
    "startup",
    "store",
    "interface",
)


def main() -> None:
    """Print each figure as soon as it is known; misses are marked, and fail nothing."""
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} processors, load {load:.1f} at the start. Times are medians.\n")
    for part in sys.argv[1:] or PARTS:
        measure: Callable[[], Iterable[object]] = import_module(f"tests.bench.{part}").measure
        print(f"— {part.replace('_', ' ')}", flush=True)
        for figure in measure():
            print(figure, flush=True)
        print()


if __name__ == "__main__":
    main()

"""What each running attempt's process tree takes of CPU and memory."""

from __future__ import annotations

import os
import time
from typing import Any, Dict, Iterable, List, NamedTuple, Optional

from remote_agent import attempts
from remote_agent.containers import RECORD
from remote_agent.layout import Layout
from remote_agent.process_tree import Entry, entries_below

_PAGE = os.sysconf("SC_PAGE_SIZE")


class Use(NamedTuple):
    """One look at a tree."""

    at: float
    """Seconds on the monotonic clock."""
    cpu_seconds: float
    memory: int
    """Bytes resident; pages that processes share count for each."""
    processes: int


class AttemptTrees:
    """Watches the trees below the runners of one agent."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._before: Dict[str, Use] = {}

    def read(self) -> Dict[str, Dict[str, Any]]:
        """By attempt: CPU per cent of one processor, bytes resident, number of processes."""
        uses = {}
        for name in attempts.names(self._layout):
            runner = attempts.runner_of(self._layout, name)
            if runner is not None:
                roots = [runner.pid, *_of_container(self._layout.attempt(name))]
                uses[name] = use_of(entries_below(roots), time.monotonic())
        found = {
            name: {
                "cpu": share(self._before.get(name), use),
                "memory": use.memory,
                "processes": use.processes,
            }
            for name, use in uses.items()
        }
        self._before = uses
        return found


def _of_container(directory: str) -> List[int]:
    """The first process of the attempt's container, which is not below its runner."""
    if not os.path.exists(os.path.join(directory, RECORD)):
        return []
    # Here, so that a machine without containers does without it.
    from remote_agent.containers.ending import first_process

    return first_process(directory)


def use_of(entries: Iterable[Entry], at: float) -> Use:
    """What the processes take together."""
    alive = [entry for entry in entries if entry.is_alive]
    return Use(
        at,
        sum(entry.cpu_seconds for entry in alive),
        sum(entry.pages for entry in alive) * _PAGE,
        len(alive),
    )


def share(before: Optional[Use], after: Use) -> Optional[float]:
    """CPU per cent of one processor between two looks."""
    if before is None or after.at <= before.at:
        return None
    # A process that ended took its seconds along; the tree cannot have used less than nothing.
    used = max(0.0, after.cpu_seconds - before.cpu_seconds)
    return round(100 * used / (after.at - before.at), 1)

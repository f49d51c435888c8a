"""What each running attempt's process tree takes of CPU and memory."""

from __future__ import annotations

import os
import time
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from remote_agent import attempts
from remote_agent.layout import Layout

_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


class _Use(NamedTuple):
    at: float
    cpu_seconds: float


class AttemptTrees:
    """Watches the trees below the runners of one agent."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._before: Dict[str, _Use] = {}

    def read(self) -> Dict[str, Dict[str, Any]]:
        """By attempt: CPU per cent of one processor, bytes resident, number of processes."""
        found = {}
        uses = {}
        for name in attempts.names(self._layout):
            runner = attempts.runner_of(self._layout, name)
            if runner is None:
                continue
            processes = [_read(pid) for pid in _below(runner.pid)]
            alive = [process for process in processes if process is not None]
            use = _Use(time.monotonic(), sum(seconds for seconds, _ in alive))
            uses[name] = use
            found[name] = {
                "cpu": _share(self._before.get(name), use),
                "memory": sum(resident for _, resident in alive),
                "processes": len(alive),
            }
        self._before = uses
        return found


def _share(before: Optional[_Use], after: _Use) -> Optional[float]:
    if before is None or after.at <= before.at:
        return None
    # A process that ended took its seconds along; the tree cannot have used less than nothing.
    used = max(0.0, after.cpu_seconds - before.cpu_seconds)
    return round(100 * used / (after.at - before.at), 1)


def _below(root: int) -> List[int]:
    """All pids below `root`, from the lists that the kernel keeps of each one's children."""
    found: List[int] = []
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        try:
            for thread in os.listdir("/proc/%d/task" % pid):
                with open("/proc/%d/task/%s/children" % (pid, thread), "rb") as file:
                    children = [int(child) for child in file.read().split()]
                found += children
                waiting += children
        except OSError:
            continue  # it has ended meanwhile, or this kernel keeps no such lists
    return found


def _read(pid: int) -> Optional[Tuple[float, int]]:
    """CPU seconds, its collected children's included, and resident bytes."""
    try:
        with open("/proc/%d/stat" % pid, "rb") as file:
            text = file.read()
    except OSError:
        return None
    fields = text[text.rindex(b")") + 2 :].split()
    return sum(int(ticks) for ticks in fields[11:15]) / _TICK, int(fields[21]) * _PAGE

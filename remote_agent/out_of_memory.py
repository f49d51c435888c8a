"""Whether the kernel killed for want of memory, as the control group's counters tell."""

from __future__ import annotations

from typing import Optional


class MemoryWatch:
    """Remembers the counters at the start; `ran_out` compares."""

    def __init__(self) -> None:
        self._path = _events_path()
        self._before = _kills(self._path)

    def ran_out(self) -> bool:
        """Whether a process of this control group was killed for memory since the start."""
        return _kills(self._path) > self._before


def _events_path() -> Optional[str]:
    try:
        with open("/proc/self/cgroup", encoding="utf-8") as file:
            for line in file:
                if line.startswith("0::"):
                    return "/sys/fs/cgroup%s/memory.events" % line[3:].rstrip("\n")
    except OSError:
        pass
    return None


def _kills(path: Optional[str]) -> int:
    if path is None:
        return 0
    try:
        with open(path, encoding="ascii") as file:
            for line in file:
                name, _, count = line.partition(" ")
                if name == "oom_kill":
                    return int(count)
    except (OSError, ValueError):
        pass
    return 0

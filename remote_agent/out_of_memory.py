"""Whether the kernel killed for want of memory, as the control groups' counters tell."""

from __future__ import annotations

import os
from typing import List

_MACHINE = "/proc/vmstat"
_GROUPS = "/sys/fs/cgroup"


class MemoryWatch:
    """Remembers the counters at the start; `ran_out` compares."""

    def __init__(self) -> None:
        # The machine's own counter takes long to read: only where the group's cannot be.
        paths = [path for path in _paths_of_own_group() if os.path.exists(path)] or [_MACHINE]
        self._before = {path: _kills(path) for path in paths}

    def ran_out(self) -> str:
        """A sentence, if a process was killed for memory since the start; else empty."""
        for path, before in self._before.items():
            if _kills(path) > before:
                if path.startswith(_GROUPS):
                    return "It ran out of memory, and the kernel killed it."
                return (
                    "Killed while the machine was out of memory and the kernel was killing "
                    "processes for it."
                )
        return ""


def count_kills(text: str) -> int:
    """The number behind `oom_kill` in a file of one counter a line; 0 where there is none."""
    for line in text.splitlines():
        name, _, count = line.partition(" ")
        if name == "oom_kill" and count.strip().isdigit():
            return int(count)
    return 0


def counter_paths(groups: str) -> List[str]:
    """The files that count a process's group, given what /proc/self/cgroup says of it."""
    found = []
    for line in groups.splitlines():
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if "memory" in controllers.split(","):
            found.append("%s/memory%s/memory.oom_control" % (_GROUPS, path.rstrip("/")))
        elif number == "0" and not controllers:
            found.append("%s%s/memory.events" % (_GROUPS, path.rstrip("/")))
    return found


def _paths_of_own_group() -> List[str]:
    try:
        with open("/proc/self/cgroup", encoding="utf-8", errors="replace") as file:
            return counter_paths(file.read())
    except OSError:
        return []


def _kills(path: str) -> int:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return count_kills(file.read())
    except OSError:
        return 0

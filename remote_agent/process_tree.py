"""Processes as /proc shows them: who descends from whom, and signals that never hit a stranger.

A process is named by its pid and its start time: a pid alone may have been given to somebody else
since it was read.
"""

from __future__ import annotations

import os
import signal
from typing import Dict, Iterable, List, NamedTuple, Optional

_TICK = os.sysconf("SC_CLK_TCK")


class Process(NamedTuple):
    """One process, told apart from later owners of its pid."""

    pid: int
    start_time: int
    """Clock ticks after the machine's start."""


class Entry(NamedTuple):
    """What /proc says of one process at one moment."""

    process: Process
    parent: int
    session: int
    state: str
    """One letter: `Z` and `X` are dead, `D` cannot be killed at present."""
    cpu_seconds: float
    """Its own, and those of the children that it has collected."""
    pages: int
    """Resident in memory."""

    @property
    def is_alive(self) -> bool:
        """Whether it can still do anything."""
        return self.state not in "ZX"


def read_entry(pid: int) -> Optional[Entry]:
    """What /proc says of the process that has this pid now; None where there is none."""
    try:
        with open("/proc/%d/stat" % pid, "rb", buffering=0) as file:
            text = file.read(4096)
        # The name, in parentheses, may itself hold spaces and parentheses.
        fields = text[text.rindex(b")") + 2 :].split()
        return Entry(
            process=Process(pid, int(fields[19])),
            parent=int(fields[1]),
            session=int(fields[3]),
            state=fields[0].decode(),
            cpu_seconds=sum(map(int, fields[11:15])) / _TICK,
            pages=int(fields[21]),
        )
    except (OSError, ValueError, IndexError):
        return None


def identify(pid: int) -> Optional[Process]:
    """The process that has this pid now; None where there is none."""
    entry = read_entry(pid)
    return entry.process if entry else None


def descendants(root: int) -> List[Process]:
    """All living processes below `root`, which must be a subreaper to hold on to orphans."""
    return [entry.process for entry in entries_below([root]) if entry.is_alive]


def entries_below(roots: Iterable[int]) -> List[Entry]:
    """All processes below the roots, dead ones that nobody has collected included."""
    roots = list(roots)
    if _kernel_lists_children():
        return _walk_lists(roots)
    return select_below(roots, every_entry())


def every_entry() -> List[Entry]:
    """Every process of the machine that this account may see."""
    entries = (read_entry(int(name)) for name in os.listdir("/proc") if name.isdigit())
    return [entry for entry in entries if entry is not None]


def select_below(roots: Iterable[int], entries: Iterable[Entry]) -> List[Entry]:
    """Those of the entries that descend from the roots, the roots themselves left out."""
    children: Dict[int, List[Entry]] = {}
    for entry in entries:
        children.setdefault(entry.parent, []).append(entry)
    found: Dict[int, Entry] = {}
    waiting = list(roots)
    while waiting:
        for entry in children.get(waiting.pop(), ()):
            if entry.process.pid not in found:
                found[entry.process.pid] = entry
                waiting.append(entry.process.pid)
    return list(found.values())


def send_signal(process: Process, number: int) -> bool:
    """Send the signal, unless the process is gone; whether it was sent."""
    try:
        # Opened first: then the pid cannot change hands between the look and the signal.
        descriptor = os.pidfd_open(process.pid) if _has_pidfd else None
    except OSError:
        descriptor = None  # gone, or a kernel before 5.3
    try:
        if identify(process.pid) != process:
            return False
        if descriptor is None:
            os.kill(process.pid, number)
        else:
            signal.pidfd_send_signal(descriptor, number)
    except (ProcessLookupError, PermissionError):
        return False  # gone; or it became another account's, which is not ours to end
    finally:
        if descriptor is not None:
            os.close(descriptor)
    return True


def kill(processes: Iterable[Process]) -> None:
    """SIGKILL."""
    for process in processes:
        send_signal(process, signal.SIGKILL)


_has_pidfd = hasattr(os, "pidfd_open") and hasattr(signal, "pidfd_send_signal")
_lists_children: Optional[bool] = None


def _kernel_lists_children() -> bool:
    """Kernels may be built without these lists; then every process has to be looked at."""
    global _lists_children  # noqa: PLW0603 - a fact about this machine, asked for once
    if _lists_children is None:
        _lists_children = os.path.exists("/proc/self/task/%d/children" % os.getpid())
    return _lists_children


def _walk_lists(roots: List[int]) -> List[Entry]:
    found: Dict[int, Entry] = {}
    waiting = list(roots)
    while waiting:
        for pid in _listed_children(waiting.pop()):
            entry = read_entry(pid) if pid not in found else None
            if entry is not None:
                found[pid] = entry
                waiting.append(pid)
    return list(found.values())


def _listed_children(pid: int) -> List[int]:
    """Children, which the kernel keeps by the thread that made them."""
    found: List[int] = []
    try:
        threads = os.listdir("/proc/%d/task" % pid)
    except OSError:
        return found  # it has ended meanwhile
    for thread in threads:
        try:
            with open("/proc/%d/task/%s/children" % (pid, thread), "rb") as file:
                found += map(int, file.read().split())
        except OSError:
            continue  # that thread has
    return found

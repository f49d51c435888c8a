"""Processes as /proc shows them: who descends from whom, and signals that never hit a stranger.

A process is named by its pid and its start time: a pid alone may have been given to somebody else
since it was read.
"""

from __future__ import annotations

import os
import signal
from typing import Dict, Iterable, List, NamedTuple, Optional, Set


class Process(NamedTuple):
    """One process, told apart from later owners of its pid."""

    pid: int
    start_time: int
    """Clock ticks after the machine's start."""


class _Entry(NamedTuple):
    process: Process
    parent: int
    state: str


def identify(pid: int) -> Optional[Process]:
    """The process that has this pid now; None where there is none."""
    entry = _read(pid)
    return entry.process if entry else None


def descendants(root: int) -> List[Process]:
    """All living processes below `root`, which must be a subreaper to hold on to orphans."""
    children: Dict[int, List[_Entry]] = {}
    for name in os.listdir("/proc"):
        entry = _read(int(name)) if name.isdigit() else None
        if entry is not None:
            children.setdefault(entry.parent, []).append(entry)
    found: List[Process] = []
    waiting = [root]
    while waiting:
        for entry in children.get(waiting.pop(), ()):
            waiting.append(entry.process.pid)
            if entry.state not in "ZX":
                found.append(entry.process)
    return found


def with_variable(name: str, value: str) -> List[Process]:
    """All of this account's processes whose environment began with `name` set to `value`."""
    wanted = ("%s=%s" % (name, value)).encode()
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/environ" % pid, "rb") as file:
                holds = wanted in file.read().split(b"\0")
        except OSError:
            continue  # gone, or somebody else's
        process = identify(int(pid)) if holds else None
        if process is not None:
            found.append(process)
    return found


def send_signal(process: Process, number: int) -> bool:
    """Send the signal, unless the process is gone; whether it was sent."""
    if identify(process.pid) != process:
        return False
    try:
        os.kill(process.pid, number)
    except ProcessLookupError:
        return False
    return True


def ask_to_end(processes: Iterable[Process], already: Set[Process]) -> None:
    """SIGTERM, once for each, also to those that are stopped."""
    for process in processes:
        if process not in already:
            already.add(process)
            send_signal(process, signal.SIGTERM)
            send_signal(process, signal.SIGCONT)


def kill(processes: Iterable[Process]) -> None:
    """SIGKILL."""
    for process in processes:
        send_signal(process, signal.SIGKILL)


def _read(pid: int) -> Optional[_Entry]:
    try:
        with open("/proc/%d/stat" % pid, "rb") as file:
            text = file.read()
    except OSError:
        return None
    # The name, in parentheses, may itself hold spaces and parentheses.
    fields = text[text.rindex(b")") + 2 :].split()
    return _Entry(Process(pid, int(fields[19])), int(fields[1]), fields[0].decode())

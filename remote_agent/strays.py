"""Processes of a task that are no longer below their runner, known by what they carry with them."""

from __future__ import annotations

import os
import time
from typing import Dict, List, Optional

from remote_agent.process_tree import Process, entries_below, every_entry, read_entry
from remote_agent.tree_end import TreeEnd

COOKIE = "CLEARQ_ATTEMPT_DIRECTORY"
"""The variable, set to the directory of the attempt, that a task's processes inherit."""


def find_strays(directory: str, session: Optional[int] = None) -> List[Process]:
    """Living processes that carry the attempt's cookie or are in its session, and all below them.

    A process that has left the session, and its parents, and has cleared its environment, is not
    found: only a subreaper above it could.
    """
    found: Dict[Process, None] = {}
    roots = _carriers(directory)
    if session is not None:
        roots += [entry.process.pid for entry in every_entry() if entry.session == session]
    own = os.getpid()
    for entry in [read_entry(pid) for pid in roots] + list(entries_below(roots)):
        if entry is not None and entry.is_alive and entry.process.pid != own:
            found[entry.process] = None
    return list(found)


def kill_strays(directory: str, patience: float, session: Optional[int] = None) -> List[Process]:
    """Kill what `find_strays` finds, until nothing is left; what could not be killed."""
    end = TreeEnd(lambda: find_strays(directory, session), 0.0, time.monotonic())
    deadline = time.monotonic() + patience
    while True:
        left = end.proceed(time.monotonic())
        if not left or time.monotonic() >= deadline:
            return left
        time.sleep(end.pause)


def _carriers(directory: str) -> List[int]:
    wanted = os.fsencode("%s=%s" % (COOKIE, directory))
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/environ" % name, "rb") as file:
                if wanted in file.read().split(b"\0"):
                    found.append(int(name))
        except OSError:
            continue  # gone, or somebody else's
    return found

"""Ends every process that belongs to embedded machines, and removes what they left."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from clearq_tui.model import ClearqError
from remote_agent.layout import Layout
from remote_agent.process_tree import Process, entries_below, read_entry
from remote_agent.removal import remove_tree
from remote_agent.takeover import remove_everything
from remote_agent.tree_end import TreeEnd

MARK: Final = "CLEARQ_DEMO_PLACE"
"""The variable, set to the place of the embedded machines, that all their processes inherit."""
_TRIES: Final = 5
_BETWEEN_TRIES: Final = 0.2
"""Seconds."""
_GRACE: Final = 0.5
"""Seconds that processes have to end themselves."""


def clear(place: Path, root: int | None = None) -> None:
    """End what carries the mark of `place` and what is below the process `root`; remove the place.

    Raises:
        ClearqError: a process does not end, or a file cannot be removed; names it.
    """
    for remaining in reversed(range(_TRIES)):
        _end_all(place, root)
        for agent in place.glob("*/.local/share/clearq/*/*"):
            remove_everything(Layout(str(agent)))
        is_gone = remove_tree(str(place))
        # What was just being forked when all were looked for is there now, and may have written.
        if is_gone and not _living(place, root) and not place.exists():
            return
        if not remaining:
            raise ClearqError(f"{place} could not be removed whole; remove what is left of it.")
        time.sleep(_BETWEEN_TRIES)


def _end_all(place: Path, root: int | None) -> None:
    end = TreeEnd(lambda: _living(place, root), _GRACE, time.monotonic())
    while living := end.proceed(time.monotonic()):
        if end.is_hopeless(time.monotonic()):
            pids = ", ".join(str(process.pid) for process in living)
            raise ClearqError(f"Process {pids} of the embedded machines does not end by SIGKILL.")
        time.sleep(end.pause)


def _living(place: Path, root: int | None) -> list[Process]:
    """The processes, this one left out."""
    roots = list(_marked(place))
    below = entries_below(roots + ([root] if root is not None else []))
    entries = [entry for entry in map(read_entry, roots) if entry is not None] + below
    own = os.getpid()
    return list({e.process: None for e in entries if e.is_alive and e.process.pid != own})


def _marked(place: Path) -> Iterable[int]:
    wanted = os.fsencode(f"{MARK}={place}")
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):  # it ended meanwhile, or is somebody else's
                if wanted in (entry / "environ").read_bytes().split(b"\0"):
                    yield int(entry.name)

"""What lies on the laptop of tasks that were removed, or of files that nobody wants any more."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from clearq_tui.model import parse_attempt_name
from clearq_tui.output_places import part_name
from clearq_tui.paths import Home
from clearq_tui.store import Store, outputs, tasks
from clearq_tui.store.output_types import OutputState

PARTS_KEPT: Final = 86400.0
"""Seconds since something came of it, after which what has arrived of a file goes with its wish."""


def remove_leftovers(store: Store, home: Home, now: float) -> None:
    """Remove logs, scalars and output of removed tasks, and beginnings of files not wanted.

    Raises:
        StoreError: the store cannot be read.
        OSError: the disk refuses.
    """
    for place in (home.root / "logs", home.root / "outputs"):
        for directory in _of_tasks(place):
            if not tasks.exists(store, int(directory.name)):
                shutil.rmtree(directory)
    for directory in _of_tasks(home.root / "outputs"):
        for parts in directory.glob("*.parts"):
            _remove_unwanted(store, directory.name, parts, now - PARTS_KEPT)


def _of_tasks(place: Path) -> Iterator[Path]:
    if place.is_dir():
        yield from (path for path in list(place.iterdir()) if path.name.isdigit())


def _remove_unwanted(store: Store, task: str, parts: Path, before: float) -> None:
    old = [part for part in parts.iterdir() if part.stat().st_mtime < before]
    if not old:
        return
    name = parse_attempt_name(f"{task}.{parts.name.removesuffix('.parts')}")
    wanted = {
        part_name(file.path)
        for file in outputs.files(store, *name)
        if file.state is OutputState.WANTED
    }
    for part in old:
        if part.name.partition("-")[0] not in wanted:
            part.unlink(missing_ok=True)

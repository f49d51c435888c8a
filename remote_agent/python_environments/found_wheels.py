"""A directory in which uv and pip find the wheels that the laptop has brought, by their names.

The wheels of all tasks lie in one directory, because uv unpacks a wheel once for each directory in
which it finds it. Which of them is taken for a requirement is settled by its hash.
"""

from __future__ import annotations

import contextlib
import os
from typing import Dict, Iterable, List

from remote_agent.environments.interface import StepFailed
from remote_agent.layout import Layout
from remote_agent.python_environments.request import Wheel


def show_for_all(wheels: Iterable[Wheel], layout: Layout) -> List[str]:
    """Have the wheels found by any task; the directories to look in.

    Raises:
        StepFailed: a blob has not arrived.
        OSError: the disk refuses.
    """
    place = os.path.join(layout.cache, "wheels")
    directories: Dict[str, None] = {}
    for wheel in wheels:
        # The same name with another content is another build of it, which must not hide this one.
        for directory in (place, os.path.join(place, wheel.sha256[:16])):
            if _show(wheel, directory, layout):
                directories[directory] = None
                break
    return list(directories)


def show_for_one(wheels: Iterable[Wheel], directory: str, layout: Layout) -> str:
    """Have the wheels found in this directory, which is the task's own; the directory.

    Raises:
        StepFailed: a blob has not arrived.
        OSError: the disk refuses.
    """
    for wheel in wheels:
        _show(wheel, directory, layout)
    return directory


def forget_missing(cache: str) -> None:
    """Remove the names of wheels that are no longer on the machine."""
    for directory, _, names in os.walk(os.path.join(cache, "wheels"), topdown=False):
        for path in [os.path.join(directory, name) for name in names]:
            if not os.path.exists(path):
                os.unlink(path)
        if not os.listdir(directory):
            os.rmdir(directory)


def _show(wheel: Wheel, directory: str, layout: Layout) -> bool:
    """Whether the name stands for this wheel in the directory now."""
    blob = layout.blob(wheel.sha256)
    if not os.path.exists(blob):
        raise StepFailed(
            "the file %s has not arrived on this machine; run the task again." % wheel.name
        )
    os.makedirs(directory, mode=0o700, exist_ok=True)
    path = os.path.join(directory, wheel.name)
    for _ in range(2):
        try:
            os.symlink(blob, path)
        except FileExistsError:
            if os.path.exists(path):
                break
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)  # what it named has been swept away
    return os.path.realpath(path) == os.path.realpath(blob)

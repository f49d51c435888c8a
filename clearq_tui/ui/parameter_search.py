"""Look for the parameters of a task, from a form or a view; takes a moment, so in a thread."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from clearq_tui.model import ClearqError, NewTask, Task
from clearq_tui.parameters import Found
from clearq_tui.paths import Home

_ELSEWHERE: Final = (
    "Its code is fetched when it runs; `clearq task parameters` fetches it to look into it."
)


def search(task: Task | NewTask, directory: Path | None, home: Home) -> Found:
    """What can be set of the task; `directory` is where its code is, while it is not captured.

    Where its code cannot be looked into, that is said in the notes, and its command says the rest.
    """
    from clearq_tui.operations.parameters import find_in_directory, find_parameters, is_at_hand

    try:
        if not task.snapshot:
            return find_in_directory(task.command, task.environment, directory)
        if is_at_hand(task.snapshot):
            return find_parameters(task, home)
        why = _ELSEWHERE
    except ClearqError as error:
        why = str(error)
    found = find_in_directory(task.command, task.environment, None)
    return replace(found, notes=(*found.notes, why))

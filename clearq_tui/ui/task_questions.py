"""What is asked before something is done to tasks. Pure but for reading what they are called."""

from __future__ import annotations

from collections.abc import Sequence

from clearq_tui.store import Store, tasks
from clearq_tui.ui import task_cells
from clearq_tui.ui.dialogs.confirm import MOST_WITHOUT_COUNT, Question


def described(store: Store, ids: Sequence[int]) -> list[str]:
    """A line for each task; of more than are listed only the first ones are read."""
    rows = {row.task.id: row for row in tasks.rows_of(store, ids[:MOST_WITHOUT_COUNT])}
    return [task_cells.describe(rows[task]) if task in rows else f"#{task}" for task in ids]


def abort_question(lines: Sequence[str], name: str) -> Question:
    """Before tasks are ended, `name` saying which: `task #12`, `3 tasks`."""
    return Question(
        f"Abort {name}",
        "One that runs is asked to stop, and killed with all its processes if it has not stopped "
        "when its grace period is over. One that waits leaves its queue at once.",
        "Abort",
        lines,
    )


def kill_question(lines: Sequence[str], name: str) -> Question:
    """Before tasks are ended without a grace period."""
    return Question(
        f"Kill {name}",
        "All processes are killed at once: nothing is saved first. Abort (x) asks them to stop.",
        "Kill",
        lines,
    )


def remove_question(lines: Sequence[str], name: str) -> Question:
    """Before tasks are taken out of the store."""
    return Question(
        f"Delete {name}",
        "The tasks and their attempts are gone for good, and cannot be retried or cloned any more.",
        "Delete",
        lines,
    )

"""What a task's row says, cell by cell. Pure: the present is passed in."""

from __future__ import annotations

from rich.text import Text

from clearq_tui.model import TaskState
from clearq_tui.shell_quoting import join
from clearq_tui.store.tasks import TaskRow
from clearq_tui.ui.amounts import age
from clearq_tui.ui.task_looks import TASK_LOOKS
from clearq_tui.ui.widgets.tones import Tone

_LONGEST_COMMAND = 300
"""Characters; a cell never shows more, and every row on the screen is quoted anew."""


def ran_seconds(row: TaskRow, now: float) -> float | None:
    """How long the latest attempt has run or ran; None where it never started."""
    if row.started_at is None:
        return None
    if row.task.state is TaskState.RUNNING:
        return now - row.started_at
    if row.ended_at is None:
        return None
    return row.ended_at - row.started_at


def ran(row: TaskRow, now: float) -> str:
    """How long it has run or ran; empty where it never started."""
    return age(ran_seconds(row, now))


def since(row: TaskRow, now: float) -> str:
    """How long the task has been in its state."""
    return age(now - row.task.changed_at)


def exit_code(row: TaskRow) -> str:
    """The exit code of the latest attempt; empty where there is none."""
    return "" if row.exit_code is None else str(row.exit_code)


def attempt(row: TaskRow) -> str:
    """The number of the latest attempt; empty before the first."""
    return str(row.task.attempt) if row.task.attempt else ""


def command(row: TaskRow) -> str:
    """The command as a line of shell."""
    return join(row.task.command)[:_LONGEST_COMMAND]


def detail(row: TaskRow) -> Text:
    """Why the task is as it is, where there is something to say; else what it runs."""
    if row.task.reason:
        return Text(row.task.reason, TASK_LOOKS[row.task.state].tone)
    return Text(command(row), Tone.DIM)


def row_tone(row: TaskRow) -> Tone | None:
    """The tone of the whole row: drafts step back."""
    return Tone.DIM if row.task.state is TaskState.DRAFT else None


def describe(row: TaskRow) -> str:
    """One line that says which task is meant: `#12  train  running on gpu-a01`."""
    where = f" on {row.worker_name}" if row.worker_name and row.task.state.is_active else ""
    return f"#{row.task.id}  {row.task.name}  {row.task.state.value}{where}"


def tasks_in_words(ids: list[int]) -> str:
    """`task #12`, or `3 tasks`."""
    return f"task #{ids[0]}" if len(ids) == 1 else f"{len(ids):,} tasks"

"""A task's history as rows of a table. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rich.text import Text

from clearq_tui.model import Event, TaskState
from clearq_tui.store.events import STATE
from clearq_tui.ui.task_details import TaskDetails
from clearq_tui.ui.task_looks import TASK_LOOKS
from clearq_tui.ui.widgets.list_rows import ListRows
from clearq_tui.ui.widgets.table_column import Column
from clearq_tui.ui.widgets.tones import Tone
from clearq_tui.wording import moment


@dataclass(frozen=True)
class EventRow:
    """An event with the names of what it is about."""

    event: Event
    worker: str
    queue: str


_STATES: Final[Mapping[str, TaskState]] = {state.value: state for state in TaskState}


def event_rows(details: TaskDetails) -> list[EventRow]:
    """The newest first."""
    return [
        EventRow(
            event,
            details.worker_names.get(event.worker or 0, ""),
            details.queue_names.get(event.queue or 0, ""),
        )
        for event in details.events
    ]


def new_event_rows() -> ListRows[EventRow]:
    """A source without rows."""
    return ListRows([], key=lambda row: row.event.id)


def what(row: EventRow) -> str | Text:
    """What happened; of a change of state, the new state."""
    event = row.event
    if event.what == STATE and event.after in _STATES:
        return TASK_LOOKS[_STATES[event.after]].text
    return event.what


def more(row: EventRow) -> str:
    """Where, into what, and why."""
    event = row.event
    parts = []
    if event.what != STATE and (event.before or event.after):
        parts.append(f"{event.before} → {event.after}" if event.before else event.after)
    if row.worker:
        parts.append(f"on {row.worker}")
    if row.queue and event.what == STATE and event.after == TaskState.QUEUED:
        parts.append(f"in {row.queue}")
    if event.why:
        parts.append(event.why)
    return " · ".join(parts)


EVENT_COLUMNS: Final = (
    Column[EventRow](
        key="at", title="AT", render=lambda row: moment(row.event.at), least=19, ideal=19,
    ),
    Column[EventRow](key="what", title="WHAT", render=what, least=12, ideal=16),
    Column[EventRow](
        key="try", title="TRY", render=lambda row: str(row.event.attempt or ""), least=3, ideal=3,
        align="right", priority=3,
    ),
    Column[EventRow](
        key="who", title="WHO", render=lambda row: Text(row.event.who, Tone.DIM), least=10,
        ideal=14, priority=2,
    ),
    Column[EventRow](key="more", title="", render=more, least=20, ideal=40, grows=True),
)  # fmt: skip

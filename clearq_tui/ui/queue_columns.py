"""The columns of the list of queues. Pure."""

from __future__ import annotations

from typing import Final

from rich.text import Text

from clearq_tui.store.queues import QueueRow
from clearq_tui.ui.widgets.list_rows import ListRows
from clearq_tui.ui.widgets.table_column import Column
from clearq_tui.ui.widgets.tones import Tone


def new_queue_rows() -> ListRows[QueueRow]:
    """A source without rows, sortable by name and counts."""
    return ListRows(
        [],
        key=lambda row: row.queue.id,
        sorts={
            "name": lambda row: row.queue.name,
            "waiting": lambda row: (row.waiting, row.queue.name),
            "active": lambda row: (row.active, row.queue.name),
        },
    )


def state(row: QueueRow) -> Text:
    """Whether tasks of the queue are being taken."""
    if row.queue.paused:
        return Text("‖ paused", Tone.WARNING)
    if not row.workers:
        return Text("○ unserved", Tone.WARNING if row.waiting else Tone.DIM)
    return Text("● open", Tone.GOOD)


def name(row: QueueRow) -> str | Text:
    """The name, with a star behind the default one, as the key is that makes it so."""
    if not row.is_default:
        return row.queue.name
    return Text.assemble(row.queue.name, (" *", Tone.ACCENT))


def _count(number: int, tone: Tone) -> Text:
    return Text(f"{number:,}", tone if number else Tone.DIM)


QUEUE_COLUMNS: Final = (
    Column[QueueRow](
        key="name", title="QUEUE", render=name, least=10, ideal=12, grows=True, sort="name",
    ),
    Column[QueueRow](key="state", title="STATE", render=state, least=10, ideal=10),
    Column[QueueRow](
        key="waiting", title="WAIT", render=lambda row: _count(row.waiting, Tone.PLAIN),
        least=5, ideal=6, align="right", sort="waiting", descending_first=True,
    ),
    Column[QueueRow](
        key="active", title="RUN", render=lambda row: _count(row.active, Tone.BUSY), least=4,
        ideal=5, align="right", sort="active", descending_first=True, priority=2,
    ),
    Column[QueueRow](
        key="workers", title="WORKERS", render=lambda row: Text(" ".join(row.workers), Tone.DIM),
        least=12, ideal=20, grows=True, priority=4,
    ),
)  # fmt: skip

"""The screen of `clearq status`, drawn with Rich; into a pipe it is plain and whole."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from clearq_tui.cli.columns import NOTHING
from clearq_tui.cli.terminal import STATE_COLOUR, has_colour, is_terminal
from clearq_tui.safe_text import one_line
from clearq_tui.wording import age

if TYPE_CHECKING:
    from clearq_tui.cli.status import StatusDocument

_WIDE_ENOUGH: Final = 10_000
"""Columns for pipes and files, where no line is ever cut."""
_AROUND: Final = 14
"""Lines of the screen that are not rows of the three tables."""
_LEAST_ROWS: Final = 3

_Rows = Sequence[tuple[str, ...]]


def show(document: StatusDocument, now: float) -> None:
    """Print the document so that it fits the terminal; a pipe gets all of it."""
    console = Console(
        file=sys.stdout,
        color_system="auto" if has_colour() else None,
        highlight=False,
        width=None if is_terminal() else _WIDE_ENOUGH,
    )
    tables = (
        (("MACHINE", "LINK", "SINCE", "REASON"), _machines(document, now)),
        (("WORKER", "MACHINE", "LINK", "SLOTS", "QUEUES", "TASKS"), _workers(document)),
        (("QUEUE", "WAITING", "ACTIVE", "STATE", "WORKERS"), _queues(document)),
    )
    room = console.height - _AROUND if is_terminal() else sys.maxsize
    limits = share(room, [len(rows) for _, rows in tables])
    console.print(_headline(document), soft_wrap=True)
    for (titles, rows), limit in zip(tables, limits, strict=True):
        console.print()
        console.print(_table(titles, rows[:limit]))
        if len(rows) > limit:
            noun = titles[0].lower()
            console.print(f"… {len(rows) - limit} more: clearq {noun} list", style="dim")


def share(room: int, wanted: Sequence[int]) -> list[int]:
    """How many rows each table gets of the room: small ones all, large ones what is left."""
    given = [0] * len(wanted)
    left = max(room, _LEAST_ROWS * len(wanted))
    for position, index in enumerate(sorted(range(len(wanted)), key=lambda index: wanted[index])):
        given[index] = min(wanted[index], left // (len(wanted) - position))
        left -= given[index]
    return given


def _headline(document: StatusDocument) -> Text:
    pid = document["controller"]
    line = Text()
    line.append("controller ")
    line.append(f"runs ({pid})" if pid else "does not run", style="green" if pid else "yellow")
    line.append("   tasks")
    counts = [(state, count) for state, count in document["tasks"].items() if count]
    for state, count in counts:
        line.append(f"  {count} ")
        line.append(state, style=STATE_COLOUR.get(state, ""))
    if not counts:
        line.append("  none")
    return line


def _table(titles: Sequence[str], rows: _Rows) -> Table:
    table = Table(
        box=SIMPLE_HEAD if has_colour() else None,
        show_edge=False,
        pad_edge=False,
        padding=(0, 2, 0, 0),
    )
    for title in titles:
        table.add_column(title, no_wrap=True, overflow="ellipsis")
    for row in rows:
        cells = [one_line(cell) or NOTHING for cell in row]
        table.add_row(*(Text(cell, style=STATE_COLOUR.get(cell, "")) for cell in cells))
    return table


def _machines(document: StatusDocument, now: float) -> _Rows:
    return [
        (
            machine["name"],
            "removing" if machine["removing"] else machine["link"],
            age(machine["link_since"], now),
            machine["link_reason"],
        )
        for machine in document["machines"]
    ]


def _workers(document: StatusDocument) -> _Rows:
    return [
        (
            worker["name"],
            worker["machine"],
            "draining" if worker["draining"] else worker["link"],
            f"{len(worker['tasks'])}/{worker['slots']}",
            ",".join(worker["queues"]),
            ",".join(f"#{task}" for task in worker["tasks"]),
        )
        for worker in document["workers"]
    ]


def _queues(document: StatusDocument) -> _Rows:
    return [
        (
            queue["name"] + (" (default)" if queue["default"] else ""),
            str(queue["waiting"]),
            str(queue["active"]),
            "paused" if queue["paused"] else "open",
            ",".join(queue["workers"]),
        )
        for queue in document["queues"]
    ]

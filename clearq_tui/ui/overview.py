"""The counts in the header line: how many workers run, wait or are lost, and how many tasks."""

from __future__ import annotations

import time as time_module
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from rich.text import Text

from clearq_tui.model import LinkState, TaskState
from clearq_tui.store import Store, queues, tasks, workers
from clearq_tui.store.workers import WorkerRow
from clearq_tui.ui import amounts
from clearq_tui.ui.controller_state import ControllerPhase, ControllerState
from clearq_tui.ui.widgets.tones import Tone

HOUR: Final = 3600.0
_GAP: Final = 3
_SEPARATOR: Final = " › "  # noqa: RUF001 - as in a path


@dataclass(frozen=True)
class Overview:
    """The whole cluster in numbers."""

    running: int = 0
    """Workers with a task."""
    idle: int = 0
    lost: int = 0
    """Workers whose machine is not online."""
    draining: int = 0
    queued: int = 0
    active: int = 0
    failed: int = 0
    """Tasks that failed or were lost within the last hour."""


def overview(store: Store, now: float) -> Overview:
    """The numbers now."""
    with store.reading():
        failed = tasks.went_wrong_since(store, now - HOUR)
        return counted(workers.rows(store), queues.counts(store), failed)


def counted(rows: Iterable[WorkerRow], counts: Mapping[TaskState, int], failed: int) -> Overview:
    """Each worker counts once: lost before draining before running before idle."""
    running = idle = lost = draining = 0
    for row in rows:
        if row.link is not LinkState.ONLINE:
            lost += 1
        elif row.worker.draining:
            draining += 1
        elif row.tasks:
            running += 1
        else:
            idle += 1
    return Overview(
        running,
        idle,
        lost,
        draining,
        counts.get(TaskState.QUEUED, 0),
        sum(number for state, number in counts.items() if state.is_active),
        failed,
    )


def header_text(
    view: str,
    numbers: Overview,
    controller: ControllerState,
    at: float,
    width: int,
) -> Text:
    """The header line on exactly `width` cells; what matters least goes first."""
    clock = time_module.strftime("%H:%M:%S", time_module.localtime(at))
    left = Text.assemble(("clearq", Tone.ACCENT), (_SEPARATOR, Tone.DIM), (view, Tone.STRONG))
    pieces = [
        _workers_piece(numbers),
        _tasks_piece(numbers),
        _controller_piece(controller),
    ]
    room = width - len(left.plain) - len(clock) - 1
    for piece in pieces:
        if room >= len(piece.plain) + _GAP:
            left.append(" " * _GAP).append_text(piece)
            room -= len(piece.plain) + _GAP
    left.append(" " * max(1, width - len(left.plain) - len(clock)))
    return left.append(clock, Tone.DIM)


def _workers_piece(numbers: Overview) -> Text:
    everything = numbers.running + numbers.idle + numbers.lost + numbers.draining
    piece = Text(f"{everything}: ")
    for glyph, number, word, tone in (
        ("●", numbers.running, "run", Tone.BUSY),
        ("○", numbers.idle, "idle", Tone.GOOD),
        ("✗", numbers.lost, "lost", Tone.BAD),
        ("◐", numbers.draining, "drain", Tone.WARNING),
    ):
        if number or word in ("run", "idle"):
            piece.append(f"{glyph}{number} {word} ", tone if number else Tone.DIM)
    piece.rstrip()
    return piece


def _tasks_piece(numbers: Overview) -> Text:
    piece = Text(f"queue {amounts.count(numbers.queued)}  active {amounts.count(numbers.active)}")
    piece.append(
        f"  fail/1h {amounts.count(numbers.failed)}", Tone.BAD if numbers.failed else Tone.DIM
    )
    return piece


def _controller_piece(controller: ControllerState) -> Text:
    match controller.phase:
        case ControllerPhase.RUNNING:
            return Text("● controller", Tone.GOOD)
        case ControllerPhase.STARTING:
            return Text("◌ starting", Tone.WARNING)
        case ControllerPhase.GONE:
            return Text("✗ no controller", Tone.BAD)

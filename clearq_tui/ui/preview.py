"""What the preview says of the worker under the cursor. Pure but for the widget at the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Container

from clearq_tui.model import LinkState, Machine
from clearq_tui.store import attempts, machines
from clearq_tui.ui import amounts
from clearq_tui.ui.readings import Readings
from clearq_tui.ui.sources.workers import WorkerLine
from clearq_tui.ui.tone_lines import ToneLines
from clearq_tui.ui.widgets.blocks import bar
from clearq_tui.ui.widgets.log_view import LogView
from clearq_tui.ui.widgets.tones import Tone

if TYPE_CHECKING:
    from clearq_tui.ui.app import ClearqApp

_SHOWN_TASKS = 4
_BAR = 16


def fact_lines(line: WorkerLine, machine: Machine, now: float) -> list[Text]:
    """Link and reason, machine, seat, tasks."""
    worker = line.row.worker
    lines = [
        Text.assemble((worker.name, Tone.STRONG), " on ", machine.name, *_target(machine)),
        _link(line, machine, now),
    ]
    if described := describe(machine):
        lines.append(Text(described, Tone.DIM))
    seat = f"{worker.slots} slot{'s' * (worker.slots != 1)} · {worker.policy.value}"
    served = " → ".join(line.row.queues) or "none"
    lines.append(Text.assemble(seat, " · queues ", (served, Tone.STRONG)))
    for number, name in line.row.tasks[:_SHOWN_TASKS]:
        lines.append(Text.assemble(("● ", Tone.BUSY), (f"#{number} ", Tone.ACCENT), name))
    if len(line.row.tasks) > _SHOWN_TASKS:
        lines.append(Text(f"  and {len(line.row.tasks) - _SHOWN_TASKS} more", Tone.DIM))
    if hint := _hint(line):
        lines.append(Text(hint, Tone.WARNING))
    return lines


def _target(machine: Machine) -> tuple[tuple[str, str], ...]:
    return ((f" ({machine.target})", Tone.DIM),) if machine.target else ()


def _link(line: WorkerLine, machine: Machine, now: float) -> Text:
    text = Text.assemble((f"{line.state.glyph} {machine.link.value}", line.state.tone))
    if machine.link_since is not None:
        text.append(f" for {amounts.age(now - machine.link_since)}", Tone.DIM)
    if machine.link_reason:
        text.append(f"  {machine.link_reason}", Tone.WARNING)
    if line.stale_for is not None and machine.link is LinkState.ONLINE:
        text.append(f"  no sample for {amounts.age(line.stale_for)}", Tone.WARNING)
    return text


def _hint(line: WorkerLine) -> str:
    match line.row.link:
        case LinkState.HOST_KEY:
            return "y shows the host key and asks"
        case LinkState.FAILED | LinkState.OFFLINE:
            return "r tries again now"
        case _:
            return ""


def describe(machine: Machine) -> str:
    """`Linux 6.8 · x86_64 · 64 CPUs · 512G · Python 3.11.9`, of what the agent told."""
    facts = machine.facts
    cpus, memory = facts.get("cpus"), facts.get("memory")
    release = str(facts.get("release") or "").partition("-")[0]
    pieces = [
        f"{facts.get('system') or ''} {release}".strip(),
        str(facts.get("architecture") or ""),
        f"{cpus} CPUs" if isinstance(cpus, int) else "",
        amounts.size(memory) if isinstance(memory, int | float) else "",
        f"Python {facts['python']}" if facts.get("python") else "",
    ]
    return " · ".join(piece for piece in pieces if piece)


def gauge_lines(readings: Readings, *, dim: bool) -> list[Text]:
    """One bar for each GPU; processors, memory and disk space where there are none or room."""
    lines = [
        _gauge(
            f"G{number}",
            None if gpu.use is None else gpu.use / 100,
            amounts.percent(gpu.use),
            "  ".join(
                (
                    amounts.of_total(gpu.memory_used, gpu.memory_total),
                    amounts.NOTHING if gpu.temperature is None else f"{gpu.temperature:.0f}°",
                    amounts.NOTHING if gpu.power is None else f"{gpu.power:.0f}W",
                )
            ),
            dim=dim,
        )
        for number, gpu in enumerate(readings.gpus)
    ]
    cpu, used, whole = readings.cpu, readings.memory_used, readings.memory_total
    cores = f"{readings.cores:.0f} cores" if readings.cores else ""
    load = f"  load {readings.load:.1f}" if readings.load is not None else ""
    lines.append(
        _gauge(
            "CPU", None if cpu is None else cpu / 100, amounts.percent(cpu), cores + load, dim=dim
        )
    )
    lines.append(_gauge_of("MEM", used, whole, dim=dim))
    lines.append(_gauge_of("DISK", readings.space_used, readings.space_total, dim=dim))
    return lines


def _gauge_of(name: str, used: float | None, whole: float | None, *, dim: bool) -> Text:
    share = used / whole if used is not None and whole else None
    shown = amounts.percent(None if share is None else share * 100)
    return _gauge(name, share, shown, amounts.of_total(used, whole), dim=dim)


def _gauge(name: str, share: float | None, shown: str, rest: str, *, dim: bool) -> Text:
    tone = Tone.DIM if dim or share is None else Tone.WARNING if share > 0.9 else Tone.BUSY
    drawn = bar(share, _BAR).replace(" ", "·")
    return Text.assemble(
        (f"{name:<4}", Tone.STRONG), f"{shown:>4} ", (drawn, tone), "  ", (rest, Tone.DIM)
    )


class Preview(Container):
    """Facts, gauges, and where there is room the end of the log of the worker's first task."""

    def compose(self) -> ComposeResult:
        """The three parts."""
        yield ToneLines(id="preview-facts")
        yield ToneLines(id="preview-gauges")
        log = LogView(None, empty="No log yet.", id="preview-log")
        log.can_focus = False
        yield log

    def show(self, line: WorkerLine | None) -> None:
        """Show this worker, or nothing."""
        cluster = cast("ClearqApp", self.app).cluster
        machine = machines.by_id(cluster.store, line.row.worker.machine) if line else None
        facts, gauges = (self.query_one(f"#preview-{name}", ToneLines) for name in _PARTS)
        if line is None or machine is None:
            facts.show([Text("No worker is selected.", Tone.DIM)])
            gauges.show([])
            self._show_log(())
            return
        facts.show(fact_lines(line, machine, cluster.now()))
        gauges.show(gauge_lines(line.readings, dim=line.is_dim))
        self._show_log(line.row.tasks)

    def _show_log(self, tasks: Sequence[tuple[int, str]]) -> None:
        view = self.query_one("#preview-log", LogView)
        view.display = bool(tasks)
        cluster = cast("ClearqApp", self.app).cluster
        attempt = attempts.open_of_task(cluster.store, tasks[0][0]) if tasks else None
        path = cluster.home.attempt_log(attempt.task, attempt.number) if attempt else None
        if path != view.path:
            view.open(path)


_PARTS = ("facts", "gauges")

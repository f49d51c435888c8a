"""The columns of the Workers view."""

from __future__ import annotations

from typing import Final

from rich.text import Text

from clearq_tui.ui import amounts
from clearq_tui.ui.sources.workers import HISTORY_WIDTH, WorkerLine
from clearq_tui.ui.widgets.table_column import Column
from clearq_tui.ui.widgets.tones import Tone

GPU_COLUMNS: Final = frozenset({"gpus", "gpu", "vram", "temperature"})
"""Hidden where no machine has a GPU."""
_HOT: Final = 85


def _state(line: WorkerLine) -> Text:
    text = Text(f"{line.state.glyph} {line.state.word}", line.state.tone)
    if line.state.is_linked and line.stale_for is not None:
        text.append(f" ~{amounts.age(line.stale_for)}", Tone.WARNING)
    elif line.state.is_linked and line.row.worker.slots > 1 and line.row.tasks:
        text.append(f" {len(line.row.tasks)}/{line.row.worker.slots}", Tone.DIM)
    return text


def _task(line: WorkerLine) -> Text:
    tasks = line.row.tasks
    if tasks:
        number, name = tasks[0]
        text = Text.assemble((f"#{number}", Tone.ACCENT), " ", name)
        return text.append(f" +{len(tasks) - 1}", Tone.DIM) if len(tasks) > 1 else text
    return Text(line.row.link_reason if not line.state.is_linked else "", Tone.DIM)


def _gpus(line: WorkerLine) -> str:
    gpus = line.readings.gpus
    return f"{len(gpus)}×{gpu_model(gpus[0].name)}" if gpus else amounts.NOTHING  # noqa: RUF001


def gpu_model(name: str) -> str:
    """`H100` for `NVIDIA H100 80GB HBM3`: the word that people say."""
    words = [word for word in name.split() if word.casefold() not in _BRANDS]
    return words[0].partition("-")[0] if words else name


_BRANDS: Final = frozenset({"nvidia", "geforce", "tesla", "quadro", "amd", "instinct", "rtx"})


def _load(value: float | None, line: WorkerLine) -> Text:
    if value is None or line.is_dim:
        return Text(amounts.percent(value), Tone.DIM)
    tone = Tone.WARNING if value >= 98 else Tone.GOOD if value >= 50 else Tone.PLAIN
    return Text(amounts.percent(value), tone)


def _temperature(line: WorkerLine) -> Text:
    told = [gpu.temperature for gpu in line.readings.gpus if gpu.temperature is not None]
    if not told:
        return Text(amounts.NOTHING, Tone.DIM)
    return Text(f"{max(told):.0f}°", Tone.BAD if max(told) >= _HOT else Tone.PLAIN)


def _history(line: WorkerLine) -> Text:
    return Text(line.history, Tone.DIM if line.is_dim else Tone.BUSY)


def _network(line: WorkerLine) -> str:
    down, up = line.readings.received, line.readings.sent
    if down is None and up is None:
        return amounts.NOTHING
    return f"{amounts.rate(down)}/{amounts.rate(up)}"


def _queues(line: WorkerLine) -> str | Text:
    queues = line.row.queues
    if not queues:
        return Text("none", Tone.DIM)
    return queues[0] if len(queues) == 1 else f"{queues[0]}+{len(queues) - 1}"


WORKER_COLUMNS: Final[tuple[Column[WorkerLine], ...]] = (
    Column(
        key="worker",
        title="WORKER",
        render=lambda line: Text(line.row.worker.name, Tone.STRONG),
        least=10,
        ideal=16,
        sort="name",
    ),
    Column(key="state", title="ST", render=_state, least=11, ideal=12, sort="state"),
    Column(
        key="task",
        title="TASK",
        render=_task,
        least=19,
        ideal=24,
        priority=2,
        sort="task",
        descending_first=True,
        grows=True,
    ),
    Column(key="gpus", title="GPU", render=_gpus, least=6, ideal=7, priority=6),
    Column(
        key="gpu",
        title="UTIL",
        render=lambda line: _load(line.readings.gpu_use, line),
        least=5,
        ideal=5,
        priority=2,
        align="right",
        sort="gpu",
        descending_first=True,
    ),
    Column(
        key="history",
        title="HIST 10m",
        render=_history,
        least=HISTORY_WIDTH,
        ideal=HISTORY_WIDTH,
        priority=7,
    ),
    Column(
        key="vram",
        title="VRAM",
        render=lambda line: amounts.of_total(
            line.readings.gpu_memory_used, line.readings.gpu_memory_total
        ),
        least=8,
        ideal=8,
        priority=4,
        align="right",
        sort="vram",
        descending_first=True,
    ),
    Column(
        key="temperature",
        title="TEMP",
        render=_temperature,
        least=4,
        ideal=4,
        priority=9,
        align="right",
    ),
    Column(
        key="cpu",
        title="CPU",
        render=lambda line: _load(line.readings.cpu, line),
        least=4,
        ideal=4,
        priority=3,
        align="right",
        sort="cpu",
        descending_first=True,
    ),
    Column(
        key="memory",
        title="MEM",
        render=lambda line: amounts.of_total(line.readings.memory_used, line.readings.memory_total),
        least=8,
        ideal=9,
        priority=4,
        align="right",
        sort="memory",
        descending_first=True,
    ),
    Column(
        key="network",
        title="NET ↓/↑",
        render=_network,
        least=9,
        ideal=9,
        priority=5,
        align="right",
        sort="network",
        descending_first=True,
    ),
    Column(
        key="disk",
        title="DISK",
        render=lambda line: amounts.rate(line.readings.disk),
        least=4,
        ideal=5,
        priority=8,
        align="right",
        sort="disk",
        descending_first=True,
    ),
    Column(
        key="queue",
        title="QUEUE",
        render=_queues,
        least=7,
        ideal=12,
        priority=6,
        sort="queue",
    ),
    Column(
        key="age",
        title="AGE",
        render=lambda line: amounts.age(line.busy_since),
        least=5,
        ideal=5,
        priority=3,
        align="right",
        sort="age",
        descending_first=True,
    ),
)

"""The strip of charts over the Workers view: GPU, CPU, network, disk over ten minutes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from textual.app import ComposeResult
from textual.containers import Horizontal

from clearq_tui.ui import amounts
from clearq_tui.ui.history import History, Measure
from clearq_tui.ui.readings import mean, total
from clearq_tui.ui.widgets.braille_chart import BrailleChart
from clearq_tui.ui.widgets.tones import Tone

_Combine = Callable[[list[float | None]], float | None]

_COMBINE: Final[dict[Measure, _Combine]] = {
    Measure.GPU: mean,
    Measure.CPU: mean,
    Measure.NETWORK: total,
    Measure.DISK: total,
}


def combined(histories: Sequence[History], measure: Measure, now: float) -> list[float | None]:
    """What several machines do together: shares as their mean, traffic as its sum."""
    if len(histories) == 1:
        return histories[0].values(measure, now)
    combine = _COMBINE[measure]
    columns = zip(*(history.values(measure, now) for history in histories), strict=True)
    return [combine(list(column)) for column in columns]


def stretched(values: Sequence[float | None], width: int) -> list[float | None]:
    """The values spread over `width`, each repeated, so that the span fills a chart."""
    if not values or width <= len(values):
        return list(values)
    return [values[place * len(values) // width] for place in range(width)]


class Charts(Horizontal):
    """Four charts side by side."""

    def compose(self) -> ComposeResult:
        """One chart a measure."""
        yield BrailleChart(
            "GPU", tone=Tone.BUSY, show=amounts.percent, high=100, span="10m", id="gpu-chart"
        )
        yield BrailleChart(
            "CPU", tone=Tone.GOOD, show=amounts.percent, high=100, span="10m", id="cpu-chart"
        )
        yield BrailleChart(
            "NET", tone=Tone.ACCENT, show=amounts.rate, span="10m", id="network-chart"
        )
        yield BrailleChart(
            "DISK", tone=Tone.WARNING, show=amounts.rate, span="10m", id="disk-chart"
        )

    def show(self, subject: str, histories: Iterable[History], now: float, stale: str = "") -> None:
        """Draw the histories of `subject`; `stale` says that they have ended."""
        self.border_title = self.render_str(f" {subject} ".replace("[", r"\["))
        known = list(histories)
        for measure in Measure:
            chart = self.query_one(f"#{measure.value}-chart", BrailleChart)
            values = combined(known, measure, now) if known else []
            chart.set_values(stretched(values, 2 * chart.size.width), stale=stale)

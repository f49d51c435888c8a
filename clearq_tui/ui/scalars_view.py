"""A chart for each scalar of an attempt, live.

Files are read a little at a time on the event loop: an expression on a log has to be (see
`scalars.patience`), and no key waits longer than for one slice.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar, Final, cast

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.events import Resize
from textual.timer import Timer

from clearq_tui.model import Task, attempt_name
from clearq_tui.scalars import Board, ScalarFiles, smoothed
from clearq_tui.ui import scalar_lines
from clearq_tui.ui.charts import stretched
from clearq_tui.ui.tone_lines import ToneLines
from clearq_tui.ui.widgets.braille_chart import BrailleChart
from clearq_tui.ui.widgets.tones import Tone

if TYPE_CHECKING:
    from clearq_tui.ui.app import ClearqApp
    from clearq_tui.ui.cluster import Cluster

MOST_SHOWN: Final = 60
"""Charts; the command line has all."""
_SLICE: Final = 0.008
"""Seconds of reading after which keys are looked at again."""
_CALM: Final = 0.2
"""Seconds between two looks while a file grows."""
_PATIENCE: Final = 1.0
"""Seconds between two looks when nobody says that a file has grown."""
_NOTHING: Final = (
    "No scalars yet. A task tells them in $CLEARQ_SCALARS, one line of JSON each: "
    '{"step": 10, "loss": 0.3}; or queue it with --scalar loss=\'loss=(\\S+)\' '
    "to have them found in its log."
)


class ScalarsView(VerticalScroll):
    """The scalars of one attempt at a time; `show` says which."""

    DEFAULT_CSS = """
    ScalarsView > #scalars-summary { padding: 0 0 1 0; }
    ScalarsView > .scalar { height: 6; margin-bottom: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("S", "smooth", "Smooth", id="scalars.smooth"),
    ]

    def __init__(self) -> None:
        super().__init__(can_focus=True)
        self._shown: tuple[int, int] = (0, 0)
        self._has_patterns = False
        self._files: ScalarFiles | None = None
        self._board = Board()
        self._charts: dict[str, BrailleChart] = {}
        self._weight = scalar_lines.WEIGHTS[0]
        self._is_open = False
        self._again: Timer | None = None

    @property
    def cluster(self) -> Cluster:
        """The store and what is live."""
        return cast("ClearqApp", self.app).cluster

    def compose(self) -> ComposeResult:
        """The lines above; the charts come with their scalars."""
        yield ToneLines(id="scalars-summary")

    def on_mount(self) -> None:
        """Follow both files."""
        self.cluster.scalars_grew.subscribe(self, self._grew)
        self.cluster.log_grew.subscribe(self, self._log_grew)
        self.set_interval(_PATIENCE, self._read)
        self._paint()

    def show(self, task: Task, number: int) -> None:
        """Show the scalars of this attempt; 0: there is none yet."""
        if (task.id, number) == self._shown:
            return
        self._shown = (task.id, number)
        self._has_patterns = bool(task.scalars)
        home = self.cluster.home
        self._files = ScalarFiles(
            home.attempt_scalars(*self._shown), home.attempt_log(*self._shown), task.scalars
        )
        self._board = Board()
        for chart in self._charts.values():
            chart.remove()
        self._charts = {}
        self._paint()
        if self._is_open:
            self._read()

    def open(self) -> None:
        """The operator looks at it: read what there is, and go on as it grows."""
        self._is_open = True
        self._read()

    def close(self) -> None:
        """The operator looks at something else: read nothing until `open`."""
        self._is_open = False

    def action_smooth(self) -> None:
        """Smooth the charts more, then not at all again."""
        place = scalar_lines.WEIGHTS.index(self._weight) + 1
        self._weight = scalar_lines.WEIGHTS[place % len(scalar_lines.WEIGHTS)]
        self._paint()

    def on_resize(self, _: Resize) -> None:
        """Let the histories fill the new width."""
        self.call_after_refresh(self._paint)

    # Reading

    def _grew(self, attempt: str) -> None:
        if self._is_open and attempt == attempt_name(*self._shown):
            self._read_later(_CALM)

    def _log_grew(self, attempt: str) -> None:
        if self._has_patterns:
            self._grew(attempt)

    def _read_later(self, seconds: float) -> None:
        if self._again is None:
            self._again = self.set_timer(seconds, self._read)

    def _read(self) -> None:
        """One slice of what the files hold beyond what was read."""
        if self._again is not None:
            self._again.stop()
            self._again = None
        if self._files is None or not (self._is_open and self.screen.is_current):
            return
        until = time.monotonic() + _SLICE
        more, has_news = True, False
        try:
            while more and time.monotonic() < until:
                found, more = self._files.read()
                has_news = self._board.take(found) or has_news
        except OSError as error:
            self._say([f"The scalars cannot be read: {error.strerror or error}."])
            return
        if has_news:
            self._paint()
        if more:
            self._read_later(0.0)

    # Painting

    def _paint(self) -> None:
        shown = list(self._board.series.items())[:MOST_SHOWN]
        new = [name for name, _ in shown if name not in self._charts]
        for name in new:
            self._charts[name] = BrailleChart(
                name, tone=Tone.ACCENT, show=scalar_lines.number, classes="scalar"
            )
        if new:
            self.mount(*(self._charts[name] for name in new))
            self.call_after_refresh(self._paint)  # once they have a width
        for name, series in shown:
            chart = self._charts[name]
            width = 2 * chart.size.width
            values = stretched(smoothed(series.values(max(1, width)), self._weight), width)
            latest = series.latest
            chart.set_values(
                values,
                value=None if latest is None else latest.value,
                span=scalar_lines.span(series),
                ends=(series.least or 0.0, series.greatest or 0.0),
            )
        self._say(self._files.problems() if self._files else [])

    def _say(self, problems: list[str]) -> None:
        lines = scalar_lines.summary(
            self._board, self._weight, problems, shown=min(MOST_SHOWN, len(self._charts))
        )
        self.query_one("#scalars-summary", ToneLines).show(lines or [_nothing()])


def _nothing() -> Text:
    return Text(_NOTHING, Tone.DIM)

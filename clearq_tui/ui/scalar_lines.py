"""What is said of scalars in words, above and in their charts. Pure."""

from __future__ import annotations

from typing import Final

from rich.text import Text

from clearq_tui.scalars import Board, Series
from clearq_tui.ui.widgets.tones import Tone

WEIGHTS: Final = (0.0, 0.6, 0.9, 0.98)
"""How much the past counts in a chart, from nothing to nearly all."""


def summary(board: Board, weight: float, problems: list[str], *, shown: int) -> list[Text]:
    """The lines over the charts."""
    count = len(board.series)
    if not count and not problems:
        return []
    text = Text("1 scalar" if count == 1 else f"{count} scalars", Tone.STRONG)
    if shown < count:
        text.append(f", the first {shown} shown", Tone.WARNING)
    if board.left_out:
        text.append(f", more than {count} names left out", Tone.WARNING)
    text.append(f"  smoothing {weight:g}" if weight else "  not smoothed", Tone.DIM)
    return [text, *(Text(problem, Tone.WARNING) for problem in problems)]


def number(value: float) -> str:
    """As a chart shows it."""
    return f"{value:.5g}"


def span(series: Series) -> str:
    """What the history of a scalar is over."""
    latest = series.latest
    step = "" if latest is None else f"step {latest.step:.15g}"
    gaps = f" · {series.not_finite:,} not finite" if series.not_finite else ""
    count = "1 value" if series.count == 1 else f"{series.count:,} values"
    return f"· {step} · {count}{gaps}"

"""Numbers in block characters, for table rows: a history as a sparkline, a share as a bar."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, TypeGuard

_LEVELS: Final = "▁▂▃▄▅▆▇█"
_EIGHTHS: Final = " ▏▎▍▌▋▊▉█"


def sparkline(
    values: Sequence[float | None], width: int, *, low: float = 0.0, high: float | None = None
) -> str:
    """The latest `width` values, one a character, the newest at the right end.

    `low` is the lowest level and `high` the full one (None: the largest value shown). Values
    outside are drawn at the edge. None and NaN are gaps; the text is always `width` long.
    """
    if width <= 0:
        return ""
    shown = [value if is_number(value) else None for value in values[-width:]]
    if high is None:
        high = max((value for value in shown if value is not None), default=low)
    drawn = [
        " " if value is None else _LEVELS[min(7, int(share(value, low, high) * 8))]
        for value in shown
    ]
    return "".join(drawn).rjust(width)


def bar(fraction: float | None, width: int) -> str:
    """A horizontal bar that fills `fraction` (0 to 1) of `width` cells, to an eighth of a cell.

    Fractions outside are drawn empty or full; None and NaN are empty. Anything above nothing
    shows at least an eighth, and only a full share fills the bar.
    """
    if width <= 0 or not is_number(fraction):
        return " " * max(0, width)
    whole = width * 8
    filled = round(share(fraction, 0.0, 1.0) * whole)
    if 0 < fraction < 1:
        filled = min(max(filled, 1), whole - 1)
    full, rest = divmod(filled, 8)
    return (_EIGHTHS[8] * full + (_EIGHTHS[rest] if rest else "")).ljust(width)


def is_number(value: float | None) -> TypeGuard[float]:
    """Whether there is something to draw."""
    return value is not None and not math.isnan(value)


def share(value: float, low: float, high: float) -> float:
    """Where the value lies between `low` (0) and `high` (1), kept within them.

    Without any room between them everything is low.
    """
    if value <= low or high <= low:
        return 0.0
    if value >= high:
        return 1.0
    return min(1.0, value / (high - low) - low / (high - low))

"""Histories drawn with braille characters: two values a cell across, four levels a cell up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from clearq_tui.ui.widgets.blocks import is_number, share

_BLANK: Final = 0x2800
# Dots of the left and right half of a cell, filled from the bottom up to 0, 1, … 4 dots.
_LEFT: Final = (0x00, 0x40, 0x44, 0x46, 0x47)
_RIGHT: Final = (0x00, 0x80, 0xA0, 0xB0, 0xB8)


def braille(
    values: Sequence[float | None], width: int, height: int, low: float, high: float
) -> list[str]:
    """A filled area over the latest `2 * width` values, as `height` lines of `width` characters.

    The newest value is at the right end; what is missing at the left stays blank. None and NaN
    are gaps. A value at or below `low` still shows its lowest dot, so that zero differs from a
    gap; one at or above `high` fills the height.
    """
    if width <= 0 or height <= 0:
        return [""] * max(0, height)
    latest = list(values[-2 * width :])
    dots = [0] * (2 * width - len(latest))
    dots += [_dots(value, height, low, high) for value in latest]
    return [_line(dots, 4 * (height - 1 - line)) for line in range(height)]


def round_ceiling(value: float) -> float:
    """The least of 1, 2 and 5 times a power of ten that is not below the value: a calm scale.

    1 for values that are not above zero or not finite.
    """
    if not value > 0 or math.isinf(value):
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    if not power:  # too small for a float's exponent
        return value
    for step in (1, 2, 5, 10):
        if step * power >= value:
            return step * power
    return value


def _dots(value: float | None, height: int, low: float, high: float) -> int:
    if not is_number(value):
        return 0
    return max(1, round(share(value, low, high) * 4 * height))


def _line(dots: Sequence[int], below: int) -> str:
    cells = []
    for left, right in zip(dots[::2], dots[1::2], strict=True):
        pattern = _LEFT[_within(left - below)] | _RIGHT[_within(right - below)]
        # A blank braille cell looks like dots in some fonts; a space never does.
        cells.append(chr(_BLANK + pattern) if pattern else " ")
    return "".join(cells)


def _within(dots: int) -> int:
    return min(4, max(0, dots))

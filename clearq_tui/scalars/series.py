"""The history of one scalar in bounded memory, for a chart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from clearq_tui.scalars.point import Point

CAPACITY: Final = 2048
"""Values kept; when there are more points, each value stands for several that came in a row."""


class Series:
    """Points in the order in which they came."""

    def __init__(self) -> None:
        self.count = 0
        """How many points came."""
        self.latest: Point | None = None
        self.least: float | None = None
        """The smallest value that is a finite number; None before the first."""
        self.greatest: float | None = None
        self.not_finite = 0
        """How many values were NaN or infinite: gaps in the chart."""
        self._means: list[float | None] = []
        self._each = 1
        """How many points one mean stands for."""
        self._mean = 0.0
        self._counted = 0
        self._filled = 0

    def add(self, point: Point) -> None:
        """One more point."""
        self.count += 1
        self.latest = point
        if math.isfinite(point.value):
            self.least = point.value if self.least is None else min(self.least, point.value)
            self.greatest = (
                point.value if self.greatest is None else max(self.greatest, point.value)
            )
            self._counted += 1
            # Not by a sum: that of two numbers that a float can hold may be none.
            self._mean += point.value / self._counted - self._mean / self._counted
        else:
            self.not_finite += 1
        self._filled += 1
        if self._filled == self._each:
            self._keep()

    def values(self, width: int) -> list[float | None]:
        """The whole history as at most `width` values; None where nothing was finite."""
        means = [*self._means, self._begun()] if self._filled else self._means
        if len(means) <= width:
            return list(means)
        return [
            _mean(means[place * len(means) // width : (place + 1) * len(means) // width])
            for place in range(width)
        ]

    def _begun(self) -> float | None:
        return self._mean if self._counted else None

    def _keep(self) -> None:
        self._means.append(self._begun())
        self._mean, self._counted, self._filled = 0.0, 0, 0
        if len(self._means) == CAPACITY:
            self._means = [_mean(self._means[place : place + 2]) for place in range(0, CAPACITY, 2)]
            self._each *= 2


def smoothed(values: Sequence[float | None], weight: float) -> list[float | None]:
    """Exponential moving means: `weight` (0: none, to just below 1) is what the past counts.

    The beginning is not pulled towards zero. Gaps stay gaps.
    """
    past, counted = 0.0, 0.0
    result: list[float | None] = []
    for value in values:
        if value is None:
            result.append(None)
            continue
        past = weight * past + (1 - weight) * value
        counted = weight * counted + (1 - weight)
        result.append(past / counted)
    return result


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return math.fsum(value / len(known) for value in known) if known else None

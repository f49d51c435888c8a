"""All scalars of one attempt: a series for each name, and what could not be understood."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from clearq_tui.scalars.point import Found
from clearq_tui.scalars.series import Series

MOST_NAMES: Final = 200
"""Scalars of one task; the names after these are counted and left out."""


class Board:
    """Takes points in; bounded however many there are."""

    def __init__(self) -> None:
        self.series: dict[str, Series] = {}
        """By name, in the order of their first points."""
        self.left_out: set[str] = set()
        """Names beyond `MOST_NAMES`, as far as they are worth counting."""

    def take(self, found: Iterable[Found]) -> bool:
        """Add points; whether there were any."""
        any_came = False
        for name, point in found:
            any_came = True
            series = self.series.get(name)
            if series is None:
                if len(self.series) >= MOST_NAMES:
                    if len(self.left_out) < MOST_NAMES:
                        self.left_out.add(name)
                    continue
                series = self.series[name] = Series()
            series.add(point)
        return any_came

"""One measured figure beside its goal."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """What was measured, in `unit`; the verdict is on `value`, `worst` tells how it spreads."""

    name: str
    value: float
    goal: float
    worst: float | None = None
    unit: str = "ms"
    at_least: bool = False
    """The goal is a floor, not a ceiling."""

    @property
    def holds(self) -> bool:
        """Whether the goal is met."""
        return self.value >= self.goal if self.at_least else self.value <= self.goal

    def __str__(self) -> str:
        worst = f"(worst {self.worst:,.1f})" if self.worst is not None else ""
        sign = "≥" if self.at_least else "≤"
        verdict = "" if self.holds else "  MISSED"
        return (
            f"{self.name:<62} {self.value:>9,.1f} {self.unit:<7} {worst:<18}"
            f"{sign} {self.goal:,g}{verdict}"
        )


def median(name: str, times: Sequence[float], goal: float) -> Figure:
    """The median of times in seconds, shown in milliseconds."""
    return Figure(name, 1000 * statistics.median(times), goal, 1000 * max(times))


def percentile95(name: str, times: Sequence[float], goal: float) -> Figure:
    """The 95th percentile of times in seconds, shown in milliseconds."""
    cut = statistics.quantiles(times, n=20)[-1]
    return Figure(name, 1000 * cut, goal, 1000 * max(times))

"""The last ten minutes of a machine, in steps of ten seconds: all that charts draw.

Steps and not samples: 600 samples of each of 200 machines would fill hundreds of megabytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, cast

from clearq_tui.feed.messages import Sample
from clearq_tui.ui.readings import Readings, readings_of

STEP: Final = 10
"""Seconds that one value stands for."""
STEPS: Final = 60
SPAN: Final = STEP * STEPS
"""Seconds that a history reaches back."""
STALE_AFTER: Final = 5.0
"""Seconds without a sample after which what is shown is old."""


class Measure(StrEnum):
    """What histories are kept of."""

    GPU = "gpu"
    CPU = "cpu"
    NETWORK = "network"
    DISK = "disk"


def measured(readings: Readings, measure: Measure) -> float | None:
    """The value that the history of a measure keeps."""
    match measure:
        case Measure.GPU:
            return readings.gpu_use
        case Measure.CPU:
            return readings.cpu
        case Measure.NETWORK:
            return readings.network
        case Measure.DISK:
            return readings.disk


@dataclass
class _Step:
    """The mean of what was measured within one step."""

    value: float
    weight: int = 1

    def add(self, value: float) -> None:
        """One more measurement."""
        self.value += (value - self.value) / (self.weight + 1)
        self.weight += 1


@dataclass
class History:
    """One machine's newest sample and its last ten minutes."""

    latest: Sample | None = None
    readings: Readings = field(default_factory=Readings)
    """`latest`, checked."""
    received_at: float = 0.0
    """On the monotonic clock; of a sample that the store kept, when it was taken."""
    _steps: dict[Measure, dict[int, _Step]] = field(
        default_factory=lambda: {measure: {} for measure in Measure}
    )

    def take(self, sample: Sample, at: float, received_at: float) -> None:
        """A sample taken at `at` (seconds since the epoch)."""
        self.latest = sample
        self.readings = readings_of(sample)
        self.received_at = received_at
        self._keep(self.readings, at)

    def seed(
        self, kept: Iterable[tuple[float, Mapping[str, object]]], now: float, monotonic: float
    ) -> None:
        """What the store remembers, oldest first, put under what has arrived already."""
        newest: tuple[float, Mapping[str, object]] | None = None
        for at, sample in kept:
            newest = (at, sample)
            self._keep(readings_of(sample), at)
        if newest is not None and self.latest is None:
            self.latest = cast(Sample, {**newest[1], "at": newest[0]})
            self.readings = readings_of(newest[1])
            self.received_at = monotonic - max(0.0, now - newest[0])

    def values(self, measure: Measure, now: float) -> list[float | None]:
        """One value a step, the step of `now` last; None where nothing was measured.

        The step that has only just begun shows the one before it until it has a value.
        """
        last = int(now) // STEP
        steps = self._steps[measure]
        if last not in steps:
            last -= 1
        found = [steps.get(step) for step in range(last - STEPS + 1, last + 1)]
        return [step.value if step is not None else None for step in found]

    def age(self, monotonic: float) -> float | None:
        """Seconds since the latest sample; None where there never was one."""
        return None if self.latest is None else max(0.0, monotonic - self.received_at)

    def is_stale(self, monotonic: float) -> bool:
        """Whether what is shown of the machine is old, or there is nothing to show."""
        age = self.age(monotonic)
        return age is None or age > STALE_AFTER

    def _keep(self, readings: Readings, at: float) -> None:
        number = int(at) // STEP
        for measure, steps in self._steps.items():
            value = measured(readings, measure)
            if value is None:
                continue
            if number in steps:
                steps[number].add(value)
                continue
            steps[number] = _Step(value)
            if len(steps) > 2 * STEPS:
                for old in [step for step in steps if step <= number - STEPS - 1]:
                    del steps[old]

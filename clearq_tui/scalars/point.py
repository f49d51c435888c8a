"""One value of one scalar."""

from __future__ import annotations

from typing import Final, NamedTuple

LONGEST_NAME: Final = 200
"""Characters; a longer name is no name."""

STEP: Final = "step"
TIME: Final = "time"
"""What a line says beside its scalars."""


class Point(NamedTuple):
    """A value, and where in the task's life it belongs."""

    step: float
    value: float
    """Perhaps NaN or infinite: that is what a task that went wrong has to tell."""
    time: float | None = None
    """Seconds since the epoch on the machine's clock, where the task said it."""


class Found(NamedTuple):
    """A point of the scalar `name`."""

    name: str
    point: Point

"""Reads what a task wrote to `$CLEARQ_SCALARS`: `{"step": 10, "loss": 0.3, "accuracy": 0.9}`.

`step` is optional: a line without one belongs to the step after the last. `time` is optional too.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Final

from clearq_tui.scalars.lines import Line, Lines
from clearq_tui.scalars.point import LONGEST_NAME, STEP, TIME, Found, Point

_QUOTED: Final = 40


class JsonLines:
    """One attempt's file, fed piece by piece. What cannot be understood is counted and passed over.

    Of a line that is bad only in parts, the good parts count.
    """

    def __init__(self) -> None:
        self.bad_lines = 0
        """How many lines could not be understood, in whole or in part."""
        self.first_problem = ""
        """What was wrong with the first of them."""
        self._lines = Lines()
        self._number = 0
        self._step = -1.0

    def feed(self, data: bytes) -> Iterator[Found]:
        """The points in the lines that are complete now, in their order."""
        for line in self._lines.feed(data):
            yield from self._read(line)

    def finish(self) -> Iterator[Found]:
        """The points of a last line that does not end; call when nothing more will come."""
        for line in self._lines.finish():
            yield from self._read(line)

    def _read(self, line: Line) -> list[Found]:
        self._number += 1
        if not line.strip():
            return []
        problems: list[str] = []
        found = self._points(line, problems)
        if problems:
            self.bad_lines += 1
            self.first_problem = self.first_problem or f"line {self._number}: {problems[0]}"
        return found

    def _points(self, line: Line, problems: list[str]) -> list[Found]:
        values = _object(line, problems)
        if values is None:
            return []
        step = self._step + 1 if STEP not in values else _number(values.pop(STEP))
        if step is None or not math.isfinite(step):
            problems.append("its step is no number")
            return []
        time = _number(values.pop(TIME)) if TIME in values else None
        self._step = step
        found = []
        for name, told in values.items():
            value = _number(told)
            if value is not None and 0 < len(name) <= LONGEST_NAME:
                found.append(Found(name, Point(step, value, time)))
            elif told is not None:  # null is a value that is not known just now
                problems.append(f"{name[:_QUOTED]!r} is {repr(told)[:_QUOTED]}; expected a number")
        return found


def _object(line: Line, problems: list[str]) -> dict[str, object] | None:
    if line.is_cut:
        problems.append("it is too long")
        return None
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        problems.append("it is no JSON object")
        return None
    return value


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value)
    except OverflowError:
        return None

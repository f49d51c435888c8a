"""Finds scalars in a log by regular expressions, each with one group around the number.

An expression named `step` says to which step the values on its line and on later ones belong;
without one, every scalar counts its own finds.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Final

from clearq_tui.scalars.lines import Line, Lines
from clearq_tui.scalars.patience import TooSlow
from clearq_tui.scalars.point import STEP, Found, Point

LONGEST_LINE: Final = 4 << 10
"""Bytes of a line that are looked at; what follows them on the line is not."""
_STRIKES: Final = 3
"""Lines on which an expression may take too long before it is left alone."""


class LogLines:
    """One attempt's log, fed piece by piece."""

    def __init__(
        self, patterns: Mapping[str, re.Pattern[str]], patience: AbstractContextManager[None]
    ) -> None:
        """`patience` raises `TooSlow` when what is done inside it takes too long."""
        self.problems: dict[str, str] = {}
        """By scalar: why its expression is no longer applied, a sentence."""
        self.no_numbers = 0
        """How often an expression found something that is no number."""
        # The step first: it is the one of the other values on its line.
        self._patterns = dict(sorted(patterns.items(), key=lambda item: item[0] != STEP))
        self._counts = dict.fromkeys(patterns, 0)
        self._strikes = dict.fromkeys(patterns, 0)
        self._patience = patience
        self._lines = Lines(LONGEST_LINE)
        self._step: float | None = None

    def feed(self, data: bytes) -> Iterator[Found]:
        """The points in the lines that are complete now, in their order."""
        for line in self._lines.feed(data):
            yield from self._search(line)

    def finish(self) -> Iterator[Found]:
        """The points of a last line that does not end; call when nothing more will come."""
        for line in self._lines.finish():
            yield from self._search(line)

    def _search(self, line: Line) -> list[Found]:
        text = line.decode("utf-8", "replace")
        found = []
        for name in list(self._patterns):
            match = self._match(name, text)
            if match is None or match[1] is None:
                continue
            value = _number(match[1])
            if value is None:
                self.no_numbers += 1
            elif name == STEP:
                self._step = value if math.isfinite(value) else self._step
            else:
                step = self._step if self._step is not None else float(self._counts[name])
                self._counts[name] += 1
                found.append(Found(name, Point(step, value)))
        return found

    def _match(self, name: str, text: str) -> re.Match[str] | None:
        try:
            with self._patience:
                return self._patterns[name].search(text)
        except TooSlow:
            self._strikes[name] += 1
            if self._strikes[name] >= _STRIKES:
                expression = self._patterns.pop(name).pattern
                self.problems[name] = (
                    f"The expression {expression!r} takes too long on lines such as this log's and "
                    "is no longer applied; a simpler one helps."
                )
            return None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None

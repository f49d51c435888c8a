"""Reads an attempt's two files on the laptop, scalars and log, as far as they have grown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from clearq_tui.scalars.json_lines import JsonLines
from clearq_tui.scalars.log_lines import LogLines
from clearq_tui.scalars.patience import Patience
from clearq_tui.scalars.patterns import BadPattern, check_pattern
from clearq_tui.scalars.point import Found

PIECE: Final = 64 << 10
"""Bytes read at once."""
_LINE_PATIENCE: Final = 0.02
"""Seconds of processor time that one expression may take on one line."""


class ScalarFiles:
    """Goes on where it stopped with each call. For a process's main thread (see `Patience`)."""

    def __init__(self, scalars: Path, log: Path, patterns: Mapping[str, str]) -> None:
        self.json = JsonLines()
        problems: dict[str, str] = {}
        compiled = {}
        for name, expression in patterns.items():
            try:
                compiled[name] = check_pattern(name, expression)
            except BadPattern as bad:
                problems[name] = str(bad)
        self.log = LogLines(compiled, Patience(_LINE_PATIENCE))
        self.log.problems.update(problems)
        self._scalars = _Tail(scalars)
        self._log = _Tail(log) if compiled else None

    def read(self) -> tuple[list[Found], bool]:
        """The points in the next piece of each file; whether either may hold more by now.

        Raises:
            OSError: a file that is there cannot be read.
        """
        piece = self._scalars.next_piece()
        found = list(self.json.feed(piece))
        if self._log is not None:
            of_log = self._log.next_piece()
            found += self.log.feed(of_log)
            piece += of_log
        return found, bool(piece)

    def rest(self) -> Iterator[Found]:
        """All points up to the present ends of both files, last lines without an end included.

        Raises:
            OSError: a file that is there cannot be read.
        """
        more = True
        while more:
            found, more = self.read()
            yield from found
        yield from self.json.finish()
        yield from self.log.finish()

    def problems(self) -> list[str]:
        """What the operator should know of what could not be understood; sentences."""
        said = list(self.log.problems.values())
        if bad := self.json.bad_lines:
            lines = "1 line" if bad == 1 else f"{bad} lines"
            said.append(f"{lines} of the scalars could not be read: {self.json.first_problem}.")
        if count := self.log.no_numbers:
            times = "once" if count == 1 else f"{count} times"
            said.append(f"An expression found {times} what is no number.")
        return said


class _Tail:
    """A file that may not be there yet, and grows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def next_piece(self) -> bytes:
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                piece = file.read(PIECE)
        except FileNotFoundError:
            return b""
        self._offset += len(piece)
        return piece

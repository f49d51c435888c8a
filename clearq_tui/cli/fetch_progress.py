"""How far files have come, on one line of a terminal, until all have."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import Final

from clearq_tui.cli.session import Session
from clearq_tui.cli.terminal import is_terminal
from clearq_tui.cli.waiting import PAUSE
from clearq_tui.model import Attempt, NotFound
from clearq_tui.output_places import part_path
from clearq_tui.store import outputs
from clearq_tui.store.output_types import OutputFile, OutputState
from clearq_tui.wording import size

_SHOW_EVERY: Final = 0.1
_MOST_PARTS: Final = 64
"""So many files at most are on their way at once."""


class FetchProgress:
    """Follows the chosen files of an attempt."""

    def __init__(self, session: Session, attempt: Attempt, chosen: Sequence[OutputFile]) -> None:
        self._session = session
        self._name = (attempt.task, attempt.number)
        self._paths = [file.path for file in chosen]
        self._files: list[OutputFile] = list(chosen)
        self._shows = is_terminal(sys.stderr)
        self._shown_at = 0.0
        self._began_at = time.monotonic()
        self._began_with: int | None = None

    def follow(self) -> list[OutputFile]:
        """Until none of them is wanted any more; the files as they are then.

        Raises:
            NotFound: their task was removed meanwhile.
        """
        try:
            while True:
                counter = self._session.store.change_counter()
                self._files = self._read()
                if not any(file.state is OutputState.WANTED for file in self._files):
                    return self._files
                while self._session.store.change_counter() == counter:
                    self._show()
                    time.sleep(PAUSE)
        finally:
            self._wipe()

    def _read(self) -> list[OutputFile]:
        known = {file.path: file for file in outputs.files(self._session.store, *self._name)}
        if not known:
            raise NotFound(f"Task #{self._name[0]} was removed.")
        return [known[path] for path in self._paths if path in known]

    def _show(self) -> None:
        now = time.monotonic()
        if not self._shows or now - self._shown_at < _SHOW_EVERY:
            return
        self._shown_at = now
        whole = [file for file in self._files if file.state is OutputState.WHOLE]
        done = sum(file.size for file in whole) + self._bytes_of_parts()
        if self._began_with is None:
            self._began_with = done
        rate = int((done - self._began_with) / max(0.1, now - self._began_at))
        total = sum(file.size for file in self._files)
        line = f"{size(done)} of {size(total)}, {len(whole)} of {len(self._files)} files"
        sys.stderr.write(f"\r\x1b[K{line}, {size(rate)}/s")
        sys.stderr.flush()

    def _bytes_of_parts(self) -> int:
        coming = [file for file in self._files if file.state is OutputState.WANTED]
        found = 0
        for file in coming[:_MOST_PARTS]:
            version = (file.size, file.modified)
            path = part_path(self._session.home, *self._name, file.path, version)
            try:
                found += path.stat().st_size
            except FileNotFoundError:
                continue
        return found

    def _wipe(self) -> None:
        if self._shows and self._shown_at:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

"""A task's log: a plain file, or, where there are secrets, behind a masker.

Without secrets the task writes into the file itself. With secrets it writes into a pipe, and the
runner, which waits for the task's end anyway, carries what comes out of it through the masker. It
never waits for the pipe to be closed: somebody who got away may hold it open. Once the task's tree
has ended, what it wrote is in the pipe.
"""

from __future__ import annotations

import array
import fcntl
import os
import termios
import time
from typing import List, Optional

from remote_agent.masking import Masker, SecretForms, masked

QUIET = 0.05
"""Seconds after which the harmless part of what is held back is shown."""
_AGAIN_AFTER = 0.5
"""Seconds after which a disk that was full is tried again."""
_PATIENCE = 10.0
"""Seconds that the end waits for a full disk."""
_READ = 256 << 10
_PIPE = 1 << 20
_F_SETPIPE_SZ = 1031


class TaskLog:
    """What is written to `writing`, by whatever process, gets into the log."""

    def __init__(self, path: str, secrets: List[str]) -> None:
        """Open the log at the path; `secrets` are the values that must not get into it.

        Raises:
            OSError: the disk refuses.
        """
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        self._file = self.writing = os.open(path, flags, 0o600)
        self._reading: Optional[int] = None
        self._forms = SecretForms(secrets)
        self._masker = Masker(self._forms)
        self._unwritten = b""
        self._due: Optional[float] = None
        if secrets:
            self._reading, self.writing = os.pipe()
            os.set_blocking(self._reading, False)
            _enlarge(self.writing)

    @property
    def readable(self) -> List[int]:
        """The descriptors for which `take` is to be called once they can be read."""
        return [] if self._reading is None or self._unwritten else [self._reading]

    @property
    def due(self) -> Optional[float]:
        """When `proceed` has something to do, by the monotonic clock; None: never."""
        return self._due

    def mask(self, text: str) -> str:
        """The text without any secret."""
        return masked(self._forms, text)

    def say(self, text: str) -> None:
        """A line of clearq's own, written by the runner. A full disk costs the line, no more."""
        line = _line(text)
        if self._reading is None:
            _write(self._file, line)
        else:
            self._take_all()
            self._put(self._masker.feed(line), time.monotonic())

    def say_from_below(self, text: str) -> None:
        """The same, written by a process of the task's tree."""
        _write(self.writing, _line(text))

    def take(self, now: float) -> None:
        """Something has been written: carry it on."""
        if self._reading is not None:
            self._carry(_READ, now)

    def proceed(self, now: float) -> None:
        """Show what was held back long enough; try a full disk again."""
        if self._due is None or now < self._due:
            return
        self._due = None
        self._put(self._masker.release() if not self._unwritten else b"", now)

    def finish(self) -> None:
        """The task's tree has ended: carry all that it wrote."""
        if self._reading is None:
            return
        self._take_all()
        self._put(self._masker.finish(), time.monotonic())
        give_up_at = time.monotonic() + _PATIENCE
        while self._unwritten and time.monotonic() < give_up_at:
            time.sleep(_AGAIN_AFTER)
            self._put(b"", time.monotonic())

    def _take_all(self) -> None:
        """What is in the pipe now, and not what somebody goes on writing into it."""
        assert self._reading is not None
        waiting = array.array("i", [0])
        fcntl.ioctl(self._reading, termios.FIONREAD, waiting)
        rest = waiting[0]
        while rest > 0:
            taken = self._carry(min(rest, _READ), time.monotonic())
            rest = rest - taken if taken else 0

    def _carry(self, most: int, now: float) -> int:
        """Carry up to so many bytes; how many there were."""
        assert self._reading is not None
        try:
            data = os.read(self._reading, most)
        except BlockingIOError:
            return 0
        self._put(self._masker.feed(data), now)
        if self._masker.holds and not self._unwritten:
            self._due = now + QUIET
        return len(data)

    def _put(self, data: bytes, now: float) -> None:
        self._unwritten = _write(self._file, self._unwritten + data)
        if self._unwritten:
            self._due = now + _AGAIN_AFTER


def _line(text: str) -> bytes:
    return b"[clearq] %s\n" % text.encode("utf-8", "replace")


def _write(file: int, data: bytes) -> bytes:
    """Write what the disk takes; what it does not take."""
    while data:
        try:
            data = data[os.write(file, data) :]
        except OSError:
            break
    return data


def _enlarge(pipe: int) -> None:
    """So that a task that writes much seldom waits for the runner."""
    try:
        fcntl.fcntl(pipe, _F_SETPIPE_SZ, _PIPE)
    except OSError:
        return  # the account has too much of that already

"""What waits to be written on a link: control, then logs and scalars, then a sample, then files.

Streams and files are pulled piece by piece only while there is room, and of samples only the newest
waits, so a slow link delays files first, samples and logs next and events never. A frame that has
begun is finished.
"""

from __future__ import annotations

from collections import deque
from typing import Deque, Optional

MOST_CONTROL = 32 << 20
"""Bytes of control frames after which the other end is taken for dead."""
MOST_WAITING = 256 << 10
"""Bytes of streams, and of files, that are read before the earlier ones are written."""
_BLOCK = 128 << 10


class Outbox:
    """One link's outgoing bytes. Does no I/O."""

    def __init__(self) -> None:
        self._begun = memoryview(b"")
        self._control: Deque[bytes] = deque()
        self._control_bytes = 0
        self._streams: Deque[bytes] = deque()
        self._stream_bytes = 0
        self._sample: Optional[bytes] = None
        self._files: Deque[bytes] = deque()
        self._file_bytes = 0

    @property
    def is_empty(self) -> bool:
        """Nothing waits."""
        return not (self._begun or self._control or self._streams or self._sample or self._files)

    @property
    def is_hopeless(self) -> bool:
        """So much control waits that the other end cannot be reading."""
        return self._control_bytes > MOST_CONTROL

    @property
    def has_room_for_streams(self) -> bool:
        """Whether another piece of a log or of scalars may be put in."""
        return self._stream_bytes < MOST_WAITING

    @property
    def has_room_for_files(self) -> bool:
        """Whether more of an output file may be put in."""
        return self._file_bytes < MOST_WAITING

    def put_control(self, frame: bytes) -> None:
        """Add a frame that must arrive."""
        self._control.append(frame)
        self._control_bytes += len(frame)

    def put_stream(self, frame: bytes) -> None:
        """Add a piece of a log or of scalars."""
        self._streams.append(frame)
        self._stream_bytes += len(frame)

    def put_sample(self, frame: bytes) -> None:
        """Add the newest sample; an older one that still waits is dropped."""
        self._sample = frame

    def put_file(self, frame: bytes) -> None:
        """Add a frame about output: a piece, or what must not overtake the pieces before it."""
        self._files.append(frame)
        self._file_bytes += len(frame)

    def next(self) -> memoryview:
        """The bytes to be written now; empty: nothing waits."""
        if not self._begun:
            self._begun = memoryview(self._take())
        return self._begun

    def written(self, count: int) -> None:
        """So many of the bytes of `next` were written."""
        self._begun = self._begun[count:]

    def _take(self) -> bytes:
        """Whole frames, as many small ones as fill one system call well."""
        if self._control:
            block = []
            size = 0
            while self._control and size < _BLOCK:
                block.append(self._control.popleft())
                size += len(block[-1])
            self._control_bytes -= size
            return b"".join(block)
        if self._streams:
            frame = self._streams.popleft()
            self._stream_bytes -= len(frame)
        elif self._sample or not self._files:
            frame, self._sample = self._sample or b"", None
        else:
            frame = self._files.popleft()
            self._file_bytes -= len(frame)
        return frame

"""What is listed and sent of outputs, a little at a time, behind everything else on the link.

Listings first, one after the other; then the files, in turn, so that a small one is not kept
waiting by a large one. A file that is gone on with is read from its beginning all the same, for its
hash.
"""

from __future__ import annotations

import hashlib
import time
from collections import deque
from typing import TYPE_CHECKING, Callable, Deque, Iterator, List, Optional

from remote_agent.layout import Layout
from remote_agent.messages import (
    Changed,
    Fetch,
    ListOutput,
    Message,
    Output,
    OutputEntry,
    Sent,
    Unsent,
    encode_message,
)
from remote_agent.outputs.listing import Listed, Listing
from remote_agent.outputs.reading import OutputFile, Version
from remote_agent.wire import OUTPUT_STREAM, PIECE, StreamPiece, encode_stream_piece

if TYPE_CHECKING:
    from hashlib import _Hash

MOST_JOBS = 256
"""Files that may be asked for at once."""
PAGE = 128 << 10
"""Characters of paths after which a page of a listing is sent."""
_BLOCK = 1 << 20
"""Bytes hashed at once of what the laptop has already."""
_MOMENT = 0.003
"""Seconds that one step of a listing may take."""


class _ListingJob:
    """Tells all files of an attempt, page by page."""

    def __init__(self, layout: Layout, attempt: str, clock: Callable[[], float]) -> None:
        self.attempt = attempt
        self.is_over = False
        self._listing = Listing(layout, attempt)
        self._files: Iterator[Optional[Listed]] = iter(self._listing)
        self._page: List[OutputEntry] = []
        self._length = 0
        self._clock = clock

    def step(self) -> List[bytes]:
        """Go on for a moment; the page that is full, if one is. `is_over` comes with the last."""
        until = self._clock() + _MOMENT
        for found in self._files:
            if found is not None:
                self._page.append((found.path, *found.version))
                self._length += len(found.path)
            if self._length > PAGE:
                return [self._told(last=False)]
            if self._clock() > until:
                return []
        self.is_over = True
        return [self._told(last=True)]

    def close(self) -> None:
        self._listing.close()

    def _told(self, *, last: bool) -> bytes:
        page, self._page, self._length = self._page, [], 0
        listing = self._listing
        return encode_message(Output(self.attempt, page, last, listing.skipped, listing.is_cut))


class _FileJob:
    """Sends one file, as far as there is credit."""

    def __init__(self, layout: Layout, asked: Fetch) -> None:
        self.ask, self.attempt, self.path = asked.ask, asked.attempt, asked.path
        self.version = Version(asked.size, asked.modified)
        self.limit = asked.offset + asked.credit
        self.is_over = False
        self._layout = layout
        self._offset = asked.offset
        self._file: Optional[OutputFile] = None
        self._digest: _Hash = hashlib.sha256()
        self._hashed = 0

    @property
    def has_work(self) -> bool:
        return self._offset < self.limit or self._offset >= self.version.size

    def step(self) -> List[bytes]:
        """Do a little; the frames that came of it. `is_over` is set with the last of them."""
        try:
            if self._file is None:
                self._file = OutputFile(self._layout, self.attempt, self.path)
            found = self._file.version()
            if found != self.version:
                return self._end(Changed(self.ask, *found))
            if self._hashed < min(self._offset, found.size):
                return self._hash(self._file)
            if self._offset < found.size:
                return self._send(self._file)
        except OSError as error:
            return self._end(Unsent(self.ask, error.strerror or str(error)))
        return self._end(Sent(self.ask, self._digest.hexdigest()))

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _hash(self, file: OutputFile) -> List[bytes]:
        block = self._read(file, self._hashed, min(_BLOCK, self._offset - self._hashed))
        self._digest.update(block)
        self._hashed += len(block)
        return []

    def _send(self, file: OutputFile) -> List[bytes]:
        data = self._read(file, self._offset, min(PIECE, self.limit - self._offset))
        stream = OUTPUT_STREAM + str(self.ask)
        piece = StreamPiece(self.attempt, stream, self._offset, data, False)
        self._digest.update(data)
        self._offset += len(data)
        self._hashed = self._offset
        return [encode_stream_piece(piece)]

    def _read(self, file: OutputFile, offset: int, length: int) -> bytes:
        data = file.read(offset, length)
        if not data and file.version() == self.version:
            raise OSError("the disk gives less of it than the %d bytes it has" % self.version.size)
        return data

    def _end(self, message: Message) -> List[bytes]:
        self.is_over = True
        return [encode_message(message)]


class OutputPump:
    """The jobs of one link."""

    def __init__(self, layout: Layout, clock: Callable[[], float] = time.monotonic) -> None:
        self._layout = layout
        self._clock = clock
        self._listings: Deque[_ListingJob] = deque()
        self._files: Deque[_FileJob] = deque()
        self._last_ask = -1
        """Credit for a file that has ended begins it no second time."""

    def clear(self) -> None:
        """Another link is attached, or none: nothing is wanted until it says so."""
        for listing in self._listings:
            listing.close()
        for file in self._files:
            file.close()
        self._listings.clear()
        self._files.clear()
        self._last_ask = -1

    def list_output(self, wanted: ListOutput) -> None:
        """The laptop wants to know what there is."""
        self._listings.append(_ListingJob(self._layout, wanted.attempt, self._clock))

    def fetch(self, wanted: Fetch) -> Optional[Message]:
        """The laptop wants a file, or more of one, or it no more; what is to be answered at once.

        What is already on the way is not sent again.
        """
        job = next((job for job in self._files if job.ask == wanted.ask), None)
        if job is not None and wanted.credit:
            job.limit = max(job.limit, wanted.offset + wanted.credit)
        elif job is not None:
            job.close()
            self._files.remove(job)
        elif wanted.ask > self._last_ask and wanted.credit:
            self._last_ask = wanted.ask
            if len(self._files) >= MOST_JOBS:
                return Unsent(wanted.ask, "too many files are asked for at once")
            self._files.append(_FileJob(self._layout, wanted))
        return None

    @property
    def has_work(self) -> bool:
        """Whether `step` would do something."""
        return bool(self._listings) or any(job.has_work for job in self._files)

    def step(self) -> List[bytes]:
        """Do a little of what is first; frames in the order in which they must arrive."""
        if self._listings:
            listing = self._listings[0]
            frames = listing.step()
            if listing.is_over:
                self._listings.popleft()
            return frames
        for job in self._files:
            if job.has_work:
                frames = job.step()
                self._files.remove(job)
                if job.is_over:
                    job.close()
                else:
                    self._files.append(job)
                return frames
        return []

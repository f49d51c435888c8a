"""Opens what lies in an output directory, whatever a task that still runs makes of it meanwhile.

Names are handled as bytes and travel as text (UTF-8, what is none of it escaped), so that every
name arrives. Nothing is opened through a link.
"""

from __future__ import annotations

import os
import stat
from typing import List, NamedTuple

from remote_agent.layout import Layout
from remote_agent.places import OUTPUT

MOST_DEPTH = 64
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Version(NamedTuple):
    """What tells that a file has changed."""

    size: int
    """Bytes."""
    modified: int
    """Nanoseconds since the epoch; 0 for what is older."""


def to_text(name: bytes) -> str:
    """The name as it travels."""
    return name.decode("utf-8", "surrogateescape")


def parts_of(path: str) -> List[bytes]:
    """The names along a path that has travelled.

    Raises:
        FileNotFoundError: no file of an output directory can have such a path.
    """
    try:
        parts = path.encode("utf-8", "surrogateescape").split(b"/")
    except UnicodeEncodeError:
        parts = [b""]
    if len(parts) > MOST_DEPTH or any(
        part in (b"", b".", b"..") or b"\0" in part for part in parts
    ):
        raise FileNotFoundError("no output has the path %.200r" % path)
    return parts


def open_output(layout: Layout, attempt: str) -> int:
    """The attempt's output directory, wherever it lies now.

    Raises:
        FileNotFoundError: there is none.
        OSError: the disk refuses.
    """
    try:
        return os.open(os.path.join(layout.attempt(attempt), OUTPUT), _DIRECTORY)
    except FileNotFoundError:
        return os.open(layout.output(attempt), _DIRECTORY)


def open_below(root: int, parts: List[bytes], *, is_file: bool) -> int:
    """The file or directory at the end of the names, as a new descriptor; `root` stays open.

    Raises:
        OSError: it is not there, or something on the way is a link.
    """
    directory = os.dup(root)
    try:
        for place, part in enumerate(parts):
            is_last = place == len(parts) - 1
            flags = _FILE if is_file and is_last else _DIRECTORY
            deeper = os.open(part, flags, dir_fd=directory)
            os.close(directory)
            directory = deeper
    except OSError:
        os.close(directory)
        raise
    return directory


def version_of(found: os.stat_result) -> Version:
    """Size and time of a file."""
    return Version(found.st_size, max(0, found.st_mtime_ns))


class OutputFile:
    """One regular file, open."""

    def __init__(self, layout: Layout, attempt: str, path: str) -> None:
        """Open it.

        Raises:
            FileNotFoundError: it is not there, or is no regular file.
            OSError: the disk refuses.
        """
        root = open_output(layout, attempt)
        try:
            self._file = open_below(root, parts_of(path), is_file=True)
        finally:
            os.close(root)
        if not stat.S_ISREG(os.fstat(self._file).st_mode):
            os.close(self._file)
            raise FileNotFoundError("%.200r is no regular file" % path)

    def version(self) -> Version:
        """As the file is now."""
        return version_of(os.fstat(self._file))

    def read(self, offset: int, length: int) -> bytes:
        """So many of its bytes; fewer at its end.

        Raises:
            OSError: the disk refuses.
        """
        return os.pread(self._file, length, offset)

    def close(self) -> None:
        """Let go of it."""
        os.close(self._file)

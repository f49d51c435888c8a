"""Tell git's index that a file is unmodified, or that it is modified.

An index entry remembers the file's stat; while that holds, git calls the file unmodified without
reading it. That is how a Git LFS file counts as unmodified on the laptop, and there is no command
to say the same on a machine that has no Git LFS.
"""

from __future__ import annotations

import hashlib
import os
import struct
import time
from typing import Collection, Iterator, Tuple

from remote_agent.workspace.failure import WorkspaceError
from remote_agent.workspace.git_directory import write_in_one_step

_STAT_LENGTH = 40
_EXTENDED = 0x4000
_AGE = 10
"""Seconds: git reads a file again that is as young as its index."""


def mark_files(
    index: str,
    top: str,
    object_format: str,
    clean: Collection[bytes],
    dirty: Collection[bytes],
) -> None:
    """Make git call the files `clean` unmodified and the files `dirty` modified.

    Raises:
        WorkspaceError: the index is not as git writes it.
    """
    with open(index, "rb") as file:
        data = bytearray(file.read())
    hash_length = hashlib.new(object_format).digest_size
    for position, path in _entries(data, hash_length):
        if path in dirty:
            # A size that is not the file's: git then calls it modified before it compares bytes.
            size = os.lstat(os.path.join(os.fsencode(top), path)).st_size
            struct.pack_into(">L", data, position + 36, (size + 1) & 0xFFFFFFFF or 1)
        elif path in clean:
            _remember(data, position, os.path.join(os.fsencode(top), path))
    body = bytes(data[:-hash_length])
    write_in_one_step(index, body + hashlib.new(object_format, body).digest())


def _remember(data: bytearray, position: int, full: bytes) -> None:
    """Put the file's present stat into the entry; its mode stays the index's."""
    then = time.time() - _AGE
    os.utime(full, (then, then), follow_symlinks=False)
    status = os.lstat(full)
    fields = (
        status.st_ctime_ns // 10**9,
        status.st_ctime_ns % 10**9,
        status.st_mtime_ns // 10**9,
        status.st_mtime_ns % 10**9,
        status.st_dev,
        status.st_ino,
        struct.unpack_from(">L", data, position + 24)[0],
        status.st_uid,
        status.st_gid,
        status.st_size,
    )
    struct.pack_into(">10L", data, position, *(field & 0xFFFFFFFF for field in fields))


def _entries(data: bytearray, hash_length: int) -> Iterator[Tuple[int, bytes]]:
    """Position and path of each entry."""
    signature, version, count = struct.unpack_from(">4sLL", data)
    if signature != b"DIRC" or version not in (2, 3):
        raise WorkspaceError("git wrote an index of version %r, not 2 or 3." % version)
    position = 12
    for _ in range(count):
        flags = struct.unpack_from(">H", data, position + _STAT_LENGTH + hash_length)[0]
        start = position + _STAT_LENGTH + hash_length + (4 if flags & _EXTENDED else 2)
        end = data.index(0, start)
        yield position, bytes(data[start:end])
        position += (end - position + 8) & ~7

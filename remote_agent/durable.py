"""Small files that are either as they were or wholly new, whatever happens."""

from __future__ import annotations

import json
import os
from typing import Any, Dict

RESERVE = 4096
"""Bytes set aside by `reserve`."""


def write_durably(path: str, value: Dict[str, Any]) -> None:
    """Replace the JSON file at `path`; on return it would survive a power cut.

    Room set aside by `reserve` is used up: what fits there needs no free space.

    Raises:
        OSError: the disk refuses; the old file, if any, still stands.
    """
    temporary = path + ".new"
    # Not truncated first: that would give away the blocks that are set aside.
    file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        data = json.dumps(value, separators=(",", ":")).encode()
        _write_all(file, data)
        os.ftruncate(file, len(data))
        os.fsync(file)
    finally:
        os.close(file)
    os.rename(temporary, path)
    sync_directory(os.path.dirname(path))


def write_at_once(path: str, value: Dict[str, Any]) -> None:
    """Put the JSON file in place in one step; it would survive this process, not a power cut.

    Raises:
        OSError: the disk refuses.
    """
    temporary = path + ".new"
    file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        _write_all(file, json.dumps(value, separators=(",", ":")).encode())
    finally:
        os.close(file)
    os.rename(temporary, path)


def reserve(path: str) -> None:
    """Set room aside, so that a small file can be written to `path` when the disk is full.

    Raises:
        OSError: the disk refuses, as when it is full already.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
    file = os.open(path + ".new", flags, 0o600)
    try:
        _write_all(file, b" " * RESERVE)
    finally:
        os.close(file)


def sync_directory(path: str) -> None:
    """Make the names in the directory survive a power cut.

    Raises:
        OSError: the disk refuses.
    """
    directory = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def read_object(path: str) -> Dict[str, Any]:
    """The JSON object in the file; empty where there is no file.

    Raises:
        ValueError: the file holds something else.
        OSError: the disk refuses.
    """
    try:
        with open(path, "rb") as file:
            value = json.loads(file.read())
    except FileNotFoundError:
        return {}
    if not isinstance(value, dict):
        raise ValueError("%s holds no object" % path)  # noqa: TRY004 - a matter of content
    return value


def _write_all(file: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(file, rest) :]

"""Small files that are either as they were or wholly new, whatever happens."""

from __future__ import annotations

import json
import os
from typing import Any, Dict


def write_durably(path: str, value: Dict[str, Any]) -> None:
    """Replace the JSON file at `path`; on return it would survive a power cut.

    Raises:
        OSError: the disk refuses; the old file, if any, still stands.
    """
    temporary = path + ".new"
    file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        rest = memoryview(json.dumps(value, separators=(",", ":")).encode())
        while rest:
            rest = rest[os.write(file, rest) :]
        os.fsync(file)
    finally:
        os.close(file)
    os.rename(temporary, path)
    sync_directory(os.path.dirname(path))


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

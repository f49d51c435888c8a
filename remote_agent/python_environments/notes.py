"""Small JSON files in the cache that may be lost at any time: then what they say is found anew."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from typing import Any, Dict

from remote_agent.durable import read_object


def digest_of(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """32 hexadecimal digits that stand for the JSON value."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def read_note(path: str) -> Dict[str, Any]:
    """What the file says; empty where there is none or it is damaged."""
    try:
        return read_object(path)
    except (OSError, ValueError):
        return {}


def write_note(path: str, value: Dict[str, Any]) -> None:
    """Put the note in place in one step, whoever else may be writing the same.

    Raises:
        OSError: the disk refuses.
    """
    directory = os.path.dirname(path)
    os.makedirs(directory, mode=0o700, exist_ok=True)
    file, temporary = tempfile.mkstemp(prefix=".new-", dir=directory)
    try:
        with open(file, "w", encoding="utf-8") as stream:
            json.dump(value, stream, separators=(",", ":"))
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def stamp_of(path: str) -> str:
    """Another text when the file has been replaced or written; empty when there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return ""
    return "%d:%d:%d:%d" % (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)

"""Where an output file lies on the laptop: whole, and before it is."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from clearq_tui.paths import Home


def whole_path(home: Home, task: int, attempt: int, path: str) -> Path:
    """Where the file is once it is whole; `path` must be safe (see `operations.output_paths`)."""
    return home.attempt_outputs(task, attempt) / local_path(path)


def part_path(home: Home, task: int, attempt: int, path: str, version: tuple[int, int]) -> Path:
    """Where what has arrived of the file in this version (bytes, time of change) is put."""
    return home.output_parts(task, attempt) / f"{part_name(path)}-{version[0]}-{version[1]}"


def part_name(path: str) -> str:
    """What the names of all parts of the file begin with."""
    return hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def local_path(path: str) -> str:
    """The path as a relative one of this system, byte by byte the same."""
    return os.fsdecode(path.encode("utf-8", "surrogateescape"))

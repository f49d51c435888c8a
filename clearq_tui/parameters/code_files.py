"""The code of a task, as the finders read it."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Mapping
from typing import Protocol


class CodeFiles(Protocol):
    """Files by their paths, relative to where the command runs (`../` for those outside)."""

    def paths(self) -> Collection[str]:
        """All plain files."""
        ...

    def read(self, path: str, limit: int) -> bytes | None:
        """The file's bytes; None where there is no such plain file, or more than `limit` of it."""
        ...


class FilesInMemory:
    """Code that is held in memory: none at all, for a task that brings none."""

    def __init__(self, contents: Mapping[str, bytes] | None = None) -> None:
        self._contents = dict(contents or {})

    def paths(self) -> Collection[str]:
        """All files."""
        return self._contents.keys()

    def read(self, path: str, limit: int) -> bytes | None:
        """The file's bytes."""
        content = self._contents.get(path)
        return content if content is not None and len(content) <= limit else None


def normal_path(path: str) -> str:
    """The path in the one way in which `CodeFiles` has it; an absolute one stays absolute."""
    return posixpath.normpath(path)

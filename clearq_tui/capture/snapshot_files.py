"""Single files of a snapshot, read without laying it out."""

from __future__ import annotations

import posixpath
from collections.abc import Collection
from pathlib import Path
from types import TracebackType
from typing import Final

from clearq_tui.capture.failure import CaptureError
from clearq_tui.capture.object_reader import ObjectReader, tree_entries
from clearq_tui.capture.snapshot import Snapshot
from clearq_tui.capture.snapshot_store import SnapshotStore, store_of

_PLAIN: Final = frozenset({"100644", "100755"})
"""Modes of files; a symbolic link is followed by nobody here."""
_PIECE: Final = 1 << 16


class SnapshotFiles:
    """The plain files of a snapshot by their paths, seen from where its command runs.

    Used in a `with` block: its git processes end with it.
    """

    def __init__(self, snapshot: Snapshot, snapshots: Path) -> None:
        self._snapshot, self._snapshots = snapshot, snapshots
        self._readers: dict[str, ObjectReader] = {}
        self._places: dict[str, tuple[str, str]] | None = None
        """Key of the repository and blob, by path."""

    def __enter__(self) -> SnapshotFiles:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for reader in self._readers.values():
            reader.close()
        self._readers.clear()

    def paths(self) -> Collection[str]:
        """All of them; those outside of the command's directory begin with `../`.

        Raises:
            CaptureError: the snapshot's objects are gone.
        """
        return self._listed().keys()

    def read(self, path: str, limit: int) -> bytes | None:
        """The file's bytes; None where there is no such file, or more than `limit` of it.

        Raises:
            CaptureError: the snapshot's objects are gone.
        """
        place = self._listed().get(path)
        if place is None:
            return None
        reader = self._reader(place[0])
        size, stream = reader.read(place[1])
        if size <= limit:
            content = stream.read(size)
        else:
            content = None
            while size > 0:
                size -= len(stream.read(min(size, _PIECE)))
        reader.end_of_object()
        return content

    def _listed(self) -> dict[str, tuple[str, str]]:
        if self._places is None:
            here = self._snapshot.subdirectory
            found: dict[str, tuple[str, str]] = {}
            for repository in self._snapshot.repositories:
                store = self._store(repository.key)
                if not store.has(repository.worktree):
                    raise CaptureError(
                        f"The captured code {repository.worktree[:12]} is no longer in "
                        f"{self._snapshots}; capture the working tree again."
                    )
                for entry in tree_entries(store.path, repository.worktree):
                    if entry.mode in _PLAIN:
                        path = posixpath.join(repository.path, entry.path)
                        found[seen_from(here, path)] = (repository.key, entry.blob)
            self._places = found
        return self._places

    def _store(self, key: str) -> SnapshotStore:
        formats = {one.key: one.object_format for one in self._snapshot.repositories}
        return store_of(self._snapshots, key, formats[key])

    def _reader(self, key: str) -> ObjectReader:
        if key not in self._readers:
            self._readers[key] = ObjectReader(self._store(key).path)
        return self._readers[key]


def seen_from(directory: str, path: str) -> str:
    """A path relative to a directory of the same root; as quick as a hundred thousand need it."""
    if not directory:
        return path
    if path.startswith(f"{directory}/"):
        return path[len(directory) + 1 :]
    return posixpath.relpath(path, directory)

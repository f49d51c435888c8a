"""The working trees of a snapshot as one tar, for a machine without git."""

from __future__ import annotations

import gzip
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from clearq_tui.capture.listing import GITLINK
from clearq_tui.capture.object_reader import ObjectReader, tree_entries
from clearq_tui.capture.snapshot import Repository, Snapshot
from clearq_tui.capture.snapshot_store import store_of

_COMPRESSION = 4
"""Text shrinks to a quarter at about 60 MB/s; more effort saves little."""


def write_archive(snapshot: Snapshot, snapshots: Path, stream: BinaryIO) -> None:
    """Write a compressed pax tar without owners or times: the same code gives the same bytes."""
    with (
        gzip.GzipFile("", "wb", _COMPRESSION, stream, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT, encoding="utf-8") as tar,
    ):
        inner = {repository.path for repository in snapshot.repositories}
        for repository in snapshot.repositories:
            store = store_of(snapshots, repository.key, repository.object_format)
            if repository.path:
                tar.addfile(_directory(repository.path))
            for member, data in _members(store.path, repository, inner):
                tar.addfile(member, data)


def _members(
    store: Path, repository: Repository, inner: set[str]
) -> Iterator[tuple[tarfile.TarInfo, BinaryIO | None]]:
    """Each file of one working tree, with its content; `inner` are the paths of repositories."""
    reader = ObjectReader(store)
    try:
        for entry in tree_entries(store, repository.worktree):
            path = f"{repository.path}/{entry.path}" if repository.path else entry.path
            if entry.mode == GITLINK:
                if path not in inner:
                    yield _directory(path), None
                continue
            member = tarfile.TarInfo(path)
            size, content = reader.read(entry.blob)
            if entry.mode == "120000":
                member.type = tarfile.SYMTYPE
                member.linkname = os.fsdecode(content.read(size))
                member.mode = 0o777
                yield member, None
            else:
                member.size = size
                member.mode = 0o755 if entry.mode == "100755" else 0o644
                yield member, content
            reader.end_of_object()
    finally:
        reader.close()


def _directory(path: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(path)
    member.type = tarfile.DIRTYPE
    member.mode = 0o755
    return member

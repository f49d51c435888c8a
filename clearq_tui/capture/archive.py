"""The working trees of a snapshot as one tar, for a machine without git."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from clearq_tui.capture.failure import CaptureError
from clearq_tui.capture.git_process import GitProcess, run_git
from clearq_tui.capture.listing import GITLINK
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
    reader = _Objects(store)
    try:
        for mode, blob, name in _tree(store, repository.worktree):
            path = f"{repository.path}/{name}" if repository.path else name
            if mode == GITLINK:
                if path not in inner:
                    yield _directory(path), None
                continue
            member = tarfile.TarInfo(path)
            size, content = reader.read(blob)
            if mode == "120000":
                member.type = tarfile.SYMTYPE
                member.linkname = os.fsdecode(content.read(size))
                member.mode = 0o777
                yield member, None
            else:
                member.size = size
                member.mode = 0o755 if mode == "100755" else 0o644
                yield member, content
            reader.end_of_object()
    finally:
        reader.close()


def _tree(store: Path, worktree: str) -> Iterator[tuple[str, str, str]]:
    """Mode, blob and path of everything in the commit's tree."""
    output = run_git(
        store,
        ["ls-tree", "-r", "-z", "--full-tree", worktree],
        environment={"GIT_DIR": os.fspath(store)},
    )
    for line in output.split(b"\0"):
        if line:
            described, name = line.split(b"\t", 1)
            mode, _, blob = described.decode("ascii").split(" ")
            yield mode, blob, os.fsdecode(name)


def _directory(path: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(path)
    member.type = tarfile.DIRTYPE
    member.mode = 0o755
    return member


class _Objects:
    """Reads objects one after another through a single git process."""

    def __init__(self, store: Path) -> None:
        self._git = GitProcess(
            store,
            ["cat-file", "--batch"],
            environment={"GIT_DIR": os.fspath(store)},
            takes_input=True,
        )

    def read(self, blob: str) -> tuple[int, BinaryIO]:
        """Size and content; all of the content must be read before `end_of_object`."""
        process = self._git.process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{blob}\n".encode())
        process.stdin.flush()
        header = process.stdout.readline().split()
        if len(header) != 3:
            raise CaptureError(f"The snapshot's object {blob} is missing from {self._git}.")
        return int(header[2]), _as_binary(process.stdout)

    def end_of_object(self) -> None:
        """Skip the newline that ends an object."""
        assert self._git.process.stdout is not None
        self._git.process.stdout.read(1)

    def close(self) -> None:
        """End the process."""
        self._git.abandon()


def _as_binary(stream: object) -> BinaryIO:
    assert isinstance(stream, io.BufferedReader)
    return stream

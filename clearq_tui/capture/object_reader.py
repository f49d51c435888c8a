"""What a commit's tree holds, and the content of its blobs, through git's plumbing."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from clearq_tui.capture.failure import CaptureError
from clearq_tui.capture.git_process import GitProcess, run_git


@dataclass(frozen=True)
class TreeEntry:
    """One file of a tree, or a repository inside it."""

    mode: str
    blob: str
    path: str


def tree_entries(store: Path, commit: str) -> Iterator[TreeEntry]:
    """Everything in the commit's tree, at any depth.

    Raises:
        CaptureError: the commit is not in the store.
    """
    output = run_git(
        store,
        ["ls-tree", "-r", "-z", "--full-tree", commit],
        environment={"GIT_DIR": os.fspath(store)},
    )
    for line in output.split(b"\0"):
        if line:
            described, name = line.split(b"\t", 1)
            mode, _, blob = described.decode("ascii").split(" ")
            yield TreeEntry(mode, blob, os.fsdecode(name))


class ObjectReader:
    """Reads objects one after another through a single git process."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._git = GitProcess(
            store,
            ["cat-file", "--batch"],
            environment={"GIT_DIR": os.fspath(store)},
            takes_input=True,
        )

    def read(self, blob: str) -> tuple[int, BinaryIO]:
        """Size and content; all of the content must be read before `end_of_object`.

        Raises:
            CaptureError: there is no such object.
        """
        process = self._git.process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{blob}\n".encode())
        process.stdin.flush()
        header = process.stdout.readline().split()
        if len(header) != 3:
            raise CaptureError(f"The snapshot's object {blob} is missing from {self._store}.")
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

"""The staged half of a snapshot: how the operator's index differs from HEAD.

`git write-tree` would say it in one id, but it touches the time stamps of the operator's objects.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from clearq_tui.capture.git_process import GitProcess
from clearq_tui.capture.locate import WorkingTree

_EMPTY_TREES = {
    "sha1": "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "sha256": "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}


@dataclass(frozen=True)
class Staged:
    """One path that is staged; without a mode it is staged to be deleted."""

    path: bytes
    mode: str | None
    blob: str


def copy_index(tree: WorkingTree, copy: Path) -> None:
    """With its time stamp, by which git judges which entries it cannot trust."""
    original = tree.git_directory / "index"
    if original.exists():
        shutil.copy2(original, copy)


def start_staged(tree: WorkingTree, index: Path) -> GitProcess:
    """Begin to compare `index`, a copy of the operator's, with HEAD; `parse_staged` reads it."""
    against = tree.head or _EMPTY_TREES[tree.object_format]
    return GitProcess(
        tree.top,
        [
            "diff-index",
            "--cached",
            "--raw",
            "--no-renames",
            "--ita-invisible-in-index",
            "--no-abbrev",
            "-z",
            against,
        ],
        environment={"GIT_INDEX_FILE": os.fspath(index)},
    )


def parse_staged(output: bytes) -> list[Staged]:
    """Read `git diff-index --raw -z`: `:old-mode new-mode old-id new-id status`, then the path."""
    fields = output.split(b"\0")
    staged = []
    for described, path in zip(fields[::2], fields[1::2], strict=False):
        _, mode, _, blob, status = described.decode("ascii").split(" ")
        staged.append(Staged(path, None if status == "D" else mode, blob))
    return staged

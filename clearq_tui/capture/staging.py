"""The staged half of a snapshot: the operator's index, read from a copy."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from clearq_tui.capture.git_process import GitProcess, run_git
from clearq_tui.capture.locate import WorkingTree

_EMPTY_TREES = {
    "sha1": "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "sha256": "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}


def copy_index(tree: WorkingTree, copy: Path) -> None:
    """With its time stamp, by which git judges which entries it cannot trust."""
    original = tree.git_directory / "index"
    if original.exists():
        shutil.copy2(original, copy)


def start_staged_names(tree: WorkingTree, index: Path) -> GitProcess:
    """Begin to list the names of staged files, each followed by a NUL."""
    against = tree.head or _EMPTY_TREES[tree.object_format]
    return GitProcess(
        tree.top,
        ["diff-index", "--cached", "--name-only", "--ita-invisible-in-index", "-z", against],
        environment={"GIT_INDEX_FILE": os.fspath(index)},
    )


def write_staged_tree(tree: WorkingTree, index: Path, incoming: Path) -> str:
    """Write the staged tree's new objects into the repository `incoming`; returns its id.

    Raises:
        CaptureError: the index refers to objects that the repository has lost.
    """
    output = run_git(
        tree.top,
        ["write-tree"],
        environment={
            "GIT_INDEX_FILE": os.fspath(index),
            "GIT_OBJECT_DIRECTORY": os.fspath(incoming / "objects"),
        },
    )
    return output.decode().strip()

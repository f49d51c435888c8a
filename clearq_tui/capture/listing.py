"""What git knows of a working tree: the index, what differs from it, and what is untracked."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from clearq_tui.capture.failure import CaptureError
from clearq_tui.capture.git_process import GitProcess
from clearq_tui.capture.locate import WorkingTree

GITLINK = "160000"


@dataclass(frozen=True)
class Entry:
    """One file of the index."""

    mode: str
    blob: str


@dataclass(frozen=True)
class Listing:
    """Paths are bytes: git knows nothing of encodings."""

    tracked: Mapping[bytes, Entry]
    skipped: frozenset[bytes]
    """Left out of the working tree by a sparse checkout."""
    modified: frozenset[bytes]
    """Differs from the index by git's own judgement, deleted files included."""
    untracked: tuple[bytes, ...]
    nested: tuple[bytes, ...]
    """Untracked directories that are repositories of their own."""


def start_listing(tree: WorkingTree, index: Path) -> GitProcess:
    """Begin to list `tree` with `index`, a copy of its index. No filter driver is ever run."""
    silenced: list[str] = []
    for name in sorted(tree.filters):
        if "=" in name:
            raise CaptureError(
                f"The filter driver {name!r} has '=' in its name, so that clearq cannot keep git "
                "from running it; rename it in the git configuration."
            )
        silenced += [f"filter.{name}.clean=", f"filter.{name}.process="]
        silenced.append(f"filter.{name}.required=false")
    return GitProcess(
        tree.top,
        ["ls-files", "-z", "-t", "-s", "-o", "-m", "--exclude-standard"],
        environment={"GIT_INDEX_FILE": os.fspath(index)},
        settings=silenced,
    )


def parse_listing(output: bytes, top: Path) -> Listing:
    """Read what `git ls-files -z -t -s -o -m` wrote.

    Raises:
        CaptureError: files are unmerged.
    """
    tracked: dict[bytes, Entry] = {}
    skipped, modified, unmerged = set(), set(), set()
    untracked, nested = [], []
    for line in output.split(b"\0"):
        if not line:
            continue
        tag, rest = line[:1], line[2:]
        if tag == b"?":
            (nested if rest.endswith(b"/") else untracked).append(rest.rstrip(b"/"))
            continue
        described, path = rest.split(b"\t", 1)
        mode, blob, stage = described.decode("ascii").split(" ")
        if tag in b"CR":
            modified.add(path)
            continue
        if stage != "0":
            unmerged.add(path)
        tracked[path] = Entry(mode, blob)
        if tag == b"S":
            skipped.add(path)
    if unmerged:
        names = ", ".join(ascii(os.fsdecode(path))[1:-1] for path in sorted(unmerged)[:5])
        raise CaptureError(
            f"{top} has unmerged files ({names}{', …' if len(unmerged) > 5 else ''}); "
            "resolve them with `git add`, or give the merge up, and try again."
        )
    return Listing(
        tracked, frozenset(skipped), frozenset(modified), tuple(untracked), tuple(nested)
    )

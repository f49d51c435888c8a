"""What git knows of a working tree: the index, what differs from it, and what is untracked."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from clearq_tui.capture.failure import CaptureError
from clearq_tui.capture.git_process import GitProcess
from clearq_tui.capture.locate import WorkingTree

GITLINK = "160000"
_EMPTY_BLOBS = frozenset(
    {
        "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
        "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
    }
)
"""The id of no bytes at all, in either object format."""


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
    intended: frozenset[bytes] = frozenset()
    """Marked by `git add --intent-to-add`: in the index, not in the staged tree."""

    def has(self, path: bytes) -> bool:
        """Whether the file travels."""
        return path in self.tracked or path in self.untracked

    def has_below(self, directory: bytes) -> bool:
        """Whether anything in the directory travels."""
        start = directory + b"/"
        return any(
            path.startswith(start) for path in (*self.tracked, *self.untracked, *self.nested)
        )

    def without(self, directory: Path, top: Path) -> Listing:
        """The listing less what is untracked in `directory`: clearq does not capture itself."""
        real = top.resolve()
        if not directory.is_relative_to(real):
            return self
        own = os.fsencode(directory.relative_to(real)) + b"/"
        return replace(
            self,
            untracked=tuple(path for path in self.untracked if not path.startswith(own)),
            nested=tuple(path for path in self.nested if not (path + b"/").startswith(own)),
        )


def list_files(tree: WorkingTree, index: Path) -> Listing:
    """List `tree` with `index`, a copy of its index. No filter driver is ever run.

    Raises:
        CaptureError: files are unmerged, or git failed.
    """
    listing = parse_listing(
        _start(
            tree, index, "ls-files", "-z", "-t", "-s", "-o", "-m", "--exclude-standard"
        ).finish(),
        tree.top,
    )
    # Only an entry that looks empty can be one that is merely intended.
    if any(listing.tracked[path].blob in _EMPTY_BLOBS for path in listing.modified):
        added = _start(tree, index, "diff-files", "--name-only", "--diff-filter=A", "-z").finish()
        return replace(listing, intended=frozenset(added.split(b"\0")) - {b""})
    return listing


def _start(tree: WorkingTree, index: Path, *arguments: str) -> GitProcess:
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
        arguments,
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
    untracked: list[bytes] = []
    nested: list[bytes] = []
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

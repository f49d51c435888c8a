"""From the index and the disk to what the working tree's commit must change. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from clearq_tui.capture.listing import GITLINK, Entry, Listing

_LINK = "120000"
_PLAIN = "100644"


@dataclass(frozen=True)
class OnDisk:
    """One file or symbolic link as it is on disk."""

    mode: str
    """As git writes it: 100644, 100755 or 120000."""
    blob: str
    size: int
    kept: bool
    """An earlier snapshot has stored these bytes."""


class Disk(Protocol):
    """What can be asked about the files of a working tree."""

    def look(self, path: bytes) -> OnDisk | None:
        """The file or link in that very place, if there is one."""

    def lfs_pointer(self, path: bytes) -> str:
        """The blob id of the Git LFS pointer for the file's bytes."""


@dataclass(frozen=True)
class Put:
    """One file as it must be in the working tree's commit."""

    mode: str
    blob: str
    kept: bool
    """The store (or the operator's) has the bytes already; else they must be written."""


@dataclass
class Difference:
    """What turns the staged tree into the working tree, and what git says about the files."""

    put: dict[bytes, Put] = field(default_factory=dict)
    deleted: list[bytes] = field(default_factory=list)
    clean: list[bytes] = field(default_factory=list)
    """Bytes differ from the index, yet git calls the file unmodified: a filter explains it."""
    dirty: list[bytes] = field(default_factory=list)
    """Bytes equal the index, yet git calls the file modified."""
    unstaged: int = 0
    untracked: dict[bytes, int] = field(default_factory=dict)
    """Size of each untracked file, in bytes."""


def compare(
    listing: Listing, disk: Disk, module_heads: Mapping[bytes, str | None], *, keeps_modes: bool
) -> Difference:
    """What differs.

    Args:
        listing: what git says.
        disk: looks at files.
        module_heads: the commit that each submodule which is checked out stands on.
        keeps_modes: whether the executable bit on disk means anything.
    """
    difference = Difference()
    modified = set(listing.modified)
    for path, entry in listing.tracked.items():
        if entry.mode == GITLINK:
            head = module_heads.get(path)
            if head is not None and head != entry.blob:
                difference.put[path] = Put(GITLINK, head, kept=True)
            continue
        found = disk.look(path)
        if found is not None:
            mode = entry.mode if _ignores_mode(found, entry, keeps_modes) else found.mode
            _compare_file(difference, path, entry, found, mode, modified, disk)
        else:
            difference.deleted.append(path)
    _add_untracked(difference, listing.untracked, disk, keeps_modes)
    difference.unstaged = len(modified)
    return difference


def _ignores_mode(found: OnDisk, entry: Entry, keeps_modes: bool) -> bool:
    return not keeps_modes and _LINK not in {found.mode, entry.mode}


def _compare_file(
    difference: Difference,
    path: bytes,
    entry: Entry,
    found: OnDisk,
    mode: str,
    modified: set[bytes],
    disk: Disk,
) -> None:
    """Record one tracked file; takes it out of `modified` when Git LFS explains the difference."""
    same = found.blob == entry.blob
    # An empty file may be one that is only intended to be added, which is not in the staged tree.
    if not same or mode != entry.mode or found.size == 0:
        difference.put[path] = Put(mode, found.blob, found.kept or same)
    if same:
        if mode == entry.mode and path in modified:
            difference.dirty.append(path)
        return
    if path in modified and mode != _LINK and disk.lfs_pointer(path) == entry.blob:
        modified.discard(path)
    if path not in modified:
        difference.clean.append(path)


def _add_untracked(
    difference: Difference, paths: Collection[bytes], disk: Disk, keeps_modes: bool
) -> None:
    for path in paths:
        found = disk.look(path)
        if found is not None:
            mode = found.mode if keeps_modes or found.mode == _LINK else _PLAIN
            difference.put[path] = Put(mode, found.blob, found.kept)
            difference.untracked[path] = found.size


def lfs_pointer_text(digest: str, size: int) -> bytes:
    """The pointer that Git LFS stores for a file whose SHA-256 is `digest`."""
    return (
        f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {size}\n"
    ).encode()

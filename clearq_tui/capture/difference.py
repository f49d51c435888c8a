"""From the index and the disk to what the working tree's commit must change. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from clearq_tui.capture.file_hashes import OnDisk
from clearq_tui.capture.listing import GITLINK, Listing


@dataclass(frozen=True)
class Put:
    """One file as it must be in the working tree's commit."""

    mode: str
    blob: str
    kept: bool
    """The store (or the operator's) has the bytes already; else they must be written."""


@dataclass(frozen=True)
class Difference:
    """What turns the staged tree into the working tree, and what git says about the files."""

    put: Mapping[bytes, Put]
    deleted: tuple[bytes, ...]
    clean: tuple[bytes, ...]
    """Bytes differ from the index, yet git calls the file unmodified: a filter explains it."""
    dirty: tuple[bytes, ...]
    """Bytes equal the index, yet git calls the file modified."""
    unstaged: int


def compare(
    listing: Listing,
    look: Callable[[bytes], OnDisk | None],
    module_head: Callable[[bytes], str | None],
    lfs_pointer: Callable[[bytes], str],
    *,
    keeps_modes: bool,
) -> Difference:
    """What differs. `look` sees the disk, `module_head` a submodule's commit, `lfs_pointer` gives
    the blob id of the Git LFS pointer that a file's bytes would have."""
    put: dict[bytes, Put] = {}
    deleted, clean, dirty = [], [], []
    unstaged = set(listing.modified)
    for path, entry in listing.tracked.items():
        if entry.mode == GITLINK:
            head = module_head(path)
            if head is not None and head != entry.blob:
                put[path] = Put(GITLINK, head, kept=True)
            continue
        found = look(path)
        if found is None:
            if path not in listing.skipped:
                deleted.append(path)
            continue
        mode = found.mode
        if not keeps_modes and mode != "120000" and entry.mode != "120000":
            mode = entry.mode
        same = found.blob == entry.blob
        if not same or mode != entry.mode or found.size == 0:
            put[path] = Put(mode, found.blob, kept=found.kept or same)
        if not same and path in unstaged and lfs_pointer(path) == entry.blob:
            unstaged.discard(path)
        if not same and path not in unstaged:
            clean.append(path)
        if same and mode == entry.mode and path in unstaged:
            dirty.append(path)
    for path in listing.untracked:
        found = look(path)
        if found is not None:
            mode = found.mode if keeps_modes or found.mode == "120000" else "100644"
            put[path] = Put(mode, found.blob, found.kept)
    return Difference(put, tuple(deleted), tuple(clean), tuple(dirty), len(unstaged))


def lfs_pointer_text(digest: str, size: int) -> bytes:
    """The pointer that Git LFS stores for a file whose SHA-256 is `digest`."""
    return (
        f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {size}\n"
    ).encode()

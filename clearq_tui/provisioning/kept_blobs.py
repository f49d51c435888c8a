"""Blobs that machines keep, as the laptop holds them: `keep_as_blob` is how a file becomes one.

They lie among the other blobs. Beside each lies a mark whose time says when it was last wanted: so
the housekeeping tells them from bundles, which go after a day.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
from pathlib import Path
from typing import TypedDict

from clearq_tui.paths import Home

KEPT_FOR = 30 * 86400.0
"""Seconds after which one that no task has wanted goes."""
KEPT_BYTES = 100 << 30
"""How much all of them may take; those go first that were wanted longest ago."""
_FRESH = 86400.0
"""Seconds for which one stays whatever the bound on bytes says: a machine may be fetching it."""


class KeptBlob(TypedDict):
    """A blob as the lease's spec lists it."""

    sha256: str
    size: int
    """In bytes."""
    keep: bool


def keep_as_blob(path: Path, home: Home) -> KeptBlob:
    """Make the file a blob that machines keep; the file itself stays where it is.

    A file below the home shares its bytes with the blob and must not be written to afterwards.

    Raises:
        OSError: the file cannot be read, or the disk refuses.
    """
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        size = stream.tell()
    mark_as_wanted(digest, home)
    blob = home.blobs / digest
    if not (blob.is_file() and blob.stat().st_size == size):
        _put(path, blob, share=path.resolve().is_relative_to(home.root.resolve()))
    return KeptBlob(sha256=digest, size=size, keep=True)


def mark_as_wanted(sha256: str, home: Home) -> None:
    """A task wants the kept blob now: it stays for another while.

    Raises:
        OSError: the disk refuses.
    """
    marks = marks_of(home)
    marks.mkdir(mode=0o700, parents=True, exist_ok=True)
    (marks / sha256).touch(mode=0o600)


def is_at_hand(blob: object, home: Home) -> bool:
    """Whether the blob of a spec or a record lies among the blobs; if so, it is wanted now."""
    if not isinstance(blob, dict):
        return False
    path = home.blobs / str(blob.get("sha256"))
    if not path.is_file() or path.stat().st_size != blob.get("size"):
        return False
    mark_as_wanted(path.name, home)
    return True


def sweep_kept_blobs(home: Home, now: float, *, spare: frozenset[str] | set[str]) -> None:
    """Remove kept blobs that were not wanted for long, or exceed the room for them.

    `spare`: those that a lease has needed lately, whatever their marks say.

    Raises:
        OSError: the disk refuses.
    """
    marks = marks_of(home)
    if not marks.is_dir():
        return
    room = KEPT_BYTES
    by_use = sorted(marks.iterdir(), key=lambda mark: mark.stat().st_mtime, reverse=True)
    for mark in by_use:
        blob, age = home.blobs / mark.name, now - mark.stat().st_mtime
        room -= blob.stat().st_size if blob.is_file() else 0
        if mark.name not in spare and (age > KEPT_FOR or (room < 0 and age > _FRESH)):
            blob.unlink(missing_ok=True)
            mark.unlink(missing_ok=True)


def names_of_kept_blobs(home: Home) -> set[str]:
    """The SHA-256 of each, for a sweep of the others to pass them by."""
    marks = marks_of(home)
    return {mark.name for mark in marks.iterdir()} if marks.is_dir() else set()


def marks_of(home: Home) -> Path:
    """The directory of the marks."""
    return home.root / "provisions" / "kept"


def _put(path: Path, blob: Path, *, share: bool) -> None:
    """Give the file's bytes their name among the blobs: all of them or none."""
    blob.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = blob.with_name(f".new-{secrets.token_hex(8)}")
    try:
        if share:
            with contextlib.suppress(OSError):  # another disk, or one without hard links
                new.hardlink_to(path)
        if not new.exists():
            shutil.copyfile(path, new)
        new.chmod(0o600)
        with new.open("rb") as stream:
            os.fsync(stream.fileno())
        new.replace(blob)
    finally:
        new.unlink(missing_ok=True)  # two names of one file: then `replace` leaves both

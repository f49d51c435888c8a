"""From a snapshot to blobs that a machine can be sent, and the specification it lays out from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from clearq_tui.capture.archive import write_archive
from clearq_tui.capture.blob_file import Blob, BlobFile
from clearq_tui.capture.bundle import write_bundle
from clearq_tui.capture.failure import CaptureError
from clearq_tui.capture.snapshot import Repository, Snapshot
from clearq_tui.capture.snapshot_store import store_of

_BASES = 4
"""Commits that a bundle may build on; more would cost time and save nothing."""


@dataclass(frozen=True)
class Piece:
    """One repository on its way: the blob that brings it, unless the machine has it all."""

    repository: Repository
    bundle: Blob | None
    requires: tuple[str, ...]
    """Commits that the machine must still have for the bundle to be of use."""


@dataclass(frozen=True)
class Delivery:
    """What to send, and the specification that the agent's `workspace.lay_out` takes."""

    pieces: tuple[Piece, ...]
    archive: Blob | None
    """For a machine without git, instead of bundles."""
    subdirectory: str

    @property
    def blobs(self) -> tuple[Blob, ...]:
        """Everything that must be on the machine before `lay_out` is called."""
        found = [piece.bundle for piece in self.pieces if piece.bundle is not None]
        return (*found, *([self.archive] if self.archive else []))

    def specification(self) -> dict[str, object]:
        """Plain JSON values for the agent."""
        return {
            "subdirectory": self.subdirectory,
            "archive": self.archive.sha256 if self.archive else None,
            "repositories": [
                {
                    **asdict(piece.repository),
                    "bundle": piece.bundle.sha256 if piece.bundle else None,
                    "requires": list(piece.requires),
                }
                for piece in self.pieces
            ],
        }


def deliver(
    snapshot: Snapshot, snapshots: Path, known: Mapping[str, Collection[str]], to: Path
) -> Delivery:
    """Write the git bundles that bring `snapshot` to a machine with git.

    Args:
        snapshot: what to deliver.
        snapshots: the directory that `capture` stored it in.
        known: by repository key, the working tree commits that the machine's cache holds.
        to: the directory for blobs; each file is named by its SHA-256.

    Raises:
        CaptureError: the snapshot's objects are no longer in `snapshots`, or the disk is full.
    """
    pieces = []
    for repository in snapshot.repositories:
        _check_kept(repository, snapshots)
        have = known.get(repository.key, ())
        if repository.worktree in have:
            pieces.append(Piece(repository, None, ()))
            continue
        store = store_of(snapshots, repository.key, repository.object_format)
        bases = tuple(commit for commit in store.kept() if commit in set(have))[:_BASES]
        blob = _written(to, partial(write_bundle, store, repository.worktree, bases))
        pieces.append(Piece(repository, blob, bases))
    return Delivery(tuple(pieces), None, snapshot.subdirectory)


def archive(snapshot: Snapshot, snapshots: Path, to: Path) -> Delivery:
    """Write a tar of the working trees for a machine without git; same code, same bytes.

    Raises:
        CaptureError: the snapshot's objects are no longer in `snapshots`, or the disk is full.
    """
    for repository in snapshot.repositories:
        _check_kept(repository, snapshots)
    blob = _written(to, partial(write_archive, snapshot, snapshots))
    pieces = tuple(Piece(repository, None, ()) for repository in snapshot.repositories)
    return Delivery(pieces, blob, snapshot.subdirectory)


def _written(to: Path, write: Callable[[BinaryIO], None]) -> Blob:
    """The blob that `write` fills."""
    try:
        with BlobFile(to) as file:
            write(file.stream)
    except OSError as error:
        raise CaptureError(f"The code could not be made ready in {to}: {error}.") from error
    return file.blob


def _check_kept(repository: Repository, snapshots: Path) -> None:
    if not store_of(snapshots, repository.key, repository.object_format).has(repository.worktree):
        raise CaptureError(
            f"The captured code {repository.worktree[:12]} is no longer in {snapshots}; "
            "capture the working tree again (enqueue the task anew)."
        )

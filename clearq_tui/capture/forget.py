"""Forget snapshots that no task needs any more, so that the store does not grow for ever."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from clearq_tui.capture.file_hashes import HASHES_PREFIX
from clearq_tui.capture.packing import join_packs
from clearq_tui.capture.snapshot import Snapshot
from clearq_tui.capture.snapshot_store import INCOMING_PREFIX, SnapshotStore

_GRACE = 24 * 3600
"""Seconds: a snapshot this young may belong to a task that is just being written down."""


def forget_snapshots(
    snapshots: Path, needed: Iterable[Snapshot], clock: Callable[[], float] = time.time
) -> int:
    """Forget all snapshots but those `needed` and those of the last day; returns how many.

    Args:
        snapshots: the directory that `capture` stores in.
        needed: the snapshots of all tasks that may still run.
        clock: seconds since the epoch.

    Raises:
        CaptureError: git failed.
    """
    wanted = {repository.worktree for one in needed for repository in one.repositories}
    old = clock() - _GRACE
    return sum(_forget_in(SnapshotStore(path, ""), wanted, old) for path in _stores(snapshots))


def _stores(snapshots: Path) -> list[Path]:
    return sorted(path for path in snapshots.glob("*.git") if (path / "config").exists())


def _forget_in(store: SnapshotStore, wanted: set[str], old: float) -> int:
    """Forget in one repository, and give the disk space back."""
    for left in store.path.glob(f"{INCOMING_PREFIX}*"):
        if left.stat().st_mtime < old:
            shutil.rmtree(left, ignore_errors=True)
    with store.unused():
        gone = [c for c in store.kept() if c not in wanted and store.kept_since(c) < old]
        if not gone:
            return 0
        # First, so that no capture relies on bytes that are about to go.
        for memory in store.path.glob(f"{HASHES_PREFIX}*"):
            memory.unlink(missing_ok=True)
        for commit in gone:
            store.forget(commit)
        join_packs(store)
    return len(gone)

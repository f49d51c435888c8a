"""Move what a capture has collected into the store, for good."""

from __future__ import annotations

import os
from pathlib import Path

from clearq_tui.capture.git_process import run_git
from clearq_tui.capture.snapshot_store import SnapshotStore

_COMPARED_WITH = 3
"""How many earlier snapshots to look at for objects that need not be stored again."""


def store_snapshot(store: SnapshotStore, incoming: Path, worktree: str, head: str | None) -> None:
    """Pack what is new in the snapshot, borrowed objects included, and keep it.

    Raises:
        CaptureError: an object is missing: the operator's repository is damaged.
    """
    if store.has(worktree):
        return
    wanted = [worktree]
    for earlier in store.kept()[:_COMPARED_WITH]:
        wanted += [f"^{earlier}", f"^{earlier}^{{tree}}"]
    _pack(store, incoming, "--revs", text="".join(f"{line}\n" for line in wanted))
    store.keep(worktree, head)


def join_packs(store: SnapshotStore) -> None:
    """Have all that is kept in one pack, and nothing else. Call when the store is unused.

    Raises:
        CaptureError: git failed; nothing was removed.
    """
    before = list(store.pack_prefix.parent.iterdir())
    made = _pack(store, store.path, "--all", text="")
    for file in before:
        if not file.name.startswith(f"pack-{made}."):
            file.unlink()


def _pack(store: SnapshotStore, repository: Path, what: str, text: str) -> str:
    """Write a pack into the store with what `repository` sees; returns its name's hash."""
    output = run_git(
        repository,
        [
            "pack-objects",
            what,
            "--quiet",
            f"--missing={store.missing_objects}",
            "--delta-base-offset",
            "--window=0",  # the operator's deltas are reused; looking for new ones takes long
            os.fspath(store.pack_prefix),
        ],
        environment={"GIT_DIR": os.fspath(repository)},
        text=text.encode(),
    )
    return output.decode().strip()

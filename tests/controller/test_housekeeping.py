"""What is tidied away on the laptop, and what is not."""

from __future__ import annotations

import os
import time
from pathlib import Path

from clearq_tui.capture import capture, deliver
from clearq_tui.controller.housekeeping import BLOBS_KEPT, tidy
from clearq_tui.operations.first_start import prepare_first_start
from clearq_tui.operations.tasks import NewTask, abort, enqueue, remove
from clearq_tui.paths import Home
from clearq_tui.provisioning import keep_as_blob
from clearq_tui.provisioning.kept_blobs import KEPT_FOR
from clearq_tui.store import Store, blobs

WEEK = 7 * 86400


def test_old_bundles_and_orphaned_snapshots_go_and_needed_ones_stay(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.create()
    now = time.time()
    scripts = [tmp_path / name for name in ("kept.py", "orphan.py")]
    with Store.open(home.database) as store:
        prepare_first_start(store, now=now)
        snapshots, tasks = [], []
        for script in scripts:
            script.write_text(f"print({script.name!r})\n")
            snapshots.append(capture(script, home.snapshots))
            task = NewTask(("python3", script.name), snapshot=snapshots[-1].to_json())
            tasks.append(enqueue(store, task, now=now))
        abort(store, tasks, now=now)
        remove(store, tasks[1:], now=now)
    delivered = [deliver(one, home.snapshots, {}, home.blobs).blobs[0].sha256 for one in snapshots]
    in_use = home.blobs / ("ab" * 32)
    in_use.write_bytes(b"a bundle that is still on its way to some machine")
    for path in (home.blobs / delivered[0], in_use):
        os.utime(path, (now - WEEK, now - WEEK))
    for path in home.snapshots.rglob("*"):
        os.utime(path, (now - WEEK, now - WEEK), follow_symlinks=False)
    with Store.open(home.database) as store, store.transaction(quiet=True):
        blobs.add(store, in_use.name, 49, now)
    tidy(home, now)
    assert [(home.blobs / name).exists() for name in delivered] == [False, True]
    assert in_use.exists()
    assert deliver(snapshots[0], home.snapshots, {}, home.blobs).blobs
    remaining = {ref.name for ref in home.snapshots.rglob("*") if ref.is_file()}
    assert snapshots[1].root.worktree not in remaining
    tidy(home, now + BLOBS_KEPT + 60)
    assert list(home.blobs.iterdir()) == []


def test_what_was_fetched_for_tasks_stays_for_longer(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.create()
    Store.open(home.database).close()
    (tmp_path / "a.whl").write_bytes(b"wheel")
    blob = home.blobs / keep_as_blob(tmp_path / "a.whl", home)["sha256"]
    now = time.time()
    os.utime(blob, (now - WEEK, now - WEEK))
    tidy(home, now + WEEK)
    assert blob.exists()
    tidy(home, now + KEPT_FOR + 60)
    assert not blob.exists()

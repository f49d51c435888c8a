"""Gives back what the laptop no longer needs: delivered bundles, snapshots of removed tasks."""

from __future__ import annotations

import asyncio
import logging
import shutil
import time

from clearq_tui.capture import Snapshot, code_from_json, forget_snapshots
from clearq_tui.controller.leftovers import remove_leftovers
from clearq_tui.model import ClearqError
from clearq_tui.paths import Home
from clearq_tui.provisioning.errand import set_work_aside
from clearq_tui.provisioning.kept_blobs import names_of_kept_blobs, sweep_kept_blobs
from clearq_tui.provisioning.remembered import sweep_provisions
from clearq_tui.store import Store, blobs, tasks

FIRST_AFTER = 600.0
EVERY = 6 * 3600.0
BLOBS_KEPT = 86400.0
"""Seconds after which a bundle goes; one that is wanted again is made again."""

log = logging.getLogger("clearq")


async def keep_house(home: Home) -> None:
    """Tidy up now and then, in a thread of its own, until cancelled.

    Call before anything is fetched: what the controller before was fetching goes at once.
    """
    try:
        if abandoned := set_work_aside(home):
            await asyncio.to_thread(shutil.rmtree, abandoned, ignore_errors=True)
    except OSError as error:
        log.warning("What an earlier controller was fetching could not be removed: %s", error)
    await asyncio.sleep(FIRST_AFTER)
    while True:
        try:
            await asyncio.to_thread(tidy, home, time.time())
        except (ClearqError, OSError) as error:
            log.warning("The laptop's disk could not be tidied: %s", error)
        await asyncio.sleep(EVERY)


def tidy(home: Home, now: float) -> None:
    """Remove old bundles, what was fetched for tasks long ago, and what lies here of removed ones.

    Raises:
        ClearqError: the store or git refuses.
        OSError: the disk refuses.
    """
    with Store.open(home.database) as store:
        _remove_unused_blobs(store, home, now)
        sweep_provisions(home, now)
        remove_leftovers(store, home, now)
        needed = tasks.snapshots(store)
    codes = map(code_from_json, needed)
    forget_snapshots(home.snapshots, [code for code in codes if isinstance(code, Snapshot)])


def _remove_unused_blobs(store: Store, home: Home, now: float) -> None:
    """Those that no lease has needed for long, and strangers that are as old."""
    before = now - BLOBS_KEPT
    used = blobs.used_since(store, before)
    sweep_kept_blobs(home, now, spare=used)
    used |= names_of_kept_blobs(home)
    for path in home.blobs.iterdir():
        if path.name not in used and path.stat().st_mtime < before:
            path.unlink(missing_ok=True)
    with store.transaction(quiet=True):
        blobs.forget_unused(store, before)

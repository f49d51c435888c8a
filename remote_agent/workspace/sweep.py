"""Keep the cache of snapshots within its budget.

Nothing that runs depends on the cache: workspaces have links of their own to what they need. What
is swept away is sent again, whole, when it is wanted again.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from typing import Callable, List

from remote_agent.workspace.cache import CachedRepository, known_commits, newest_in, newest_keys
from remote_agent.workspace.failure import WorkspaceError
from remote_agent.workspace.remote_clone import REMOTES

_MOST_PACKS = 50
"""Git looks into each pack in turn; more than this begins to cost."""
_ABANDONED = 24 * 3600
"""Seconds after which a half-written pack belongs to nobody."""


def sweep_cache(
    cache_directory: str,
    most_bytes: int,
    log: Callable[[str], None],
    clock: Callable[[], float] = time.time,
) -> None:
    """Forget the repositories not used for longest until `most_bytes` suffice; join packs.

    Args:
        cache_directory: as for `lay_out`.
        most_bytes: what all repositories together may take.
        log: takes a sentence about each repository that is forgotten or cannot be tidied.
        clock: seconds since the epoch.
    """
    total = 0
    known = known_commits(cache_directory)
    for key in newest_keys(cache_directory):
        cached = CachedRepository(cache_directory, key)
        with cached.locked():
            try:
                _tidy(cached, known.get(key, []), clock())
            except (OSError, WorkspaceError) as error:
                log("The cached code %s could not be tidied: %s" % (key, error))
            size = _size(cached.path)
            if total + size > most_bytes or not cached.kept():
                shutil.rmtree(cached.path, ignore_errors=True)
                log("Forgot the cached code %s, %d bytes, to stay within the budget." % (key, size))
            else:
                total += size


def sweep_remotes(cache_directory: str, most_bytes: int, log: Callable[[str], None]) -> None:
    """Forget the clones of remote repositories not used for longest until `most_bytes` suffice.

    One that is being used stays.
    """
    total = 0
    place = os.path.join(cache_directory, REMOTES)
    for key in newest_in(place, ".git"):
        path = os.path.join(place, key + ".git")
        size = _size(path)
        total += size
        if total <= most_bytes:
            continue
        with open(os.path.join(place, key + ".lock"), "ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            shutil.rmtree(path, ignore_errors=True)
            total -= size
            log("Forgot the clone %s, %d bytes, to stay within the budget." % (key, size))


def _tidy(cached: CachedRepository, newest: List[str], now: float) -> None:
    """Drop what an interrupted import left; past the limit, keep only the newest, in one pack."""
    packs = os.path.join(cached.path, "objects", "pack")
    for name in os.listdir(packs):
        full = os.path.join(packs, name)
        if name.startswith("tmp_") and os.lstat(full).st_mtime < now - _ABANDONED:
            os.unlink(full)
    if sum(name.endswith(".pack") for name in os.listdir(packs)) > _MOST_PACKS:
        cached.keep_only(newest)


def _size(path: str) -> int:
    """Bytes in the files below `path`."""
    total = 0
    for directory, _, files in os.walk(path):
        total += sum(os.lstat(os.path.join(directory, name)).st_size for name in files)
    return total

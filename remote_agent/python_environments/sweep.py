"""Keep the environments within their bounds: those not used for longest go, those in use never."""

from __future__ import annotations

import contextlib
import os
from typing import Callable, Dict, NamedTuple, Set

from remote_agent.layout import Layout
from remote_agent.python_environments.find_python import builds_of
from remote_agent.python_environments.found_wheels import forget_missing
from remote_agent.python_environments.locking import locked_if_free
from remote_agent.python_environments.pins import CannotTell, pinned
from remote_agent.python_environments.resolutions import Resolutions
from remote_agent.python_environments.shared import SharedEnvironments
from remote_agent.python_environments.uv_cache import Inode, UvCache, files_below
from remote_agent.removal import remove_tree

BROUGHT_LOCK = "brought.lock"
"""Held, in the cache, while a task chooses among Pythons and tools, and while one is removed."""
_ABANDONED = 86400.0
"""Seconds after which what is half unpacked belongs to nobody."""


class Bounds(NamedTuple):
    """How much may lie there, and for how long."""

    size: int = 20 << 30
    """Bytes of all environments and of uv's cache, what they share counted once."""
    age: float = 30 * 86400.0
    """Seconds since the last use."""


BOUNDS = Bounds()


def sweep_environments(
    layout: Layout, now: float, log: Callable[[str], None], bounds: Bounds = BOUNDS
) -> None:
    """Remove what has had its time or exceeds the room; what an attempt stands on stays.

    Args:
        layout: of the agent.
        now: seconds since the epoch.
        log: takes a sentence about everything that is removed, and why nothing could be.
        bounds: see there.

    Raises:
        OSError: the disk refuses.
    """
    try:
        used = pinned(layout)
        _sweep_shared(layout, used, now, log, bounds)
        _sweep_brought(layout, now, bounds)
    except CannotTell as error:
        log("Environments stay, because it cannot be told which are in use: %s." % error)
    Resolutions(layout.cache).sweep(now - bounds.age)
    forget_missing(layout.cache)


def _sweep_shared(
    layout: Layout, used: Set[str], now: float, log: Callable[[str], None], bounds: Bounds
) -> None:
    environments = SharedEnvironments(layout.cache, boot="")
    environments.remove_leftovers()
    seen: Dict[Inode, int] = {}
    by_use = sorted(environments.names(), key=environments.last_used, reverse=True)
    # Those in use first: they stay, so the others have to do with the room that they leave.
    for name in sorted(by_use, key=lambda name: name not in used):
        together = {**seen, **dict(files_below(os.path.join(environments.directory, name)))}
        age = now - environments.last_used(name)
        fits = age <= bounds.age and sum(together.values()) <= bounds.size
        if name not in used and not fits and _remove(environments, name, layout):
            log("Removed an environment last used %d days ago: %s." % (age // 86400, name))
        else:
            seen = together
    environments.remove_orphans()
    _sweep_caches(layout.cache, seen, now, bounds)


def _remove(environments: SharedEnvironments, name: str, layout: Layout) -> bool:
    return environments.remove_if(name, lambda: name not in pinned(layout))


def _sweep_caches(cache: str, seen: Dict[Inode, int], now: float, bounds: Bounds) -> None:
    """What tools have cached has the room that environments leave."""
    room = bounds.size - sum(seen.values())
    of_uv = UvCache(cache)
    is_too_large = of_uv.unshared_bytes(seen.keys()) > room
    of_uv.remove_unshared(seen.keys(), now if is_too_large else now - bounds.age)
    if is_too_large and of_uv.unshared_bytes(seen.keys()) > room:
        of_uv.remove()
    of_pip = os.path.join(cache, "pip-cache")
    if sum(size for _, size in files_below(of_pip)) > room or _is_older(of_pip, now - bounds.age):
        remove_tree(of_pip)


def _sweep_brought(layout: Layout, now: float, bounds: Bounds) -> None:
    """Pythons and tools; the next task that wants one brings it again."""
    os.makedirs(layout.cache, mode=0o700, exist_ok=True)
    with locked_if_free(os.path.join(layout.cache, BROUGHT_LOCK)) as is_mine:
        if not is_mine:
            return
        used = pinned(layout)
        others = (os.path.join(layout.cache, name) for name in ("tools", "pip", "notes"))
        for directory in (builds_of(layout.cache), *others):
            with contextlib.suppress(FileNotFoundError):
                for name in os.listdir(directory):
                    path = os.path.join(directory, name)
                    patience = _ABANDONED if name.startswith(".") else bounds.age
                    if name not in used and _is_older(path, now - patience):
                        remove_tree(path)


def _is_older(path: str, than: float) -> bool:
    try:
        return os.lstat(path).st_mtime < than
    except FileNotFoundError:
        return False

"""Keep the conda environments within bounds of age and size."""

from __future__ import annotations

import functools
import os
from typing import Callable, List, NamedTuple, Sequence

from remote_agent.conda_environments.package_caches import PackageCaches
from remote_agent.conda_environments.store import PIN, CondaStore
from remote_agent.layout import Layout
from remote_agent.python_environments.pins import CannotTell, pinned

MOST_BYTES = 50 << 30
"""How much all of them together may take."""
KEPT_FOR = 30 * 86400.0
"""Seconds after which one goes that no task has used."""


class Kept(NamedTuple):
    """One environment."""

    name: str
    size: int
    """In bytes; 0 when it is not complete."""
    used: float
    """Seconds since the epoch."""


def sweep_conda(
    layout: Layout,
    boot: str,
    now: float,
    say: Callable[[str], None],
    most_bytes: int = MOST_BYTES,
) -> None:
    """Remove what is too old or too much, what is half built, and packages of no environment.

    One that an attempt stands on stays, whatever its age.

    Args:
        layout: the agent's.
        boot: the machine's present one.
        now: seconds since the epoch.
        say: takes a sentence about each that is removed.
        most_bytes: for all environments together.

    Raises:
        OSError: the disk refuses.
    """
    store = CondaStore(layout.cache, boot)
    store.remove_leftovers()
    kept = [
        Kept(name, int(store.manifest(name).get("size", 0)), store.last_used(name))
        for name in store.names()
    ]
    for name in superfluous(kept, now, most_bytes):
        if store.remove_if(name, functools.partial(_is_free, layout, name)):
            say("Removed the conda environment %s from the cache." % name[:12])
    remembered = [
        manifest["remembered"] for manifest in map(store.manifest, store.names()) if manifest
    ]
    PackageCaches(layout.cache).keep_only({stem for one in remembered for stem in one["packages"]})


def remove_half_built(layout: Layout) -> None:
    """Remove the environments without a manifest that nobody builds and no attempt stands on.

    Raises:
        OSError: the disk refuses.
    """
    store = CondaStore(layout.cache, boot="")
    store.remove_leftovers()
    for name in store.names():
        if _is_half_built(store, name):
            store.remove_if(name, functools.partial(_is_nobodys, layout, store, name))


def superfluous(kept: Sequence[Kept], now: float, most_bytes: int) -> List[str]:
    """Which are to go: those without a manifest, the old, and beyond the room the least used."""
    going = []
    room = most_bytes
    for one in sorted(kept, key=lambda one: one.used, reverse=True):
        if not one.size or now - one.used > KEPT_FOR or one.size > room:
            going.append(one.name)
        else:
            room -= one.size
    return going


def _is_half_built(store: CondaStore, name: str) -> bool:
    return os.path.isdir(store.place_of(name)) and not store.manifest(name)


def _is_nobodys(layout: Layout, store: CondaStore, name: str) -> bool:
    """Asked with the lock held: it may have been completed a moment ago."""
    return _is_half_built(store, name) and _is_free(layout, name)


def _is_free(layout: Layout, name: str) -> bool:
    try:
        return PIN + name not in pinned(layout)
    except CannotTell:
        return False

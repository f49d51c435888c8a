"""The conda environments in the cache: each built once, at the place where it stays.

The files of conda packages mention the place they are installed at, so an environment cannot be
built aside and renamed. Instead it counts as one only with the manifest, which is written last;
what a killed build has left is removed before the next. Beside `<key>` lie `<key>.lock`, held while
it is looked at or built, also by a builder that outlives whoever started it, and `<key>.used`,
whose time is that of its last use.
"""

from __future__ import annotations

import contextlib
import os
import stat
from typing import Any, Callable, Dict, List, NamedTuple, Optional

from remote_agent.conda_environments.contents import (
    guard_of,
    make_read_only,
    size_and_fingerprint,
)
from remote_agent.durable import write_at_once
from remote_agent.python_environments.keyed_places import (
    DOOMED,
    LOCK,
    USED,
    KeyedPlaces,
    names_of,
)
from remote_agent.python_environments.locking import locked, locked_if_free
from remote_agent.python_environments.notes import read_note
from remote_agent.removal import remove_tree

MANIFEST = "complete.json"
"""One without it is not used."""
PIN = "conda/"
"""Before the names that attempts are noted to stand on."""


class Complete(NamedTuple):
    """An environment that can be relied on."""

    place: str
    remembered: Dict[str, Any]
    """What whoever built it wanted to know of it later."""


class CondaStore(KeyedPlaces):
    """All conda environments of one agent."""

    def __init__(self, cache: str, boot: str) -> None:
        super().__init__(os.path.join(cache, "conda", "environments"), boot)

    def take(
        self,
        key: str,
        pin: Callable[[str], None],
        is_pinned: Callable[[str], bool],
        build: Callable[[str, int], Dict[str, Any]],
        on_wait: Callable[[], None],
    ) -> Complete:
        """The environment with the key, built now if it is not there.

        Args:
            key: see `Request.key`.
            pin: called with its name before it is relied on.
            is_pinned: whether an attempt stands on the environment of this name.
            build: makes it at the place, which does not exist, and returns JSON values to remember
                of it; the descriptor given holds the lock and is to be open in every program that
                writes there.
            on_wait: called when another task is building it and this one has to wait.

        Raises:
            OSError: the disk refuses. Whatever `build` raises passes through.
        """
        os.makedirs(self.directory, mode=0o700, exist_ok=True)
        with locked(self._beside(key, LOCK), on_wait) as descriptor:
            for name in names_of(key):
                manifest = self._complete(name)
                if manifest is None and (not self._exists(name) or not is_pinned(name)):
                    self._doom(name)
                    manifest = self._build(name, build, descriptor)
                if manifest is not None:
                    pin(name)
                    self._note_use(name)
                    return Complete(self.place_of(name), manifest["remembered"])
        raise AssertionError("names never end")

    def place_of(self, name: str) -> str:
        """Where the environment of the name lies."""
        return os.path.join(self.directory, name)

    def names(self) -> List[str]:
        """All of which anything is there, complete or not."""
        with contextlib.suppress(FileNotFoundError):
            found = {name.partition(".")[0] for name in os.listdir(self.directory)}
            return sorted(found - {""})
        return []

    def manifest(self, name: str) -> Dict[str, Any]:
        """What was written down when it was complete; empty: it is not."""
        return read_note(os.path.join(self.place_of(name), MANIFEST))

    def remove_if(self, name: str, is_free: Callable[[], bool]) -> bool:
        """Remove it unless it is looked at or built now, or `is_free` says no; whether it went."""
        key = name.partition("-")[0]
        with locked_if_free(self._beside(key, LOCK)) as is_mine:
            if not is_mine or not is_free():
                return False
            self._doom(name)
            for suffix in [USED] if name != key else [USED, LOCK]:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(self._beside(name, suffix))
            return True

    def remove_leftovers(self) -> None:
        """Remove what killed removals have left."""
        with contextlib.suppress(FileNotFoundError):
            for name in os.listdir(self.directory):
                if name.startswith(DOOMED):
                    remove_tree(os.path.join(self.directory, name))

    def _exists(self, name: str) -> bool:
        return os.path.lexists(self.place_of(name))

    def _complete(self, name: str) -> Optional[Dict[str, Any]]:
        """Its manifest, if it is whole and as it was when it was finished."""
        place = self.place_of(name)
        manifest = self.manifest(name)
        if manifest.get("name") != name or guard_of(place) != manifest.get("guard"):
            return None
        seen = self._boot_of(name) or manifest["boot"]
        if seen != self._boot and size_and_fingerprint(place)[1] != manifest["fingerprint"]:
            return None  # the machine lost its power before the disk had it all
        return manifest

    def _build(
        self, name: str, build: Callable[[str, int], Dict[str, Any]], descriptor: int
    ) -> Dict[str, Any]:
        place = self.place_of(name)
        try:
            remembered = build(place, descriptor)
            make_read_only(place)
            size, fingerprint = size_and_fingerprint(place)
            manifest = {
                "name": name,
                "boot": self._boot,
                "remembered": remembered,
                "guard": guard_of(place),
                "size": size,
                "fingerprint": fingerprint,
            }
            write_at_once(os.path.join(place, MANIFEST), manifest)
            os.chmod(place, stat.S_IRUSR | stat.S_IXUSR)
        except BaseException:
            self._doom(name)
            raise
        return manifest

"""The shared environments in the cache: built aside, renamed into place, never changed again.

Beside `<key>` lie `<key>.lock`, held while it is looked at or built, and `<key>.used`, whose time
is that of its last use. What a killed build has left is called `.building-…`, and removed by the
next build or sweep.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from typing import Callable, List, NamedTuple, Optional

from remote_agent.durable import write_at_once
from remote_agent.python_environments.contents import (
    Contents,
    contents_from_json,
    directories_of,
    fingerprint_of,
    take_stock,
)
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
"""The last file to be written into an environment; one without it is not used."""
_BUILDING = ".building-"
_WRITABLE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


class Shared(NamedTuple):
    """A complete environment."""

    name: str
    place: str
    site_packages: str
    """Relative to the place."""
    built_at: str
    """The place that its files may mention."""
    contents: Contents


class SharedEnvironments(KeyedPlaces):
    """All shared environments of one agent."""

    def __init__(self, cache: str, boot: str) -> None:
        super().__init__(os.path.join(cache, "environments"), boot)

    def take(
        self,
        key: str,
        pin: Callable[[str], None],
        is_pinned: Callable[[str], bool],
        build: Callable[[str], str],
        on_wait: Callable[[], None],
    ) -> Shared:
        """The environment of the key, built now if it is not there.

        Args:
            key: see `keys.environment_key`.
            pin: called with its name before it is relied on.
            is_pinned: whether an attempt stands on the environment of this name.
            build: makes it in the empty directory given, and returns where in it packages lie.
            on_wait: called when another task is building it and this one has to wait.

        Raises:
            OSError: the disk refuses. Whatever `build` raises passes through.
        """
        os.makedirs(self.directory, mode=0o700, exist_ok=True)
        with locked(self._beside(key, LOCK), on_wait):
            for name in names_of(key):
                found = self._complete(name)
                if found is None and self._make_way(name, is_pinned):
                    found = self._build(key, name, build)
                if found is not None:
                    pin(name)
                    self._note_use(name)
                    return found
        raise AssertionError("names never end")

    def names(self) -> List[str]:
        """All that are there, complete or not."""
        return [name for name in self._listed() if "." not in name]

    def remove_if(self, name: str, is_free: Callable[[], bool]) -> bool:
        """Remove it unless it is being looked at, or `is_free` says no; whether it is gone."""
        key = name.partition("-")[0]
        with locked_if_free(self._beside(key, LOCK)) as is_mine:
            if not is_mine or not is_free():
                return False
            self._doom(name)
            self._unlink_beside(name, [USED] if name != key else [USED, LOCK])
            return True

    def remove_leftovers(self) -> None:
        """Remove what killed builds and removals have left, except where a build is at work."""
        for name in self._listed():
            path = os.path.join(self.directory, name)
            if name.startswith(DOOMED):
                remove_tree(path)
            elif name.startswith(_BUILDING):
                key = name[len(_BUILDING) :].partition("-")[0]
                with locked_if_free(self._beside(key, LOCK)) as is_mine:
                    if is_mine:
                        remove_tree(path)

    def remove_orphans(self) -> None:
        """Remove the small files beside environments that are gone."""
        there = {name.partition("-")[0] for name in self.names()}
        for name in self._listed():
            key, suffix = os.path.splitext(name)
            if suffix in (LOCK, USED) and key.partition("-")[0] not in there:
                with locked_if_free(self._beside(key.partition("-")[0], LOCK)) as is_mine:
                    if is_mine:
                        self._unlink_beside(key, [USED, LOCK])

    def _listed(self) -> List[str]:
        try:
            return sorted(os.listdir(self.directory))
        except FileNotFoundError:
            return []

    def _unlink_beside(self, name: str, suffixes: List[str]) -> None:
        for suffix in suffixes:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._beside(name, suffix))

    def _complete(self, name: str) -> Optional[Shared]:
        """The environment, if it is whole and as it was when it was finished."""
        place = os.path.join(self.directory, name)
        manifest = read_note(os.path.join(place, MANIFEST))
        contents = contents_from_json(manifest.get("contents"))
        if contents is None or manifest.get("name") != name:
            return None
        site_packages = manifest["site_packages"]
        try:
            if directories_of(place, site_packages) != contents.directories:
                return None
            seen = self._boot_of(name) or manifest["boot"]
            if seen != self._boot and fingerprint_of(place) != contents.fingerprint:
                return None  # the machine lost its power before the disk had it all
        except OSError:
            return None
        return Shared(name, place, site_packages, manifest["built_at"], contents)

    def _make_way(self, name: str, is_pinned: Callable[[str], bool]) -> bool:
        """Whether one can be built there: what is damaged goes, unless somebody stands on it."""
        if not os.path.lexists(os.path.join(self.directory, name)):
            return True
        if is_pinned(name):
            return False
        self._doom(name)
        return True

    def _build(self, key: str, name: str, build: Callable[[str], str]) -> Shared:
        self._remove_leftovers_of(key)
        self.remove_leftovers()
        building = tempfile.mkdtemp(prefix="%s%s-" % (_BUILDING, key), dir=self.directory)
        place = os.path.join(self.directory, name)
        try:
            site_packages = build(building)
            contents = take_stock(building, site_packages)
            _make_read_only(building)
            manifest = {
                "name": name,
                "boot": self._boot,
                "built_at": building,
                "site_packages": site_packages,
                "contents": contents._asdict(),
            }
            write_at_once(os.path.join(building, MANIFEST), manifest)
            os.chmod(os.path.join(building, MANIFEST), 0o400)
            os.chmod(building, 0o500)
            os.rename(building, place)
        except BaseException:
            remove_tree(building)
            raise
        return Shared(name, place, site_packages, building, contents)

    def _remove_leftovers_of(self, key: str) -> None:
        """Call with its lock held: nobody else can be at them."""
        for name in self._listed():
            if name.startswith("%s%s-" % (_BUILDING, key)):
                remove_tree(os.path.join(self.directory, name))


def _make_read_only(place: str) -> None:
    """Take the right to write from everything below the place, but not from the place itself."""
    for directory, below, names in os.walk(place, topdown=False):
        for path in [os.path.join(directory, name) for name in [*below, *names]]:
            found = os.lstat(path).st_mode
            if not stat.S_ISLNK(found) and found & _WRITABLE:
                os.chmod(path, stat.S_IMODE(found) & ~_WRITABLE)

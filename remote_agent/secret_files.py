"""Files for secrets, in memory: on a file system without a disk, for this account alone.

Where they are is written down in the attempt's directory before they are made, so that whoever
comes after a runner that was killed can remove them.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
from typing import Dict, Iterable, List, Mapping, Optional

from remote_agent.durable import read_object, write_at_once
from remote_agent.removal import remove_tree

RECORD = "secret-files.json"
_IN_MEMORY = ("tmpfs", "ramfs")
_NAME = re.compile(r"clearq-[0-9]+-[0-9a-f]{32}\Z")
_ESCAPED = re.compile(r"\\([0-7]{3})")


class NoPlaceInMemory(OSError):
    """There is no file system in memory that the account may write to."""

    def __init__(self, looked_at: Iterable[str]) -> None:
        super().__init__(
            "there is no file system in memory for the secrets' files; a tmpfs is needed at one "
            "of " + ", ".join(looked_at)
        )


def write_secret_files(directory: str, values: Mapping[str, str]) -> Dict[str, str]:
    """Make one file for each secret, named like it; their paths by name.

    Raises:
        NoPlaceInMemory: they would have to be on a disk.
        OSError: the system refuses.
    """
    discard_secret_files(directory)
    if not values:
        return {}
    place = os.path.join(_place_in_memory(), "clearq-%d-%s" % (os.getuid(), os.urandom(16).hex()))
    write_at_once(os.path.join(directory, RECORD), {"directory": place})
    os.mkdir(place, 0o700)
    paths = {}
    for name, value in values.items():
        paths[name] = os.path.join(place, name)
        file = os.open(paths[name], os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(file, "wb") as writing:
            writing.write(value.encode())
    return paths


def discard_secret_files(directory: str) -> None:
    """Remove the files that were made for the attempt with this directory, if any were."""
    record = os.path.join(directory, RECORD)
    try:
        place = read_object(record).get("directory")
    except (OSError, ValueError):
        place = None
    if isinstance(place, str) and _is_ours(place):
        remove_tree(place)
    with contextlib.suppress(OSError):
        os.unlink(record)


def place_in_memory(candidates: Iterable[str], mounts: str) -> Optional[str]:
    """The first of the directories that lies in memory, by what /proc/mounts says."""
    kinds: Dict[str, str] = {}
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) >= 3:
            kinds[_ESCAPED.sub(lambda code: chr(int(code.group(1), 8)), fields[1])] = fields[2]
    for candidate in candidates:
        above = candidate
        while above not in kinds and above != os.path.dirname(above):
            above = os.path.dirname(above)
        if kinds.get(above) in _IN_MEMORY:
            return candidate
    return None


def _place_in_memory() -> str:
    places = _candidates()
    usable = [
        os.path.realpath(place)
        for place in places
        if os.path.isdir(place) and os.access(place, os.W_OK | os.X_OK)
    ]
    with open("/proc/self/mounts", encoding="utf-8", errors="surrogateescape") as mounts:
        found = place_in_memory(usable, mounts.read())
    if found is None:
        raise NoPlaceInMemory(places)
    return found


def _candidates() -> List[str]:
    """The one first that lasts longest: the others go when the account logs out."""
    own = os.environ.get("XDG_RUNTIME_DIR", "")
    places = ["/dev/shm", own, "/run/user/%d" % os.getuid()]  # noqa: S108 - a new name in there
    return [place for place in dict.fromkeys(places) if os.path.isabs(place)]


def _is_ours(place: str) -> bool:
    """The record lies where the task can write: believe it no more than needed."""
    try:
        found = os.lstat(place)
    except OSError:
        return False
    named = os.path.isabs(place) and bool(_NAME.match(os.path.basename(place)))
    return named and stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()

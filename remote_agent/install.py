"""Puts the agent's files on the disk of a machine, so that no crash leaves half of them.

Runs once out of memory, before the package is importable, so it stands alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
import time
from typing import Dict, List, Optional, Tuple

ROOM = 8 << 20
"""Bytes that must be free where the agent settles for the first time."""
KEPT = 2
"""How many of the newest versions stay, besides those in use."""
STALE = 3600.0
"""Seconds after which what an installation left half done is nobody's any more."""
_ON_NETWORK = """
    nfs nfs4 cifs smb3 smbfs afs lustre gpfs beegfs ceph glusterfs fuse.glusterfs fuse.sshfs
    fuse.ceph panfs pvfs2 orangefs 9p fuse.juicefs
    """
NETWORK = frozenset(_ON_NETWORK.split())
"""File systems that may be mounted on several machines at once."""


class InstallFailed(Exception):
    """The agent cannot be put on this machine; the message says why and what to do."""


def install(files: Dict[str, bytes], roots: List[str], build: str) -> str:
    """Write the files below the best of the roots; the directory in which they are.

    Raises:
        InstallFailed: every root refused.
    """
    refusals = []
    for root in by_preference(roots):
        try:
            make_private(root)
            if not os.path.exists(os.path.join(root, "journal")):
                _check_room(root)
            directory = _put(files, os.path.join(root, "agents"), build)
        except (OSError, InstallFailed) as error:
            reason = getattr(error, "strerror", None) or str(error)
            refusals.append("%s: %s" % (root, reason))
            continue
        sweep(os.path.join(root, "agents"), build)
        return directory
    raise InstallFailed(
        "The agent cannot be put on this machine (%s). Make room or set the permissions right "
        "in one of these places." % "; ".join(refusals)
    )


def by_preference(roots: List[str]) -> List[str]:
    """The roots, the best first, where all else is equal in the order given.

    Local disks come before network ones, where sockets and locks are not to be trusted, and those
    from which programs may be executed before those from which they may not.
    """
    mounts = _mounts()
    return sorted(roots, key=lambda root: (_is_on_network(root, mounts), _is_noexec(root)))


def make_private(root: str) -> None:
    """Make the root and the two directories above it, for this account alone.

    Raises:
        OSError: the disk refuses.
        InstallFailed: one of them is there and belongs to, or is open to, somebody else.
    """
    above = os.path.dirname(os.path.dirname(root))
    _make_directories(os.path.dirname(above))
    for path in (above, os.path.dirname(root), root):
        _make_directories(path)
        found = os.lstat(path)
        if found.st_uid != os.getuid() or found.st_mode & 0o170077 != 0o040000:
            raise InstallFailed(
                "%s is not a directory of this account that is closed to others; remove it" % path
            )


def sweep(agents: str, build: str) -> None:
    """Remove old versions: all but this one, the newest `KEPT` and those that still run."""
    aged = _aged(agents)
    for changed, name in aged:
        if name.startswith(".") and time.time() - changed > STALE:
            shutil.rmtree(os.path.join(agents, name), ignore_errors=True)
    versions = [name for _, name in sorted(aged, reverse=True) if name[0] != "." and name != build]
    old = versions[KEPT - 1 :]
    running = _command_lines() if old else None
    for name in old:
        if running is not None and not any(name.encode() in line for line in running):
            shutil.rmtree(os.path.join(agents, name), ignore_errors=True)


def _aged(agents: str) -> List[Tuple[float, str]]:
    """When what lies there was changed, and its name; others may be taking it away just now."""
    aged = []
    for name in os.listdir(agents):
        with contextlib.suppress(FileNotFoundError):
            aged.append((os.lstat(os.path.join(agents, name)).st_mtime, name))
    return aged


def _put(files: Dict[str, bytes], agents: str, build: str) -> str:
    os.makedirs(agents, mode=0o700, exist_ok=True)
    directory = os.path.join(agents, build)
    temporary = tempfile.mkdtemp(prefix=".new-", dir=agents)
    try:
        _write(files, temporary)
        _check(files["manifest"], temporary)
        _move(temporary, directory)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    _sync(agents)
    return directory


def _write(files: Dict[str, bytes], temporary: str) -> None:
    opened = []
    directories = {temporary}
    try:
        for path, content in files.items():
            place = os.path.join(temporary, path)
            os.makedirs(os.path.dirname(place), mode=0o700, exist_ok=True)
            directories.add(os.path.dirname(place))
            opened.append(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            # A disk that fills up takes a part and reports no error.
            rest = memoryview(content)
            while rest:
                rest = rest[os.write(opened[-1], rest) :]
        # All are written before the first sync, so that the disk writes them in one go.
        for file in opened:
            os.fsync(file)
    finally:
        for file in opened:
            os.close(file)
    for path in directories:
        _sync(path)


def _check(manifest: bytes, directory: str) -> None:
    for path, _, digest in json.loads(manifest):
        with open(os.path.join(directory, path), "rb") as file:
            if hashlib.sha256(file.read()).hexdigest() != digest:
                raise InstallFailed("what was written to %s reads back otherwise" % path)


def _move(temporary: str, directory: str) -> None:
    """Rename into place. Another installation may have been first; a damaged one gives way."""
    try:
        os.rename(temporary, directory)
    except OSError:
        if not os.path.isdir(directory):
            raise
        try:
            with open(os.path.join(directory, "manifest"), "rb") as file:
                _check(file.read(), directory)
        except (OSError, ValueError, InstallFailed):
            os.rename(directory, temporary + ".damaged")
            os.rename(temporary, directory)
            shutil.rmtree(temporary + ".damaged", ignore_errors=True)


def _make_directories(path: str) -> None:
    """Like `os.makedirs`, which leaves those on the way as open as the account's umask has it."""
    if not os.path.lexists(path):
        _make_directories(os.path.dirname(path))
        with contextlib.suppress(FileExistsError):
            os.mkdir(path, 0o700)


def _check_room(root: str) -> None:
    found = os.statvfs(root)
    if found.f_bavail * found.f_frsize < ROOM:
        raise InstallFailed("less than %d MiB are free" % (ROOM >> 20))


def _sync(directory: str) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _existing(path: str) -> str:
    while not os.path.exists(path):
        path = os.path.dirname(path)
    return os.path.realpath(path)


def _is_noexec(path: str) -> bool:
    return bool(os.statvfs(_existing(path)).f_flag & getattr(os, "ST_NOEXEC", 8))


def _is_on_network(path: str, mounts: List[Tuple[str, str]]) -> bool:
    place = _existing(path).rstrip("/") + "/"
    inside = [(len(point), kind) for point, kind in mounts if place.startswith(point)]
    return bool(inside) and max(inside)[1] in NETWORK


def _mounts() -> List[Tuple[str, str]]:
    """Every mount point, with a slash at its end, and its kind of file system."""
    try:
        with open("/proc/self/mounts", errors="surrogateescape") as file:
            words = [line.split(" ") for line in file]
    except OSError:
        return []
    return [(_plain(word[1]).rstrip("/") + "/", word[2]) for word in words if len(word) > 2]


def _plain(point: str) -> str:
    for escaped, character in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        point = point.replace(escaped, character)
    return point


def _command_lines() -> Optional[List[bytes]]:
    """Of all processes that can be seen; None where there is no /proc."""
    lines = []
    try:
        pids = [name for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return None
    for pid in pids:
        try:
            with open("/proc/%s/cmdline" % pid, "rb") as file:
                lines.append(file.read())
        except OSError:
            continue
    return lines if lines else None

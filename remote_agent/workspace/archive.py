"""Unpack a working tree on a machine without git; nothing in the archive is believed."""

from __future__ import annotations

import os
import stat
import tarfile
from typing import IO, Optional, Tuple

from remote_agent.workspace.failure import WorkspaceError
from remote_agent.workspace.places import make_directory_inside
from remote_agent.workspace.specification import is_confined

_MOST_BYTES = 64 * 1024**3
_MOST_MEMBERS = 2000000
_PIECE = 1 << 20


def unpack(
    archive: str, root: str, most_bytes: int = _MOST_BYTES, most_members: int = _MOST_MEMBERS
) -> Tuple[int, int]:
    """Unpack into the empty directory `root`; returns how many files there were and their bytes.

    Raises:
        WorkspaceError: a member would leave `root`, is neither file, directory nor symbolic link,
            or there is more than the limits allow. The message names the member.
    """
    members = total = 0
    try:
        with tarfile.open(archive, "r|*", encoding="utf-8", errors="surrogateescape") as tar:
            for member in tar:
                members += 1
                total += max(member.size, 0)
                if members > most_members or total > most_bytes:
                    raise WorkspaceError(
                        "The code's archive is larger than the limit of %d bytes and %d members, "
                        "reached at %r." % (most_bytes, most_members, member.name)
                    )
                _unpack_member(tar, member, root)
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise WorkspaceError("The code's archive cannot be unpacked: %s." % error) from error
    return members, total


def _unpack_member(tar: tarfile.TarFile, member: tarfile.TarInfo, root: str) -> None:
    if not member.name or not is_confined(member.name):
        raise WorkspaceError(
            "The code's archive has the member %r, which leads out of the workspace." % member.name
        )
    parent, name = os.path.split(member.name)
    try:
        if member.isdir():
            make_directory_inside(root, member.name)
            return
        place = os.path.join(make_directory_inside(root, parent), name)
        if member.issym():
            _check_link(member)
            os.symlink(member.linkname, place)
        elif member.isreg():
            _write(tar.extractfile(member), place, member)
        else:
            raise WorkspaceError(
                "The code's archive has the member %r, which is neither a file, a directory nor "
                "a symbolic link." % member.name
            )
    except FileExistsError:
        raise WorkspaceError("The code's archive has the member %r twice." % member.name) from None


def _check_link(member: tarfile.TarInfo) -> None:
    """A link must stay inside, judged by its text: it may point to what comes later."""
    target = member.linkname
    joined = os.path.normpath(os.path.join(os.path.dirname(member.name), target))
    if os.path.isabs(target) or joined == ".." or joined.startswith("../"):
        raise WorkspaceError(
            "The code's archive has the link %r to %r, outside the workspace; install git on the "
            "machine or take the link out of the code." % (member.name, target)
        )


def _write(content: Optional[IO[bytes]], place: str, member: tarfile.TarInfo) -> None:
    assert content is not None, "a regular file has content"
    mode = 0o777 if member.mode & stat.S_IXUSR else 0o666
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    with os.fdopen(descriptor, "wb") as file:
        while True:
            piece = content.read(_PIECE)
            if not piece:
                return
            file.write(piece)

"""The daemon's sockets: where laptops attach, and where runners report."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
from typing import Optional

_BACKLOG = 16


def listen(path: str) -> socket.socket:
    """A socket that listens at `path`, for this account alone. Call only while holding the lock.

    Raises:
        OSError: it cannot be made.
    """
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    _bind(listener, path)
    listener.listen(_BACKLOG)
    listener.setblocking(False)
    return listener


def hear_reports(path: str) -> socket.socket:
    """A datagram socket at `path`, on which runners name the attempt whose state has changed.

    Raises:
        OSError: it cannot be made.
    """
    hearer = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    _bind(hearer, path)
    hearer.setblocking(False)
    return hearer


def accept(listener: socket.socket) -> Optional[socket.socket]:
    """The next connection, if there is one and it is this account's."""
    try:
        connection, _ = listener.accept()
    except OSError:
        return None  # it was closed again, or there is no descriptor left: the next look will tell
    if peer_uid(connection) not in (None, os.getuid()):
        connection.close()
        return None
    connection.setblocking(False)
    return connection


def peer_uid(connection: socket.socket) -> Optional[int]:
    """Whose process is at the other end; None where the system does not tell."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return None
    size = struct.calcsize("3i")
    _, uid, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, option, size))
    return int(uid)


def _bind(made: socket.socket, path: str) -> None:
    """Bind beside `path`, then rename: what stands at `path` is always a socket fit for use."""
    temporary = path + "~"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(temporary)
    try:
        made.bind(temporary)
        os.chmod(temporary, 0o600)
        os.rename(temporary, path)
    except OSError:
        made.close()
        raise

"""The lock that makes the controller the only one of its store.

The controller holds an exclusive `flock` on `home.lock` for life and has written its pid there.
"""

from __future__ import annotations

import fcntl
import os

from clearq_tui.paths import Home


def controller_pid(home: Home) -> int | None:
    """The pid of the controller that holds the store, or None.

    Only a file that names a living process is probed, so that looking never takes the lock away
    from a controller that is just starting.
    """
    try:
        descriptor = os.open(home.lock, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        written = os.read(descriptor, 32).strip()
        if not written.isdigit() or not is_alive(int(written)):
            return None
        return int(written) if _is_held(descriptor) else None
    finally:
        os.close(descriptor)


def is_alive(pid: int) -> bool:
    """Whether a process of this number exists, whoever owns it."""
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return True


def _is_held(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    return False

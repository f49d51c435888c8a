"""How to name the controller's socket where its path is longer than the kernel allows."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from clearq_tui.model import ClearqError
from clearq_tui.paths import Home

_PATH_LIMIT: Final = 107 if sys.platform == "linux" else 103


@contextmanager
def socket_address(home: Home) -> Iterator[str]:
    """A path to bind or connect to, good while the context lasts.

    Raises:
        ClearqError: the path is too long and this system has no way around.
        OSError: the home cannot be opened.
    """
    path = str(home.socket)
    if len(os.fsencode(path)) <= _PATH_LIMIT:
        yield path
        return
    if sys.platform != "linux":
        raise ClearqError(f"{path} is too long for a socket; set CLEARQ_HOME to a shorter path.")
    directory = os.open(home.root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{directory}/{home.socket.name}"
    finally:
        os.close(directory)

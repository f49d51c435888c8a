"""What a forked child must not keep of the daemon's: its lock, its sockets, its journal."""

from __future__ import annotations

import os
from typing import Collection


def close_inherited(keep: Collection[int] = ()) -> None:
    """Close every descriptor above standard error but those in `keep`.

    The daemon's lock above all: held by a child, it would keep the next daemon from starting.
    """
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2 and int(name) not in keep:
            try:
                os.close(int(name))
            except OSError:
                continue  # the listing's own descriptor

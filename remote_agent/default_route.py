"""Whether this machine has a way to the rest of the world, as its kernel's tables say."""

from __future__ import annotations

import os
from typing import List, Optional

_UP = 0x1
_REJECT = 0x200


def has_default_route(net: str = "/proc/net") -> bool:
    """Whether packets to anywhere have a way out. Where there are no such tables: it is assumed."""
    v4 = _rows(os.path.join(net, "route"))
    v6 = _rows(os.path.join(net, "ipv6_route"))
    if v4 is None and v6 is None:
        return True
    return any(map(_is_default_v4, v4 or ())) or any(map(_is_default_v6, v6 or ()))


def _rows(path: str) -> Optional[List[List[str]]]:
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return [line.split() for line in file]
    except OSError:
        return None


def _is_default_v4(row: List[str]) -> bool:
    """Interface, destination, gateway, flags, three numbers, mask."""
    return (
        len(row) > 7
        and row[1] == row[7] == "00000000"
        and row[0] != "lo"
        and _flags(row[3]) & (_UP | _REJECT) == _UP
    )


def _is_default_v6(row: List[str]) -> bool:
    """Destination, its prefix's length, source, its, next hop, three numbers, flags, interface."""
    return (
        len(row) > 9
        and row[0] == "0" * 32
        and row[1] == "00"
        and row[9] != "lo"
        and _flags(row[8]) & (_UP | _REJECT) == _UP
    )


def _flags(text: str) -> int:
    try:
        return int(text, 16)
    except ValueError:
        return 0

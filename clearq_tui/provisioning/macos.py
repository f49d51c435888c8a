"""Which macOS stands on a kernel."""

from __future__ import annotations

import re

_BIG_SUR = 20
_TAHOE = 25


def macos_of_darwin(release: str) -> tuple[int, int]:
    """The version of macOS whose kernel says this release, such as `23.4.0`; (0, 0): unknown.

    The second number is given only where it decides which wheels fit: before macOS 11.
    """
    found = re.match(r"(\d{1,3})\.", release)
    if found is None:
        return (0, 0)
    darwin = int(found[1])
    if darwin < _BIG_SUR:
        return (10, darwin - 4)
    return (darwin - 9, 0) if darwin < _TAHOE else (darwin + 1, 0)

"""Keeps what is in memory from being written to a disk when a program crashes."""

from __future__ import annotations

import resource

_LEAST = 1
"""Bytes. The kernel writes no dump so small, and with this limit gives none to a program either."""


def forbid_core_dumps() -> None:
    """For this process and all that it starts, unless these allow it again for themselves."""
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    least = _LEAST if most == resource.RLIM_INFINITY else min(_LEAST, most)
    resource.setrlimit(resource.RLIMIT_CORE, (least, most))

"""Makes this process the one that inherits all orphans below it, where the kernel can do that."""

from __future__ import annotations

from typing import Any

_PR_SET_CHILD_SUBREAPER = 36

_libc: Any = None
try:
    import ctypes

    _libc = ctypes.CDLL(None, use_errno=True)
except (ImportError, OSError, TypeError):  # a Python without ctypes; a static one
    _libc = None


def become_subreaper() -> bool:
    """From now on, what detaches itself below this process stays below it; whether that worked."""
    return can_be_subreaper() and _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0


def can_be_subreaper() -> bool:
    """Whether `become_subreaper` would work on this machine. Changes nothing."""
    return _libc is not None and hasattr(_libc, "prctl")

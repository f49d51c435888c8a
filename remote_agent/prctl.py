"""What a process can ask of the Linux kernel for itself, where Python can reach it."""

from __future__ import annotations

from typing import Any

_PR_SET_DUMPABLE = 4
_PR_SET_NAME = 15
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


def hide_memory() -> None:
    """From now on nobody but root may look into this process's memory, and no crash dumps it.

    The same goes for what is forked from it, until that executes another program.
    """
    if can_be_subreaper():
        _libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def name_process(name: str) -> None:
    """Show this process under a name of its own in `ps -e`, `top` and `pgrep`; 15 letters."""
    if can_be_subreaper():
        _libc.prctl(_PR_SET_NAME, name.encode()[:15], 0, 0, 0)

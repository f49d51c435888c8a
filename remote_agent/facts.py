"""What the agent says of its machine when a laptop attaches."""

from __future__ import annotations

import os
import shutil
import sys
from typing import Any, Dict, Optional


def facts(root: str, survival_problem: str) -> Dict[str, Any]:
    """Everything that costs next to nothing to know."""
    uname = os.uname()
    return {
        "hostname": uname.nodename,
        "system": uname.sysname,
        "release": uname.release,
        "architecture": uname.machine,
        "python": sys.version.split()[0],
        "interpreter": sys.executable,
        "cpus": _cpus(),
        "memory": _memory(),
        "git": shutil.which("git") or "",
        "root": root,
        "pid": os.getpid(),
        "warning": survival_problem,
    }


def _cpus() -> int:
    """Those that this account may use."""
    try:
        return len(os.sched_getaffinity(0))
    except (AttributeError, OSError):
        return os.cpu_count() or 1


def _memory() -> Optional[int]:
    """Bytes."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return None

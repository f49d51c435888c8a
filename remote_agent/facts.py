"""What the agent says of its machine when a laptop attaches."""

from __future__ import annotations

import os
import pwd
import shutil
import struct
import sys
from typing import Any, Dict, Optional

from remote_agent import what_is_here
from remote_agent.c_library import c_library
from remote_agent.default_route import has_default_route
from remote_agent.layout import Layout
from remote_agent.nvidia_driver import nvidia_driver
from remote_agent.prctl import can_be_subreaper
from remote_agent.python_environments.find_python import builds_of


def facts(root: str, survival_problem: str) -> Dict[str, Any]:
    """Everything that costs next to nothing to know."""
    uname = os.uname()
    home = os.path.expanduser("~")
    return {
        "hostname": uname.nodename,
        "system": uname.sysname,
        "release": uname.release,
        "architecture": uname.machine,
        "bits": struct.calcsize("P") * 8,
        "libc": c_library(),
        "python": sys.version.split()[0],
        "interpreter": sys.executable,
        "cpus": _cpus(),
        "memory": _memory(),
        "git": shutil.which("git") or "",
        "pythons": what_is_here.pythons(os.environ, builds_of(Layout(root).cache)),
        "uv": what_is_here.uv(home),
        "conda": what_is_here.conda(home),
        "docker": shutil.which("docker") or "",
        "podman": shutil.which("podman") or "",
        "nvidia_driver": nvidia_driver(),
        "has_route": has_default_route(),
        "root": root,
        "pid": os.getpid(),
        "account": _account(),
        "home": home,
        "warning": " ".join(filter(None, (survival_problem, _tree_problem()))),
    }


def _account() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # as in a container that runs under a number of its own
        return str(os.getuid())


def _tree_problem() -> str:
    """What is not promised here of the end of a task's processes."""
    if can_be_subreaper():
        return ""
    return (
        "The Python on this machine has no ctypes, so a task's process that detaches itself and "
        "clears its environment is not found when the task ends. Give the machine another Python."
    )


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

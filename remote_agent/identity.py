"""Who this agent is: its build, the machine it runs on and that machine's present boot."""

from __future__ import annotations

import os
import time


def build_of(directory: str) -> str:
    """The build whose files are in the directory: that is how it is named."""
    return os.path.basename(directory)


def boot_id() -> str:
    """Another text after each restart of the machine."""
    try:
        with open("/proc/sys/kernel/random/boot_id") as file:
            return file.read().strip()
    except OSError:
        # Where the kernel has no such name, the second of the boot, as far as the clock was right.
        return "booted-%d" % round(time.time() - time.monotonic(), -1)

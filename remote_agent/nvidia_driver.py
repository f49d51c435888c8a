"""Which NVIDIA driver this machine runs: it decides which builds of CUDA programs run here."""

from __future__ import annotations

import re

_MODULE = "/sys/module/nvidia/version"
_DRIVER = "/proc/driver/nvidia/version"
_LONGEST = 4096


def nvidia_driver(module: str = _MODULE, driver: str = _DRIVER) -> str:
    """Its version, such as `550.54.14`; empty: it runs none. Reads a small file, asks no device."""
    said = _read(module) or _read(driver)
    found = re.search(r"\b\d{3,4}(\.\d+){1,2}\b", said)
    return found.group() if found else ""


def _read(path: str) -> str:
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read(_LONGEST)
    except OSError:
        return ""

"""Which C library programs find on this machine: it decides which binaries run here."""

from __future__ import annotations

import functools
import glob
import os
import re
import subprocess

_MUSL = "/lib/ld-musl-*.so.1"
_PATIENCE = 2.0
"""Seconds."""


@functools.lru_cache(maxsize=None)
def c_library() -> str:
    """`glibc 2.36`, `musl 1.2.5`, or empty where there is neither."""
    return _glibc() or _musl(_MUSL)


def _glibc() -> str:
    try:
        return os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (AttributeError, OSError, ValueError):
        return ""


def _musl(pattern: str) -> str:
    """What musl's loader says of itself when it is run without a program to load."""
    for loader in sorted(glob.glob(pattern)):
        try:
            done = subprocess.run(
                [loader],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                timeout=_PATIENCE,
                check=False,
            )
        except (OSError, subprocess.SubprocessError):
            continue
        version = re.search(rb"^Version (\d+\.\d+\.\d+)", done.stderr, re.MULTILINE)
        if done.stderr.startswith(b"musl") and version:
            return "musl " + version.group(1).decode()
    return ""

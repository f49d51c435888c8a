"""What is to be known of one Python before an environment is made from it."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any, Dict, NamedTuple, Optional

_PATIENCE = 20.0
"""Seconds; a cold network disk is slow, a program that merely has the name may hang."""
_LARGEST = 1 << 16
_QUESTION = """
import json, os, platform, sys, sysconfig
place = {"base": "", "platbase": "", "installed_base": "", "installed_platbase": ""}
short = "python%d.%d" % sys.version_info[:2]
program = os.path.realpath(sys.executable)
if sys.prefix != sys.base_prefix:
    for name in (short, "python3", "python"):
        path = os.path.join(sys.base_prefix, "bin", name)
        if os.path.exists(path):
            program = os.path.realpath(path)
            break
print(json.dumps({
    "program": program,
    "version": "%d.%d.%d" % sys.version_info[:3],
    "is_final": sys.version_info[3] == "final",
    "implementation": sys.implementation.name,
    "base": sys.base_prefix,
    "platform": " ".join((
        sysconfig.get_platform(),
        str(sysconfig.get_config_var("SOABI")),
        *platform.libc_ver(sys.executable),
    )),
    "site_packages": sysconfig.get_path("purelib", "posix_prefix", place).lstrip("/"),
}))
"""


class Interpreter(NamedTuple):
    """A Python on this machine that is no virtual environment."""

    program: str
    version: str
    """In full: `3.11.7`."""
    is_final: bool
    """Not an alpha, a beta or a candidate."""
    implementation: str
    """`cpython`, for example."""
    base: str
    """The directory under which it was installed."""
    platform: str
    """System, processor, binary interface and C library, in one text."""
    site_packages: str
    """Where packages lie, relative to an environment."""

    @property
    def short_version(self) -> str:
        """Of `3.11.7`, `3.11`."""
        return ".".join(self.version.split(".")[:2])

    def to_json(self) -> Dict[str, Any]:
        """As JSON values."""
        return dict(self._asdict())


def interpreter_from_json(said: Any) -> Optional[Interpreter]:  # noqa: ANN401 - not validated yet
    """What `to_json` gave; None where it is anything else."""
    try:
        found = Interpreter(**said)
    except TypeError:
        return None
    texts = [value for name, value in said.items() if name != "is_final"]
    return found if all(isinstance(value, str) for value in texts) else None


def ask(program: str) -> Optional[Interpreter]:
    """Ask the program what Python it is; None when it is none, or one that cannot be used.

    A Python in a virtual environment tells of the one from which that was made.
    """
    try:
        done = subprocess.run(
            [program, "-I", "-c", _QUESTION],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE,
            check=False,
        )
        said = json.loads(done.stdout[:_LARGEST])
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    found = interpreter_from_json(said)
    return found if found is not None and os.path.isabs(found.program) else None

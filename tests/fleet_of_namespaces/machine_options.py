"""What a machine of the fleet is like."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.fleet_of_namespaces.pythons import find_python

if TYPE_CHECKING:
    from tests.fleet_of_namespaces.machine import Machine

BUSYBOX_SHELL = "/usr/local/bin/ash"
"""Busybox as a login shell, on every machine."""

NOISE = "echo noise from a start-up file; echo more noise >&2"


@dataclass(frozen=True)
class MachineOptions:
    """The ways in which machines differ; the defaults make a plain Debian server."""

    shell: str = "/bin/bash"
    """The account's login shell."""
    home: str = "/home/ada"
    home_read_only: bool = False
    home_bytes: int | None = None
    """The size of the file system that holds the home; None: this system's disk."""
    no_exec: bool = False
    """Nothing can be executed below the home, /tmp and /var/tmp."""
    python: str = "system"
    """`system`: /usr/bin/python3. `none`. Or a version: the one of this system's Pythons in
    `/srv/python/bin` and no other."""
    python_on_path: bool = True
    """Whether a Python of another version is on the PATH."""
    removed: tuple[str, ...] = ()
    """Names of programs that the machine lacks."""
    noise: bool = False
    """Every shell's start-up files print something."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Path below the home → content."""
    sshd: Mapping[str, str] = field(default_factory=dict)
    """Lines of `sshd_config` that come before the usual ones."""
    behind: Machine | None = None
    """The machine to which its cable leads, instead of to the laptop."""

    def lacks(self) -> str:
        """What this system would need to hold such a machine; empty: it has everything."""
        shell = shutil.which("busybox") or "" if self.shell == BUSYBOX_SHELL else self.shell
        if not Path(shell).is_file():
            return f"{self.shell} is not installed"
        if self.python not in ("system", "none") and find_python(self.python) is None:
            return f"there is no Python {self.python}"
        return ""

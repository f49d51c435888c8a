"""Builds one shared environment and is killed at the n-th change that it makes to the disk.

Arguments: the cache, and n. Prints `done` when it came to its end.
"""

from __future__ import annotations

import builtins
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, os.environ["HOUSE"])

from remote_agent.python_environments.shared import SharedEnvironments

CHANGES = ("mkdir", "rename", "replace", "chmod", "symlink", "unlink", "write", "utime", "link")
KEY = "k" * 32


class Killer:
    """Counts changes, and kills this process instead of the last."""

    def __init__(self, last: int) -> None:
        self._left = last

    def count(self) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def counting(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: object, **more: object) -> object:
            self.count()
            return original(*arguments, **more)

        return counted

    def counting_open(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def counted(file: object, mode: str = "r", *arguments: object, **more: object) -> object:
            if "r" not in mode:
                self.count()
            return original(file, mode, *arguments, **more)

        return counted


def build(place: str) -> str:
    packages = Path(place, "lib", "python3", "site-packages")
    packages.mkdir(parents=True)
    Path(place, "bin").mkdir()
    (packages / "module.py").write_text("whole = True\n")
    Path(place, "bin", "tool").write_text(f"#!{place}/bin/python\nprint()\n")
    return "lib/python3/site-packages"


def main() -> None:
    killer = Killer(int(sys.argv[2]))
    for name in CHANGES:
        setattr(os, name, killer.counting(getattr(os, name)))
    builtins.open = killer.counting_open(builtins.open)
    pins: list[str] = []
    shared = SharedEnvironments(sys.argv[1], "boot").take(
        KEY, pins.append, lambda name: False, build, lambda: print("waits")
    )
    assert pins == [shared.name]
    print("done")


main()

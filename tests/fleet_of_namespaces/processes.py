"""What runs inside a namespace, seen from outside."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Process:
    """One living process; `pid` is its number outside the namespace."""

    pid: int
    parent: int
    name: str
    command: tuple[str, ...]
    start: int
    """Clock ticks since boot: with the pid, names this process and no other."""

    @property
    def line(self) -> str:
        """The command line as `ps` shows it."""
        return " ".join(self.command)

    @property
    def environment(self) -> dict[str, str]:
        """What the process was started with; empty when it has gone."""
        with contextlib.suppress(OSError):
            entries = Path(f"/proc/{self.pid}/environ").read_bytes().split(b"\0")
            pairs = (os.fsdecode(entry).partition("=") for entry in entries if entry)
            return {name: value for name, _, value in pairs}
        return {}

    def is_alive(self) -> bool:
        """Whether it still runs; a zombie does not."""
        now = _read(self.pid)
        return now is not None and now.start == self.start

    def send(self, number: signal.Signals) -> None:
        """Signal it, unless it has ended."""
        if self.is_alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)


def processes_in(namespace: str) -> list[Process]:
    """All living processes of the PID namespace that `/proc/*/ns/pid` calls `namespace`."""
    return list(_scan(namespace))


def pid_namespace(pid: int) -> str:
    """What `/proc` calls the PID namespace of the process."""
    return str(Path(f"/proc/{pid}/ns/pid").readlink())


def _scan(namespace: str) -> Iterator[Process]:
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            if str((entry / "ns" / "pid").readlink()) != namespace:
                continue
            if (process := _read(int(entry.name))) is not None:
                yield process


def _read(pid: int) -> Process | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return None
    name, _, rest = stat.partition("(")[2].rpartition(")")
    fields = rest.split()
    if fields[0] in "ZX":
        return None
    words = tuple(os.fsdecode(word) for word in command.rstrip(b"\0").split(b"\0"))
    return Process(pid, int(fields[1]), name, words, int(fields[19]))

"""Which process of a machine is which part of the agent, told by what it holds open."""

from __future__ import annotations

import contextlib
from pathlib import Path

from tests.fleet_of_namespaces.machine import Machine
from tests.fleet_of_namespaces.processes import Process

_AGENT = "/remote_agent "


def daemons(machine: Machine) -> list[Process]:
    """Those that write the journal: one, but for moments."""
    return [process for process in _agents(machine) if _holds(process, "/journal")]


def runners(machine: Machine) -> list[Process]:
    """One for each attempt that is prepared or runs."""
    return [process for process in _agents(machine) if _holds(process, "/lock", "/attempts/")]


def samplers(machine: Machine) -> list[Process]:
    """What the daemon has forked and is no runner: it reads metrics."""
    masters = {process.pid for process in daemons(machine)}
    working = {process.pid for process in runners(machine)}
    return [
        process
        for process in _agents(machine)
        if process.parent in masters and process.pid not in working
    ]


def _agents(machine: Machine) -> list[Process]:
    return machine.processes(_AGENT)


def _holds(process: Process, end: str, inside: str = "") -> bool:
    held = []
    with contextlib.suppress(OSError):
        for descriptor in Path(f"/proc/{process.pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                held.append(str(descriptor.readlink()))
    return any(path.endswith(end) and inside in path for path in held)

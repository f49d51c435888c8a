"""First push, warm attach, and what an agent and a controller cost while nothing happens."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path

from clearq_tui.fleet.agent_door import AgentDoor
from clearq_tui.fleet.ssh_settings import Surroundings
from clearq_tui.model import Machine
from clearq_tui.store import agents
from tests.bench.figure import Figure, median
from tests.bench.site import Site, cpu_seconds, fact, site, unique_bytes

IDLE = 15.0
"""Seconds over which idleness is measured."""
ATTACHES = 10
PUSHES = 5


def measure() -> Iterator[Figure]:
    """All figures, as they come."""
    with site() as here:
        here.add_machine("bench")
        surroundings = here.sshd.surroundings()
        machine = here.machine("bench")
        pushes = [_enter(here, surroundings, machine, f"push{n}") for n in range(PUSHES)]
        yield median("first push: connect → attached, agent started", pushes, 150)
        with here.controller():
            here.await_online("bench")
            attaches = [
                _enter(here, surroundings, machine, here.store.identity) for _ in range(ATTACHES)
            ]
            yield median("warm attach: connect → daemon's socket", attaches, 50)
            yield from _idle_agent(here)


def _enter(here: Site, surroundings: Surroundings, machine: Machine, store: str) -> float:
    """Seconds until the stream to the agent is open, from nothing."""

    async def enter() -> float:
        door = AgentDoor(surroundings, here.home, store)
        before = time.monotonic()
        async with door.enter(machine, agents.record(here.store, machine.id)):
            return time.monotonic() - before

    return asyncio.run(enter())


def _idle_agent(here: Site) -> Iterator[Figure]:
    daemon = fact(here.machine("bench"), "pid")
    processes = [daemon, *_children(daemon)]
    before = cpu_seconds(processes)
    time.sleep(IDLE)
    share = 100 * (cpu_seconds(processes) - before) / IDLE
    yield Figure("agent idle, 1 Hz samples, all processes", share, 1, unit="% CPU")
    held = sum(unique_bytes(pid) for pid in processes) / (1 << 20)
    yield Figure("agent's own memory (USS), all processes", held, 25, unit="MiB")


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    assert os.getpid() not in map(int, listed)
    return [int(child) for child in listed]

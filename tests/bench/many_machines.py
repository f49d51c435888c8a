"""What a hundred machines at one sample a second cost the controller, each over its own SSH link.

The agents are stand-ins that speak the wire: a hundred real ones would measure this computer.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

from clearq_tui.model import LinkState
from clearq_tui.store import agents, machines
from tests.bench.figure import Figure
from tests.bench.site import Site, cpu_seconds, site, wait_for

MACHINES = 100
SECONDS = 20.0

STAND_IN = """
import selectors, socket, sys, time
from remote_agent.messages import Sample, Welcome, encode_message
from remote_agent.wire import PROTOCOL, FrameReader

gpu = {"index": 0, "uuid": "GPU-0", "name": "a GPU", "use": 97, "memory_used": 71 << 30,
       "memory_total": 80 << 30, "temperature": 74, "power": 612.0}
sample = {"at": 0.0, "cpu": 34.0, "cores": 64, "load": [1.0, 2.0, 3.0],
          "memory": {"used": 212 << 30, "total": 512 << 30},
          "network": {"received": 1.1e9, "sent": 4e7}, "disk": {"read": 8.8e7, "written": 1e7},
          "space": {"used": 1 << 40, "total": 4 << 40, "path": "/data"}, "gpus": [gpu] * 8,
          "attempts": {"8123.2": {"cpu": 790.0, "memory": 64 << 30, "processes": 9}}}
listener = socket.socket(fileno=int(sys.argv[1]))
listener.listen(200)
listener.setblocking(False)
selector = selectors.DefaultSelector()
selector.register(listener, selectors.EVENT_READ)
links = {}
due = time.monotonic() + 1
while True:
    for key, _ in selector.select(max(0.0, due - time.monotonic())):
        if key.fileobj is listener:
            link, _ = listener.accept()
            selector.register(link, selectors.EVENT_READ)
            links[link] = FrameReader()
            continue
        data = key.fileobj.recv(65536)
        if not data:
            selector.unregister(key.fileobj)
            del links[key.fileobj]
        elif any(b'"hello"' in frame.payload for frame in links[key.fileobj].feed(data)):
            welcome = Welcome(PROTOCOL, sys.argv[2], "m", "b", "j", 0, time.time(), {}, {})
            key.fileobj.sendall(encode_message(welcome))
    if time.monotonic() >= due:
        due += 1
        for link in links:
            link.sendall(encode_message(Sample(sample)))
"""


def measure() -> Iterator[Figure]:
    """The controller's share of one core."""
    with site() as here:
        path = str(here.home.root / "stand-in.sock")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            stand_in = subprocess.Popen(
                [sys.executable, "-c", STAND_IN, str(listener.fileno()), _build(here)],
                pass_fds=[listener.fileno()],
            )
        try:
            _register(here, path)
            with here.controller() as controller:
                wait_for(lambda: _online(here) == MACHINES, every=0.1)
                before = cpu_seconds([controller])
                time.sleep(SECONDS)
                share = 100 * (cpu_seconds([controller]) - before) / SECONDS
        finally:
            os.kill(stand_in.pid, signal.SIGKILL)
            stand_in.wait()
    # The goal for 200 machines is 10 % of a core.
    yield Figure(f"controller with {MACHINES} machines at 1 Hz", share, 5, unit="% CPU")


def _build(here: Site) -> str:
    from clearq_tui.fleet.payload import Payloads

    return Payloads(here.home.wheels).build


def _register(here: Site, path: str) -> None:
    for number in range(MACHINES):
        here.add_machine(f"gpu-{number:03}")
    with here.store.transaction():
        for machine in machines.rows(here.store):
            agents.remember(
                here.store, machine.id, socket_path=path, python="", boot_id="", build=""
            )


def _online(here: Site) -> int:
    return sum(machine.link is LinkState.ONLINE for machine in machines.rows(here.store))

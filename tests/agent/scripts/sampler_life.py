"""A sampler's life beside a stand-in for the daemon: what it keeps, and what it survives."""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, os.environ["HOUSE"])
sys.path.insert(0, sys.argv[2])

from remote_agent.layout import Layout
from remote_agent.metrics import gpus, proc, sampler
from remote_agent.metrics.counters import Counters
from remote_agent.metrics.sampler import Sampler

sampler.PERIOD = 0.2
gpus.LIBRARY = "libc.so.6"  # is there, so that the bindings that a test puts in place are asked


def blind() -> Counters:
    """As in a container that hides everything."""
    return Counters(time.monotonic())


def pid_of(running: Sampler) -> int:
    assert running.pid is not None
    return running.pid


def next_sample(running: Sampler) -> dict[str, Any]:
    while True:
        ready, _, _ = select.select([running], [], [], 10)
        assert ready, "no sample came"
        sample = running.read()
        if sample is not None:
            return sample


def is_detached(pid: int) -> None:
    """It holds its pipe and nothing else of the daemon's, and dies of the usual signals."""
    found = sorted(int(entry.name) for entry in Path(f"/proc/{pid}/fd").iterdir())
    assert len([number for number in found if number > 2]) == 1, found
    status = Path(f"/proc/{pid}/status").read_text()
    for line in status.splitlines():
        name, _, mask = line.partition(":")
        if name in ("SigIgn", "SigBlk", "SigCgt"):
            for number in (signal.SIGTERM, signal.SIGHUP):
                assert not int(mask, 16) & 1 << number - 1, line


def killed_is_replaced(running: Sampler) -> None:
    first = pid_of(running)
    os.kill(first, signal.SIGKILL)
    try:
        while True:
            next_sample(running)
    except EOFError:
        pass
    assert not running.is_started
    assert running.pid is None
    os.waitpid(first, 0)
    running.start()
    next_sample(running)
    assert pid_of(running) != first


def ends_when_nobody_reads(running: Sampler) -> None:
    os.close(running.fileno())
    assert os.waitpid(pid_of(running), 0)[1] == 0


def main(root: str, _modules: str, sees_proc: str) -> None:
    if sees_proc == "False":
        proc.read = blind
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    os.pipe()
    running = Sampler(Layout(root))
    running.start()
    sample = next_sample(running)
    while sample["gpus"] is None:
        sample = next_sample(running)
    is_detached(pid_of(running))
    killed_is_replaced(running)
    ends_when_nobody_reads(running)
    print(json.dumps(sample))


main(*sys.argv[1:])

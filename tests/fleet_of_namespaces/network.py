"""Virtual cables between machines and this system."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from typing import NamedTuple

# 198.18.0.0/15 is set aside for tests of networks; a cable takes four addresses of it.
_FIRST = (198 << 24) + (18 << 16)
_CABLES = 1 << 15


class Cable(NamedTuple):
    """One virtual cable: the two addresses, and what its near end is called."""

    near: str
    far: str
    interface: str


def cable(index: int) -> Cable:
    """The `index`-th cable of this process; concurrent test runs rarely share one."""
    base = _FIRST + 4 * ((os.getpid() * 64 + index) % _CABLES)
    return Cable(_dotted(base + 1), _dotted(base + 2), f"cq{os.getpid()}-{index}")


def connect(this: Cable, far_init: int, near: Sequence[str] = ()) -> None:
    """Lay the cable to the namespace of `far_init`, whose end is called `eth0`.

    `near` are the words that run a command at the near end; none for this system. The kernel takes
    the cable away together with the namespace at either end.
    """
    far = ("nsenter", "--target", str(far_init), "--net", "--")
    name = this.interface
    _run(*near, "ip", "link", "add", name, "type", "veth", "peer", "eth0", "netns", str(far_init))
    _run(*near, "ip", "address", "add", f"{this.near}/30", "dev", name)
    _run(*near, "ip", "link", "set", name, "up")
    _run(*far, "ip", "address", "add", f"{this.far}/30", "dev", "eth0")
    _run(*far, "ip", "link", "set", "eth0", "up")
    _run(*far, "ip", "link", "set", "lo", "up")


class CannotBeSlow(Exception):
    """This system has no means to slow a cable down; the sentence says which."""


def slow_down(this: Cable, bytes_per_second: int) -> None:
    """Let no more than that through from this system to the far end.

    Raises:
        CannotBeSlow: see there.
    """
    bucket = ("tbf", "rate", f"{bytes_per_second}bps", "burst", "128k", "latency", "100ms")
    try:
        _run("tc", "qdisc", "replace", "dev", this.interface, "root", *bucket)
    except (OSError, AssertionError) as error:
        raise CannotBeSlow(f"tc cannot slow a cable down: {error}") from error


def full_speed(this: Cable) -> None:
    """Let everything through as fast as it goes again."""
    _run("tc", "qdisc", "del", "dev", this.interface, "root")


def _dotted(address: int) -> str:
    return ".".join(str(address >> shift & 255) for shift in (24, 16, 8, 0))


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 0, f"{command}: {done.stderr}"

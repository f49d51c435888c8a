"""Counters from /proc: what every Linux machine has, with nothing installed."""

from __future__ import annotations

import os
import time
from typing import Dict, Optional, Tuple

from remote_agent.metrics.counters import Counters

_VIRTUAL_INTERFACES = ("lo", "docker", "br-", "veth", "virbr", "tun", "tap", "cni", "flannel")
"""What goes over these goes over a real one too, or never leaves the machine."""
_VIRTUAL_DISKS = ("loop", "ram", "dm-", "md", "zram", "sr", "fd")
_SECTOR = 512
_TICK = os.sysconf("SC_CLK_TCK")


def read() -> Counters:
    """One reading; what cannot be read is None."""
    busy, idle = _cpu()
    used, total = _memory()
    received, sent = _network()
    read_bytes, written = _disks()
    return Counters(time.monotonic(), busy, idle, received, sent, read_bytes, written, used, total)


def _cpu() -> Tuple[Optional[float], Optional[float]]:
    try:
        with open("/proc/stat", "rb") as file:
            times = [int(ticks) for ticks in file.readline().split()[1:9]]
    except (OSError, ValueError):
        return None, None
    idle = sum(times[3:5])
    return (sum(times) - idle) / _TICK, idle / _TICK


def _memory() -> Tuple[Optional[int], Optional[int]]:
    try:
        with open("/proc/meminfo", "rb") as file:
            lines = (file.readline().split() for _ in range(3))
            amounts: Dict[bytes, int] = {line[0]: int(line[1]) << 10 for line in lines}
    except (OSError, ValueError, IndexError):
        return None, None
    total = amounts.get(b"MemTotal:")
    available = amounts.get(b"MemAvailable:")
    if total is None or available is None:
        return None, total
    return total - available, total


def _network() -> Tuple[Optional[int], Optional[int]]:
    received = sent = 0
    try:
        with open("/proc/net/dev", encoding="ascii") as file:
            for line in file:
                name, colon, counts = line.partition(":")
                if colon and not name.strip().startswith(_VIRTUAL_INTERFACES):
                    fields = counts.split()
                    received += int(fields[0])
                    sent += int(fields[8])
    except (OSError, ValueError, IndexError):
        return None, None
    return received, sent


def _disks() -> Tuple[Optional[int], Optional[int]]:
    read_sectors = written_sectors = 0
    try:
        whole = set(os.listdir("/sys/block"))
        with open("/proc/diskstats", encoding="ascii") as file:
            for line in file:
                fields = line.split()
                name = fields[2]
                if name in whole and not name.startswith(_VIRTUAL_DISKS):
                    read_sectors += int(fields[5])
                    written_sectors += int(fields[9])
    except (OSError, ValueError, IndexError):
        return None, None
    return read_sectors * _SECTOR, written_sectors * _SECTOR

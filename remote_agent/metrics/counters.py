"""What a machine has counted so far, and what two countings say of the time between them."""

from __future__ import annotations

from typing import Any, Dict, NamedTuple, Optional


class Counters(NamedTuple):
    """One reading. Counts only grow; what this machine cannot tell is None."""

    at: float
    """Seconds on the monotonic clock."""
    busy: Optional[float] = None
    """CPU seconds spent working, over all processors."""
    idle: Optional[float] = None
    """CPU seconds spent waiting."""
    received: Optional[int] = None
    """Bytes over all network interfaces but the loopback."""
    sent: Optional[int] = None
    read: Optional[int] = None
    """Bytes over all whole disks."""
    written: Optional[int] = None
    memory_used: Optional[int] = None
    """Bytes that are not available to a new process."""
    memory_total: Optional[int] = None


def rates(before: Counters, after: Counters) -> Dict[str, Any]:
    """The part of a sample that two readings give: CPU per cent, memory, bytes a second."""
    seconds = after.at - before.at
    return {
        "cpu": _busy_share(before, after),
        "memory": {"used": after.memory_used, "total": after.memory_total},
        "network": {
            "received": _rate(before.received, after.received, seconds),
            "sent": _rate(before.sent, after.sent, seconds),
        },
        "disk": {
            "read": _rate(before.read, after.read, seconds),
            "written": _rate(before.written, after.written, seconds),
        },
    }


def _rate(before: Optional[float], after: Optional[float], seconds: float) -> Optional[float]:
    """Per second; None also where a counter went back, as when an interface was replaced."""
    if before is None or after is None or after < before or seconds <= 0:
        return None
    return round((after - before) / seconds, 1)


def _busy_share(before: Counters, after: Counters) -> Optional[float]:
    if before.busy is None or after.busy is None or before.idle is None or after.idle is None:
        return None
    busy, idle = after.busy - before.busy, after.idle - before.idle
    if busy < 0 or idle < 0 or busy + idle <= 0:
        return None
    return round(100 * busy / (busy + idle), 1)

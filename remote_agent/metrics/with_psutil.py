"""Counters from psutil, where it came with the agent and can be loaded."""

from __future__ import annotations

import time
from typing import Any, Callable, Optional

from remote_agent.metrics.counters import Counters


def reader() -> Optional[Callable[[], Counters]]:
    """A function that takes one reading; None where psutil is missing or does not load."""
    try:
        import psutil
    except ImportError:
        return None
    return lambda: _read(psutil)


def _read(psutil: Any) -> Counters:  # noqa: ANN401 - the module, which may not be there
    cpu = psutil.cpu_times()
    idle = cpu.idle + getattr(cpu, "iowait", 0.0)
    memory = psutil.virtual_memory()
    network = psutil.net_io_counters(pernic=True)
    real = [counts for name, counts in network.items() if not name.startswith("lo")]
    disks = psutil.disk_io_counters()
    return Counters(
        at=time.monotonic(),
        # Guests' time is counted in user time already.
        busy=cpu.user + cpu.system + getattr(cpu, "nice", 0.0) + getattr(cpu, "steal", 0.0),
        idle=idle,
        received=sum(counts.bytes_recv for counts in real),
        sent=sum(counts.bytes_sent for counts in real),
        read=disks.read_bytes if disks else None,
        written=disks.write_bytes if disks else None,
        memory_used=memory.total - memory.available,
        memory_total=memory.total,
    )

"""Reads the GPUs beside everything else, because a driver that hangs must delay nothing else."""

from __future__ import annotations

import threading
import time
from typing import Any, Callable, Dict, List, Optional

from remote_agent.metrics.gpus import open_gpus

_Reading = List[Dict[str, Any]]
STALE_AFTER = 5.0
"""Seconds after which the last reading says nothing about now."""


class GpuWatch:
    """A thread that reads, and the newest of what it has read."""

    def __init__(
        self,
        period: float,
        open_reader: Callable[[], Optional[Callable[[], _Reading]]] = open_gpus,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._period = period
        self._open_reader = open_reader
        self._clock = clock
        self._newest: Optional[_Reading] = None
        self._read_at = 0.0
        self._has_none = False
        threading.Thread(target=self._watch, daemon=True).start()

    def newest(self) -> Optional[_Reading]:
        """What each GPU does; None while the driver gives no answer. Empty: there is no GPU."""
        if self._has_none:
            return []
        if self._clock() - self._read_at > STALE_AFTER:
            return None
        return self._newest

    def _watch(self) -> None:
        read = self._open_reader()
        if read is None:
            self._has_none = True
            return
        while True:
            self._newest = read()
            self._read_at = self._clock()
            time.sleep(self._period)

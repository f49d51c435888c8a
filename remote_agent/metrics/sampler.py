"""The sampler: a process of its own, so that a driver that hangs never stops supervision.

The daemon starts it when a laptop attaches and ends it when none is left, so that nothing is
measured for nobody. Samples come as lines of JSON through a pipe; the daemon keeps the newest.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from typing import Any, Callable, Dict, List, NoReturn, Optional

from remote_agent.inherited import close_inherited
from remote_agent.layout import Layout
from remote_agent.metrics import proc, with_psutil
from remote_agent.metrics.counters import Counters, rates
from remote_agent.metrics.gpu_watch import GpuWatch
from remote_agent.metrics.trees import AttemptTrees
from remote_agent.prctl import name_process

PERIOD = 1.0
"""Seconds between samples."""
_LONGEST_LINE = 1 << 20


class Sampler:
    """The daemon's hold on the sampler process."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._pipe: Optional[int] = None
        self._pid: Optional[int] = None
        self._pending = b""

    @property
    def pid(self) -> Optional[int]:
        """The process, while there is one."""
        return self._pid

    def fileno(self) -> int:
        """Where the samples come from, for a selector; only while it is started."""
        assert self._pipe is not None
        return self._pipe

    @property
    def is_started(self) -> bool:
        """Whether samples are coming, as far as is known."""
        return self._pipe is not None

    def start(self) -> None:
        """Fork the process. Does nothing when there is one.

        Raises:
            OSError: no more processes or descriptors.
        """
        if self._pipe is not None:
            return
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            _run(self._layout, writing)
        os.close(writing)
        os.set_blocking(reading, False)
        self._pipe, self._pid, self._pending = reading, pid, b""

    def stop(self) -> None:
        """End the process."""
        if self._pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
        self._close()

    def read(self) -> Optional[Dict[str, Any]]:
        """The newest sample that has arrived; None: no new one.

        Raises:
            EOFError: the process has ended; `start` makes another.
        """
        assert self._pipe is not None
        try:
            data = os.read(self._pipe, _LONGEST_LINE)
        except (BlockingIOError, InterruptedError):
            return None
        if not data:
            self._close()
            raise EOFError("the sampler ended")
        *lines, self._pending = (self._pending + data).split(b"\n")
        return json.loads(lines[-1]) if lines else None

    def _close(self) -> None:
        if self._pipe is not None:
            os.close(self._pipe)
        self._pipe = self._pid = None


def _run(layout: Layout, writing: int) -> NoReturn:
    """Be the sampler: write a sample every `PERIOD` until nobody reads."""
    try:
        _detach(writing)
        read = _best_counters()
        gpus = GpuWatch(PERIOD)
        trees = AttemptTrees(layout)
        before = read()
        due = time.monotonic() + PERIOD / 4  # the first sample soon: somebody has just attached
        while True:
            time.sleep(max(0.0, due - time.monotonic()))
            due = max(due + PERIOD, time.monotonic())
            after = read()
            sample = dict(
                rates(before, after),
                at=time.time(),
                cores=os.cpu_count(),
                load=_load(),
                space=_space(layout.root),
                gpus=gpus.newest(),
                attempts=trees.read(),
            )
            before = after
            os.write(writing, json.dumps(sample, separators=(",", ":")).encode() + b"\n")
    except BrokenPipeError:
        pass  # the daemon is gone; the next one starts its own
    finally:
        os._exit(0)


def _detach(writing: int) -> None:
    """Keep nothing of the daemon's but the pipe; behave to signals as a plain process does."""
    close_inherited([writing])
    name_process("clearq-sampler")
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)


def _best_counters() -> Callable[[], Counters]:
    """/proc where it tells everything, and psutil, which takes 22 MiB more, where it does not."""
    if None not in proc.read():
        return proc.read
    try:
        read = with_psutil.reader()
        if read is not None:
            read()
    except Exception:  # noqa: BLE001 - a foreign library, on a machine nobody has seen
        return proc.read
    return read or proc.read


def _load() -> Optional[List[float]]:
    try:
        return [round(load, 2) for load in os.getloadavg()]
    except OSError:
        return None


def _space(path: str) -> Dict[str, Any]:
    try:
        found = os.statvfs(path)
    except OSError:
        return {"used": None, "total": None, "path": path}
    total = found.f_blocks * found.f_frsize
    return {"used": total - found.f_bavail * found.f_frsize, "total": total, "path": path}

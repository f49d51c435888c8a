"""How fast the interface opens and answers keys, in a terminal, on a store with 100,000 tasks.

Everything is measured from outside, through a pseudo-terminal: from the start of the process or
the writing of a key until the bytes that repaint the screen have come.
"""

from __future__ import annotations

import compileall
import fcntl
import os
import pty
import select
import shutil
import signal
import struct
import sys
import tempfile
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import clearq_tui
from tests.bench.figure import Figure, median, percentile95
from tests.bench.full_store import fill

_STARTS = 7
_KEYS = 60
_QUIET = 0.12
"""Seconds without output after which a repaint counts as whole."""
_SIZES = ((120, 40), (200, 50))
_START = """
import sys, time
from pathlib import Path
from clearq_tui.paths import Home
from clearq_tui.store import Store
from clearq_tui.operations.first_start import prepare_first_start
home = Home(Path(sys.argv[1]))
with Store.open(home.database) as store:
    prepare_first_start(store, now=time.time())
    from clearq_tui.ui.app import ClearqApp
    ClearqApp(home, store, with_controller=False).run()
"""
"""As `clearq_tui.ui.app.run`, without starting a controller, which would dial 100 machines."""


class Interface:
    """The interface in a pseudo-terminal."""

    def __init__(self, home: Path, size: tuple[int, int]) -> None:
        self.started = time.perf_counter()
        self.pid, self._terminal = pty.fork()
        if not self.pid:
            os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", LC_ALL="C.UTF-8")
            os.execv(sys.executable, [sys.executable, "-c", _START, str(home)])
        columns, rows = size
        shape = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, shape)

    def until(self, wanted: bytes, seconds: float = 15.0) -> float:
        """The moment at which these bytes had come."""
        seen = b""
        deadline = time.perf_counter() + seconds
        while wanted not in seen:
            if not select.select([self._terminal], [], [], deadline - time.perf_counter())[0]:
                raise TimeoutError(f"the interface has not shown {wanted!r}")
            seen += os.read(self._terminal, 1 << 16)
        return time.perf_counter()

    def quiet(self) -> int:
        """Read until nothing comes any more; how many bytes came."""
        count = 0
        while select.select([self._terminal], [], [], _QUIET)[0]:
            count += len(os.read(self._terminal, 1 << 16))
        return count

    def press(self, key: bytes) -> float:
        """Seconds from a key to the first bytes of the repaint."""
        self.quiet()
        began = time.perf_counter()
        os.write(self._terminal, key)
        select.select([self._terminal], [], [], 5.0)
        took = time.perf_counter() - began
        os.read(self._terminal, 1 << 16)
        return took

    def processor_seconds(self) -> float:
        """What the process has used so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident(self) -> float:
        """MiB of memory in use."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)

    def close(self) -> None:
        """End it."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._terminal)


def measure() -> Iterator[Figure]:
    """Open it a few times, press keys in the lists, let it stand."""
    compileall.compile_dir(Path(clearq_tui.__file__).parent, quiet=1)
    place = Path(tempfile.mkdtemp(prefix="clearq-bench-"))
    try:
        fill(place / "clearq.db").close()
        yield median("start → first paint, 100,000 tasks", list(_first_paints(place)), 450.0)
        for size in _SIZES:
            yield from _keys(place, size)
        yield from _standing(place)
    finally:
        shutil.rmtree(place)


def _first_paints(home: Path) -> Iterator[float]:
    for _ in range(_STARTS):
        interface = Interface(home, (120, 40))
        yield interface.until(b"WORKER") - interface.started
        interface.close()


def _keys(home: Path, size: tuple[int, int]) -> Iterator[Figure]:
    interface = Interface(home, size)
    interface.until(b"WORKER")
    interface.quiet()
    os_size = "×".join(map(str, size))  # noqa: RUF001
    goal = 33.0 if size[0] < 160 else 50.0
    for view, name in ((b"1", "Workers"), (b"3", "Tasks")):
        interface.press(view)
        moves = [interface.press(b"j") for _ in range(_KEYS)]
        yield percentile95(f"{name}, key → paint, 95 % ({os_size})", moves, goal)
    pages = [interface.press(b"\x1b[6~") for _ in range(_KEYS)]
    yield percentile95(f"Tasks, page → paint, 95 % ({os_size})", pages, goal)
    ends = [interface.press(key) for _ in range(10) for key in (b"G", b"g")]
    yield percentile95(f"Tasks, first ↔ last row, 95 % ({os_size})", ends, 100.0)
    views = [interface.press(key) for _ in range(10) for key in (b"1", b"3")]
    yield percentile95(f"view → view, 95 % ({os_size})", views, 100.0)
    interface.close()


def _standing(home: Path) -> Iterator[Figure]:
    interface = Interface(home, (120, 40))
    interface.until(b"WORKER")
    time.sleep(2.0)
    interface.quiet()
    before = interface.processor_seconds()
    began = time.perf_counter()
    time.sleep(10.0)
    used = interface.processor_seconds() - before
    yield Figure(
        "processor while nothing happens", 100 * used / (time.perf_counter() - began), 0.5, unit="%"
    )
    yield Figure("memory, 100,000 tasks", interface.resident(), 80.0, unit="MiB")
    interface.close()

"""`clearq demo` on a terminal of its own."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from clearq_tui import feed
from clearq_tui.paths import Home
from tests.fleet_of_namespaces.waiting import wait_for

CLEARQ = Path(sys.executable).with_name("clearq")


class Terminal:
    """Starts it; leave the `with` block, and it is dead."""

    def __init__(self, scratch: Path, home: Path) -> None:
        self._scratch = scratch
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 130, 0, 0))
        kept = {n: v for n, v in os.environ.items() if not n.startswith(("CLEARQ", "XDG"))}
        self.process = subprocess.Popen(
            ["setsid", "--ctty", CLEARQ, "demo"],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**kept, "HOME": str(home), "TERM": "xterm-256color"},
        )
        os.close(slave)
        self.shown = bytearray()
        self._is_open = True
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        # Never blocked in a read: a terminal that somebody reads is not closed by closing it.
        with contextlib.suppress(OSError):
            while self._is_open:
                ready, _, _ = select.select([self._master], [], [], 0.05)
                if ready:
                    self.shown += os.read(self._master, 65536)

    def press(self, keys: bytes) -> None:
        os.write(self._master, keys)

    def place(self) -> Path:
        """Where the demo keeps itself, once it runs."""
        return wait_for(lambda: list(self._scratch.iterdir()), "the demo to begin")[0]

    @property
    def home(self) -> Home:
        return Home(self.place() / "home")

    def wait_for_cluster(self) -> None:
        """Until machines are shown and the controller is there."""
        wait_for(lambda: b"atlas" in self.shown, "the interface")
        wait_for(lambda: feed.controller_pid(self.home), "the controller")

    def hang_up(self) -> None:
        """Close the window."""
        self._is_open = False
        self._reader.join(40)
        os.close(self._master)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if self._is_open:
            self.hang_up()

"""A package index on the laptop's loopback whose downloads stand still or are torn off."""

from __future__ import annotations

import contextlib
import threading
from io import BufferedIOBase
from pathlib import Path

from tests.provisioning.package_index import PackageIndex


class Hold:
    """What every download of one file does in its middle."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        """Set once a download stands still here."""
        self._over = threading.Event()
        self._is_torn = False

    def release(self) -> None:
        """Let all of the file come, now and later."""
        self._over.set()

    def tear(self) -> None:
        """End the connection in the middle of the file, now and later."""
        self._is_torn = True
        self._over.set()

    def goes_on(self) -> bool:
        """Stand still; whether the rest is to be sent then."""
        self.reached.set()
        self._over.wait()
        return not self._is_torn


class FaultyIndex(PackageIndex):
    """Serves honestly what was not told to be held."""

    def __init__(self, directory: Path, port: int = 0) -> None:
        super().__init__(directory, port)
        self._holds: dict[str, Hold] = {}

    def hold(self, wheel: Path) -> Hold:
        """Stop all downloads of the file in their middle; its metadata can be had."""
        self._holds[wheel.name] = Hold()
        return self._holds[wheel.name]

    def write_body(self, name: str, body: bytes, out: BufferedIOBase, *, whole: bool) -> bool:
        """See `PackageIndex.write_body`."""
        hold = self._holds.get(name) if whole else None
        with contextlib.suppress(OSError):  # whoever asked has gone, as tests make them do
            if hold is None:
                return super().write_body(name, body, out, whole=whole)
            out.write(body[: len(body) // 2])
            out.flush()
            if hold.goes_on():
                out.write(body[len(body) // 2 :])
                return True
        return False

    def close(self) -> None:
        """See `PackageIndex.close`."""
        for hold in self._holds.values():
            hold.tear()
        super().close()

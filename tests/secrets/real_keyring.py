"""A desktop's keyring for a test: a session bus and the GNOME keyring, in a home of their own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PROGRAMS = ("dbus-daemon", "gnome-keyring-daemon")


@contextmanager
def desktop_session(place: Path) -> Iterator[dict[str, str]]:
    """The variables of a session in which the keyring is unlocked."""
    lacking = [program for program in PROGRAMS if shutil.which(program) is None]
    if lacking:
        pytest.skip(f"{' and '.join(lacking)} missing; a real keyring is NOT tested")
    for directory in (place, place / "run", place / "data"):
        directory.mkdir(mode=0o700)
    variables = {
        "HOME": str(place),
        "XDG_RUNTIME_DIR": str(place / "run"),
        "XDG_DATA_HOME": str(place / "data"),
    }
    bus = subprocess.run(
        ["dbus-daemon", "--session", "--fork", "--print-address=1", "--print-pid=1"],
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    address, pid = bus.stdout.split()
    variables["DBUS_SESSION_BUS_ADDRESS"] = address
    try:
        subprocess.run(
            ["gnome-keyring-daemon", "--unlock", "--components=secrets", "--daemonize"],
            env={**os.environ, **variables},
            input=b"password",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        yield variables
    finally:
        os.kill(int(pid), signal.SIGTERM)  # the keyring leaves with its bus

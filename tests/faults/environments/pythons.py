"""A build of Python for machines that lack it, on the laptop where its uv looks for builds."""

from __future__ import annotations

import hashlib
import json
import platform
from pathlib import Path

from remote_agent.python_environments.interpreter import ask
from tests.agent.interpreters import interpreters
from tests.python_environments.test_pythons import archive

LIST = "pythons.json"
"""The name of the file with uv's list."""


def offer_python(minor: str, directory: Path) -> str:
    """Make a build of one of this system's Pythons and enter it into the list; its version."""
    found = ask(str(interpreters()[minor]))
    assert found is not None
    path = archive(directory / "pythons", tuple(map(int, minor.split("."))))  # type: ignore[arg-type]
    major, minor_number, patch = map(int, found.version.split("."))
    libc = "gnu" if platform.libc_ver()[0] == "glibc" else "musl"
    entry = {
        "name": "cpython",
        "arch": {"family": platform.machine(), "variant": None},
        "os": "linux",
        "libc": libc,
        "major": major,
        "minor": minor_number,
        "patch": patch,
        "prerelease": "",
        "url": path.as_uri(),
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "variant": None,
        "build": "20240101",
    }
    key = f"cpython-{found.version}-linux-{platform.machine()}-{libc}"
    (directory / LIST).write_text(json.dumps({key: entry}))
    return found.version

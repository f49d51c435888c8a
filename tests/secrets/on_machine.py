"""A laptop that brings secrets, and a search for where they should not be."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from remote_agent.messages import NeedSecrets, Secrets
from tests.agent_daemon.agent import Laptop, spec

TOKEN = "hf_AbCdEfGhIjKlMnOpQrStUvWxYz012345"
"""One value; nothing else that a test writes looks like it."""
KEY = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nnWfT3/uQ+xRr==\n-----END KEY-----\n"
VALUES = {"TOKEN": TOKEN, "KEY": KEY}
USES = [
    {"name": "TOKEN", "kind": "variable", "target": "HF_TOKEN"},
    {"name": "KEY", "kind": "file", "target": "KEY_FILE"},
]
_TRACES = [
    TOKEN.encode(),
    base64.b64encode(TOKEN.encode())[:-2],
    b"MIIEvQIBADANBgkqhkiG9w0BAQEFAASC",
    b"nWfT3/uQ+xRr",
]


def secretive(*command: str, **more: object) -> dict[str, Any]:
    """The spec of a command that gets both secrets."""
    return spec(*command, secrets=USES, **more)


def bring(laptop: Laptop, attempt: str, **values: str) -> None:
    """Wait until the machine asks for the attempt's secrets, and bring them."""
    laptop.hear(NeedSecrets, lambda need: need.attempt == attempt)
    laptop.say(Secrets(attempt, values or VALUES, ""))


def traces(root: Path) -> list[str]:
    """The files below the root in which a value can be read."""
    return [str(path) for path in _files(root) if _tells(path)]


def told_by_processes() -> list[str]:
    """The command lines of this system in which a value can be read."""
    return [str(line) for line in Path("/proc").glob("[0-9]*/cmdline") if _tells(line)]


def secret_directories() -> set[Path]:
    """Where secrets' files are now."""
    return set(Path("/dev/shm").glob(f"clearq-{os.getuid()}-*"))


def _files(root: Path) -> Iterator[Path]:
    for path in root.rglob("*"):
        if path.is_file() and not path.is_symlink():
            yield path


def _tells(path: Path) -> bool:
    try:
        data = path.read_bytes()
    except OSError:
        return False  # gone meanwhile
    return any(trace in data for trace in _TRACES)

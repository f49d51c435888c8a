"""What was found out once and holds for good: small JSON files named by what was asked.

Reading one makes it young again; `sweep_provisions` takes those that nobody has read for long.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from clearq_tui.paths import Home
from clearq_tui.provisioning.errand import Errand
from clearq_tui.provisioning.failure import Stopped

REMEMBERED_FOR = 180 * 86400.0
"""Seconds since it was read last."""
_LOOK_EVERY = 0.1


def key_of(*parts: object) -> str:
    """A name for what was asked; the parts are JSON values."""
    said = json.dumps(parts, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(said.encode()).hexdigest()


def recall(errand: Errand, kind: str, key: str) -> dict[str, object] | None:
    """What was remembered; None: nothing, or it is damaged.

    Raises:
        OSError: the disk refuses.
    """
    path = _path(errand.home, kind, key)
    try:
        value = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    if not isinstance(value, dict):
        return None
    os.utime(path)
    return value


def remember(errand: Errand, kind: str, key: str, value: Mapping[str, object]) -> None:
    """Keep what was found out.

    Raises:
        OSError: the disk refuses.
    """
    path = _path(errand.home, kind, key)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-", delete=False) as file:
        file.write(json.dumps(value).encode())
    Path(file.name).replace(path)


@contextmanager
def alone(errand: Errand, kind: str, key: str) -> Iterator[None]:
    """Nobody else finds the same out meanwhile, in this process or another.

    Raises:
        Stopped: the errand was given up while another one was at it.
        OSError: the disk refuses.
    """
    path = _path(errand.home, kind, key).with_suffix(".lock")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("a") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if errand.stopped.wait(_LOOK_EVERY):
                    raise Stopped(f"What {errand.machine} needs is not wanted any more.") from None
        yield


def sweep_provisions(home: Home, now: float) -> None:
    """Forget what nobody has asked for long.

    Raises:
        OSError: the disk refuses.
    """
    provisions = home.root / "provisions"
    for path in (provisions / "remembered").glob("*/*"):
        if now - path.stat().st_mtime > REMEMBERED_FOR:
            path.unlink(missing_ok=True)
    for path in (provisions / "uv").glob("*"):
        if now - path.stat().st_mtime > REMEMBERED_FOR:
            shutil.rmtree(path, ignore_errors=True)


def _path(home: Home, kind: str, key: str) -> Path:
    return home.root / "provisions" / "remembered" / kind / f"{key}.json"

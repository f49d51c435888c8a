"""The real `clearq` as a process of its own, on a home of its own."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from clearq_tui.operations.first_start import prepare_first_start
from clearq_tui.paths import Home
from clearq_tui.store import Store

CLEARQ = Path(sys.executable).with_name("clearq")


@dataclass(frozen=True)
class Ended:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    def json(self) -> object:
        assert self.code == 0, self
        return json.loads(self.out)


@dataclass(frozen=True)
class Clearq:
    """Runs `clearq` in a directory, on a home."""

    home: Home
    directory: Path

    def environment(self) -> dict[str, str]:
        kept = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("CLEARQ", "NO_COLOR", "XDG", "PYTHON"))
        }
        return kept | {"CLEARQ_HOME": str(self.home.root), "HOME": str(self.directory)}

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """Start it with pipes, to be listened to and interrupted."""
        return subprocess.Popen(
            [CLEARQ, *words],
            cwd=self.directory,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def __call__(self, *words: str, typed: str = "") -> Ended:
        ended = subprocess.run(
            [CLEARQ, *words],
            cwd=self.directory,
            env=self.environment(),
            input=typed,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        assert "Traceback" not in ended.stderr, ended.stderr
        if ended.returncode in (1, 3, 4, 5):
            assert ended.stderr.count("\n") >= 1, "a failure says why"
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    def store(self) -> Store:
        return Store.open(self.home.database)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Clearq]:
    """`clearq` that was never used before. Controllers and agents end with the test."""
    directory = tmp_path / "work"
    directory.mkdir()
    yield Clearq(Home(tmp_path / "home"), directory)
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            surroundings = process.environ()
            if str(tmp_path) in (
                surroundings.get("CLEARQ_HOME", "") + surroundings.get("HOME", "")
            ):
                process.kill()


@pytest.fixture(scope="session")
def first_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store as it is after the first use; making one takes longer than most commands."""
    path = tmp_path_factory.mktemp("first") / "clearq.db"
    with Store.open(path) as store:
        prepare_first_start(store, now=time.time())
    return path


@pytest.fixture
def clearq(fresh: Clearq, first_store: Path) -> Clearq:
    """`clearq` that was used once."""
    fresh.home.create()
    shutil.copy(first_store, fresh.home.database)
    return fresh

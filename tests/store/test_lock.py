"""The controller's lock: one holder, named, and free again however it ended."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from clearq_tui.model import Refused
from clearq_tui.store.lock import ControllerLock

HOLD = (
    "import sys; from pathlib import Path; from clearq_tui.store.lock import ControllerLock\n"
    "ControllerLock(Path(sys.argv[1])).acquire(); print('held', flush=True); sys.stdin.read()\n"
)


def test_the_second_is_refused_with_the_pid_of_the_first_until_that_dies(tmp_path: Path) -> None:
    path = tmp_path / "controller.lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as first:
        assert first.stdout is not None
        first.stdout.readline()
        with pytest.raises(Refused, match=rf"pid {first.pid}\b"):
            ControllerLock(path).acquire()
        first.kill()
        first.wait()
    with ControllerLock(path):
        assert path.read_text() == f"{os.getpid()}\n"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with pytest.raises(Refused):
            ControllerLock(path).acquire()
    with ControllerLock(path):
        pass

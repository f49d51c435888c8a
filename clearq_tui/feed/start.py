"""Start a controller in the background, in its own session, and wait until it listens."""

from __future__ import annotations

import os
import sys
import time
from typing import Final

from clearq_tui.feed.lock import controller_pid, is_alive
from clearq_tui.feed.requests import listens
from clearq_tui.model import ClearqError
from clearq_tui.paths import Home

# The shell leaves at once, so the controller becomes init's child: whoever started it has no
# child to wait for, and the controller leads no session that could gain a terminal.
_DETACH: Final = '"$@" </dev/null >>"$CLEARQ_LOG" 2>&1 & echo $!'
_PAUSE: Final = 0.02
_QUOTED_BYTES: Final = 4096


def start_controller(home: Home, *, wait: float = 10.0) -> None:
    """Start `python -m clearq_tui.controller` unless one holds the store already.

    `wait` is how many seconds it may take until it listens; 0 does not wait at all.

    Raises:
        ClearqError: it did not come up; the message quotes the end of its log.
        OSError: the home or its log cannot be written.
    """
    pid = controller_pid(home) or _spawn(home)
    deadline = time.monotonic() + wait
    while wait and not listens(home):
        if not is_alive(pid) and controller_pid(home) is None:
            raise ClearqError(f"The controller ended at once. {_last_words(home)}")
        if time.monotonic() > deadline:
            raise ClearqError(
                f"The controller did not answer within {wait:g} s. {_last_words(home)}"
            )
        time.sleep(_PAUSE)


def _spawn(home: Home) -> int:
    import subprocess  # most commands find a controller running and never come here

    home.create()
    os.close(os.open(home.controller_log, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600))
    surroundings = {"CLEARQ_HOME": str(home.root), "CLEARQ_LOG": str(home.controller_log)}
    shell = subprocess.run(
        ["/bin/sh", "-c", _DETACH, "sh", sys.executable, "-P", "-m", "clearq_tui.controller"],
        cwd=home.root,
        env={**os.environ, **surroundings},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
        check=True,
    )
    return int(shell.stdout)


def _last_words(home: Home) -> str:
    if not home.controller_log.exists():
        return "It runs in the foreground somewhere; look there."
    with home.controller_log.open("rb") as log:
        log.seek(max(0, os.fstat(log.fileno()).st_size - _QUOTED_BYTES))
        lines = [line for line in log.read().decode(errors="replace").splitlines() if line.strip()]
    said = f"its last line is: {lines[-1].strip()}" if lines else "it is empty."
    return f"See {home.controller_log}; {said}"

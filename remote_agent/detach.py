"""Starts a process that belongs to no login session and holds nothing of it open."""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from typing import Dict, List, NoReturn, Optional, Sequence

_LEFT_OVER = ("SSH_AUTH_SOCK", "SSH_CLIENT", "SSH_CONNECTION", "SSH_TTY", "SSH_ORIGINAL_COMMAND")
"""What sshd tells of the session, which will have ended."""


def start_detached(
    arguments: Sequence[str], log: str, patience: float, wrapper: Sequence[str] = ()
) -> Optional[str]:
    """Run `arguments` on its own; what it said on the pipe whose number is its last argument.

    The process says what it has to say and closes the pipe. None: it did neither within `patience`
    seconds. `wrapper` is put before the command.

    Raises:
        OSError: the pipe or the process could not be made.
    """
    listening, speaking = os.pipe()
    child = os.fork()
    if child == 0:
        _leave([*wrapper, *arguments, str(speaking)], log, speaking)
    os.close(speaking)
    try:
        os.waitpid(child, 0)
        return _hear(listening, patience)
    finally:
        os.close(listening)


def session_free_environment(environment: Dict[str, str]) -> Dict[str, str]:
    """The environment without what tells of one SSH session."""
    return {name: text for name, text in environment.items() if name not in _LEFT_OVER}


def _hear(listening: int, patience: float) -> Optional[str]:
    deadline = time.monotonic() + patience
    heard = b""
    while True:
        ready, _, _ = select.select([listening], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return None
        piece = os.read(listening, 4096)
        if not piece:
            return heard.decode(errors="replace")
        heard += piece


def _leave(arguments: List[str], log: str, speaking: int) -> NoReturn:
    """In the child: become nobody's child in a session of its own, then the command."""
    try:
        os.setsid()
        if os.fork() != 0:
            os._exit(0)
        _let_go(log, speaking)
        os.execve(arguments[0], arguments, session_free_environment(dict(os.environ)))  # noqa: S606 - no shell is wanted
    except BaseException as error:  # noqa: BLE001 - no exception may return into the parent's code
        os.write(speaking, ("%s could not be started: %s" % (arguments[0], error)).encode())
    finally:
        os._exit(1)


def _let_go(log: str, speaking: int) -> None:
    """Keep nothing of the session: no directory, no descriptor, no ignored signal."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.chdir("/")
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    kept = max(3, speaking)
    os.closerange(3, kept)
    os.closerange(kept + 1, _highest_descriptor() + 1)
    os.set_inheritable(speaking, True)
    for number in (signal.SIGHUP, signal.SIGPIPE, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)


def _highest_descriptor() -> int:
    """An upper bound; the limit itself may be a million, and each close costs."""
    try:
        return max(map(int, os.listdir("/proc/self/fd")))
    except (OSError, ValueError):
        return 4096 if sys.platform != "linux" else os.sysconf("SC_OPEN_MAX")

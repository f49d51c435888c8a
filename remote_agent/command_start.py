"""Starts a task's command as a plain process, found as a shell would find it."""

from __future__ import annotations

import errno
import os
import signal
from typing import Dict, List, Tuple

NOT_FOUND = 127
NOT_EXECUTABLE = 126
_NOT_INHERITED = sorted(signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP})
"""Python ignores some, and whoever started the agent may have (nohup, a shell's &): no command."""


class CannotRun(Exception):
    """The command cannot be started; the message says why, for the operator."""

    def __init__(self, sentence: str, exit_code: int) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code
        """What a shell would have said."""


def start(command: List[str], environment: Dict[str, str], place: str, log: int) -> int:
    """Start the command in a session of its own, found as a shell would find it; its pid.

    The calling process goes to `place` for it. Both outputs go to the descriptor `log`.

    Raises:
        CannotRun: there is no such program, or the system refuses it.
    """
    try:
        os.chdir(place)
    except OSError as error:
        raise CannotRun(*_why_not(place, error)) from error
    program = command[0]
    refusal, refused = OSError(errno.ENOENT, os.strerror(errno.ENOENT)), program
    for path in _candidates(program, environment):
        try:
            return _spawn(path, command, environment, log)
        except (FileNotFoundError, NotADirectoryError) as error:
            if os.path.exists(path):
                raise CannotRun(*_why_not(path, error)) from error
        except PermissionError as error:
            refusal, refused = error, path  # as a shell does: a later directory may have another
        except (OSError, ValueError) as error:
            raise CannotRun(*_why_not(path, error)) from error
    raise CannotRun(*_why_not(refused, refusal))


def _spawn(path: str, command: List[str], environment: Dict[str, str], log: int) -> int:
    """Twice as quick as a fork; every descriptor of ours but those named here closes itself."""
    outputs = [(os.POSIX_SPAWN_DUP2, log, 1), (os.POSIX_SPAWN_DUP2, log, 2)]
    try:
        return os.posix_spawn(
            path, command, environment, file_actions=outputs, setsid=True, setsigdef=_NOT_INHERITED
        )
    except NotImplementedError:  # a C library of before 2017: a group of its own has to do
        return os.posix_spawn(
            path, command, environment, file_actions=outputs, setpgroup=0, setsigdef=_NOT_INHERITED
        )


def _candidates(program: str, environment: Dict[str, str]) -> List[str]:
    if "/" in program:
        return [program]
    return [os.path.join(place, program) for place in os.get_exec_path(environment)]


def _why_not(path: str, error: Exception) -> Tuple[str, int]:
    number = getattr(error, "errno", None)
    if number == errno.ENOENT and os.path.exists(path):
        why = "the interpreter that its first line or its format names is not on this machine"
    elif number == errno.ENOENT:
        return "The command %s was not found on this machine." % path, NOT_FOUND
    elif number == errno.ENOEXEC:
        why = "it has no #! line, or it is for another kind of processor"
    elif number == errno.EACCES and os.path.isdir(path):
        why = "it is a directory"
    elif number == errno.EACCES:
        why = "it may not be executed; chmod +x allows it, unless the disk is mounted noexec"
    elif number == errno.E2BIG:
        why = "its arguments and environment are longer than this system allows"
    else:
        why = getattr(error, "strerror", None) or str(error)
    return "The command %s cannot be run: %s." % (path, why), NOT_EXECUTABLE

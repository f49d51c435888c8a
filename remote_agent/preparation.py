"""Lays the code out in a process of its own, so that the runner can end that as it ends a command.

The process inherits the attempt's lock: no second runner begins while the preparation of a first
one, killed meanwhile, is still at it.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import traceback
from typing import Any, Callable, Dict, List, NoReturn, Optional

from remote_agent.layout import Layout
from remote_agent.workspace import WorkspaceError, lay_out

_LARGEST = 1 << 16
_LONGEST_SENTENCE = 2000


class Preparation:
    """The runner's end of the process that prepares."""

    def __init__(
        self,
        layout: Layout,
        code: object,
        workspace: str,
        say: Callable[[str], None],
        handled: List[signal.Signals],
    ) -> None:
        """Fork it. `handled` are the signals that the runner handles and it must not.

        Raises:
            OSError: the system makes no more processes.
        """
        self.place = ""
        """Where the command is to run, once that is known."""
        self.failure = ""
        """Why there is no such place; a sentence for the operator."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        # A signal between the fork and the child's own handlers would be swallowed by ours.
        held_before = signal.pthread_sigmask(signal.SIG_BLOCK, handled)
        self.pid = os.fork()
        if self.pid == 0:
            _prepare(layout, code, workspace, say, handled, theirs)
        signal.pthread_sigmask(signal.SIG_SETMASK, held_before)
        theirs.close()
        self._link = ours

    def conclude(self) -> None:
        """Take in what it has said before it ended."""
        self._link.setblocking(False)
        try:
            said = self._link.recv(_LARGEST)
        except OSError:
            said = b""
        self._link.close()
        told: Dict[str, Any] = json.loads(said) if said else {}
        self.place, self.failure = told.get("place", ""), told.get("failure", "")


def _prepare(
    layout: Layout,
    code: object,
    workspace: str,
    say: Callable[[str], None],
    handled: List[signal.Signals],
    link: socket.socket,
) -> NoReturn:
    """In the child; never returns."""
    told: Dict[str, Optional[str]] = {}
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        for number in handled:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, handled)
        told["place"] = lay_out(code, layout.blobs, layout.cache, workspace, say)
    except WorkspaceError as error:
        told["failure"] = str(error)[:_LONGEST_SENTENCE]
    except BaseException as error:  # noqa: BLE001 - a fault of ours must not look like the task's
        say(traceback.format_exc())
        told["failure"] = "The code could not be laid out, by a fault in clearq: %.500r." % error
    finally:
        link.send(json.dumps(told).encode())
        os._exit(0)

"""How a daemon begins: alone, with its journal read, its sockets bound and its runners adopted.

It begins anew, or goes on in the place of an older build: then the lock and the listening socket
are handed over, so that no moment passes in which another daemon could step in between.
"""

from __future__ import annotations

import fcntl
import os
import socket
import sys
import time
from typing import Optional

from remote_agent import attempts
from remote_agent.attach import READY, TAKEN
from remote_agent.blobs import Shelf
from remote_agent.core import AgentCore, Identity
from remote_agent.daemon import Belongings, Daemon
from remote_agent.first_stage import machine_key
from remote_agent.identity import boot_id, build_of
from remote_agent.journal import Journal, JournalError
from remote_agent.layout import Layout
from remote_agent.listening import listen
from remote_agent.runner_watch import clear_up
from remote_agent.running_log import RunningLog
from remote_agent.session_scope import survival
from remote_agent.supervision import state_of


class NotAlone(Exception):
    """Another daemon holds the lock."""


def begin(directory: str, store: str, speaking: int) -> None:
    """Be the daemon; say on the pipe `speaking` that it listens, or why it cannot."""
    os.set_inheritable(speaking, False)
    layout = Layout(os.path.dirname(os.path.dirname(directory)))
    try:
        layout.make_directories()
        lock = take_lock(layout.lock)
        daemon = make_daemon(layout, directory, store, lock, None)
    except NotAlone:
        _say(speaking, TAKEN)
        return
    except (OSError, JournalError) as error:
        _say(speaking, why_not(layout, error))
        sys.exit(1)
    _say(speaking, READY)
    daemon.run()


def go_on(directory: str, store: str, lock: int, listener: int) -> None:
    """Be the daemon in the place of the build that has just executed this one."""
    layout = Layout(os.path.dirname(os.path.dirname(directory)))
    for descriptor in (lock, listener):
        os.set_inheritable(descriptor, False)
    layout.make_directories()
    make_daemon(layout, directory, store, lock, socket.socket(fileno=listener)).run()


def take_lock(path: str) -> int:
    """The descriptor of the lock file, locked for as long as it is open.

    Raises:
        NotAlone: another process holds it.
        OSError: the disk refuses.
    """
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise NotAlone from None
    return lock


def keep_from_tidying(root: str) -> None:
    """Have systemd-tmpfiles, which removes what is old below /var/tmp, pass this directory by.

    It does so wherever somebody holds a lock on the directory itself. The descriptor is never
    closed.
    """
    fcntl.flock(os.open(root, os.O_RDONLY | os.O_CLOEXEC), fcntl.LOCK_SH | fcntl.LOCK_NB)


def make_daemon(
    layout: Layout, directory: str, store: str, lock: int, listener: Optional[socket.socket]
) -> Daemon:
    """Everything opened and read; nothing of it has been acted on.

    Raises:
        OSError: the disk refuses.
        JournalError: it refuses the journal.
    """
    keep_from_tidying(layout.root)
    log = RunningLog(layout.log)
    journal = Journal.open(layout.journal, os.urandom(16).hex())
    boot = boot_id()
    identity = Identity(store, build_of(directory), machine_key(), boot, journal.identity)
    shelf = Shelf(layout)
    core = AgentCore(identity, journal.records, journal.next_seq, shelf)
    attempts.sweep(layout)
    states = {name: state_of(layout, name) for name in attempts.names(layout)}
    for name, state in states.items():
        clear_up(layout, name, state)
    core.recover(states, time.time())
    own = Belongings(
        layout, store, boot, lock, listener or listen(layout.socket), survival().problem
    )
    return Daemon(own, core, journal, shelf, log)


def why_not(layout: Layout, error: Exception) -> str:
    """A sentence for the operator."""
    if isinstance(error, OSError):
        what = "%s: %s" % (error.filename or layout.root, error.strerror or error)
        return "The agent cannot start on this machine: %s. Make room or set it right there." % what
    return "The agent cannot start on this machine. %s Make room or set it right there." % error


def _say(speaking: int, word: str) -> None:
    os.write(speaking, word.encode())
    os.close(speaking)

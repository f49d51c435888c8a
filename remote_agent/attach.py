"""The last part of a bootstrap: reach the daemon, starting it if none answers; become its wire."""

from __future__ import annotations

import os
import socket
import sys
import time
from typing import Any, Dict, Optional

from remote_agent.detach import start_detached
from remote_agent.first_stage import say
from remote_agent.layout import Layout
from remote_agent.listening import peer_uid
from remote_agent.relay import relay
from remote_agent.session_scope import scope_for_daemon

START_PATIENCE = 20.0
"""Seconds that a new daemon has until it listens."""
TAKEN = "taken"
"""What a daemon says that finds another one at work."""
READY = "ready"
"""What a daemon says that listens."""


class AttachFailed(Exception):
    """No daemon can be reached or started; the message says why and what to do."""


def attach(directory: str, ask: Dict[str, Any]) -> None:
    """Carry out the rest of a bootstrap for the agent in `directory`.

    Raises:
        AttachFailed: there is no daemon, and none can be started.
    """
    layout = Layout(os.path.dirname(os.path.dirname(directory)))
    connection = None if ask["mode"] == "install" else reach(layout, directory, ask["store"])
    say(directory=directory, socket=layout.socket)
    if connection is not None:
        relay(connection)


def reach(layout: Layout, directory: str, store: str) -> socket.socket:
    """A connection to the daemon of this root.

    Raises:
        AttachFailed: there is none, and none can be started.
    """
    deadline = time.monotonic() + START_PATIENCE
    while time.monotonic() < deadline:
        connection = _connect(layout.socket)
        if connection is not None:
            return connection
        said = _start(layout, directory, store)
        if said is None:
            raise AttachFailed(
                "The agent did not start within %.0f s. See %s." % (START_PATIENCE, layout.log)
            )
        if said == TAKEN:
            # Another daemon starts, or is becoming another build, at this very moment.
            time.sleep(0.05)
        elif said != READY:
            raise AttachFailed(said or "The agent ended at once. See %s." % layout.log)
    raise AttachFailed(
        "An agent is at work in %s but does not answer on %s. Find its process and end it; the "
        "tasks go on." % (layout.root, layout.socket)
    )


def _connect(path: str) -> Optional[socket.socket]:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(path)
        # Where the path had to be short, it leads through a directory in which others may write.
        if peer_uid(connection) in (None, os.getuid()):
            return connection
    except OSError:
        pass
    connection.close()
    return None


def _start(layout: Layout, directory: str, store: str) -> Optional[str]:
    arguments = [sys.executable, "-IS", os.path.join(directory, "remote_agent"), "daemon", store]
    return start_detached(arguments, layout.log, START_PATIENCE, scope_for_daemon())

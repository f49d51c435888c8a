"""Short, synchronous words to the controller: nudge it, stop it."""

from __future__ import annotations

import socket
from typing import Final

from clearq_tui.feed.address import socket_address
from clearq_tui.feed.messages import Nudge, Request, Stop, encode
from clearq_tui.paths import Home

_STOP_PATIENCE: Final = 2.0


def nudge(home: Home) -> bool:
    """Tell the controller that the store changed; never waits. False: nobody listens."""
    return _say(home, Nudge(type="nudge"), patience=0.0)


def stop(home: Home) -> bool:
    """Ask the controller to leave. False: nobody listens. It may take a moment to obey."""
    return _say(home, Stop(type="stop"), patience=_STOP_PATIENCE)


def listens(home: Home) -> bool:
    """Whether a controller accepts connections; never waits."""
    return _say(home, None, patience=0.0)


def _say(home: Home, request: Request | None, *, patience: float) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as channel:
        channel.settimeout(patience)
        try:
            with socket_address(home) as address:
                channel.connect(address)
            if request is not None:
                channel.sendall(encode(request))
        except (BlockingIOError, TimeoutError):
            # Its backlog is full: it lives, and will look at the store when it comes to that.
            return patience == 0.0
        except OSError:
            return False
    return True

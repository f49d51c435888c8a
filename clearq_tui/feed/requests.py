"""Short, synchronous words to the controller: nudge it, stop it, give it a key."""

from __future__ import annotations

import json
import socket
from typing import Final

from clearq_tui.feed.address import socket_address
from clearq_tui.feed.messages import LINE_LIMIT, Nudge, Request, Stop, Unlock, encode
from clearq_tui.paths import Home

_STOP_PATIENCE: Final = 2.0
_UNLOCK_PATIENCE: Final = 10.0


def nudge(home: Home) -> bool:
    """Tell the controller that the store changed; never waits. False: nobody listens."""
    return _say(home, Nudge(type="nudge"), patience=0.0)


def stop(home: Home) -> bool:
    """Ask the controller to leave. False: nobody listens. It may take a moment to obey."""
    return _say(home, Stop(type="stop"), patience=_STOP_PATIENCE)


def unlock(home: Home, key: bytes = b"") -> bool | None:
    """Give the controller the key of the encrypted secrets; whether it can read them now.

    Without a key, only ask; either way it looks again for what it could not read. None: nobody
    listens, or nobody answers.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as channel:
        channel.settimeout(_UNLOCK_PATIENCE)
        try:
            with socket_address(home) as address:
                channel.connect(address)
            channel.sendall(encode(Unlock(type="unlock", key=key.hex())))
            with channel.makefile("rb") as answers:
                answer = json.loads(answers.readline(LINE_LIMIT))
        except (OSError, ValueError):
            return None
    return bool(answer == {"type": "unlocked", "open": True})


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

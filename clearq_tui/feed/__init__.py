"""The controller's Unix socket: requests go in, the live feed comes out."""

from clearq_tui.feed.address import socket_address
from clearq_tui.feed.lock import controller_pid
from clearq_tui.feed.requests import listens, nudge, stop, unlock
from clearq_tui.feed.start import start_controller
from clearq_tui.feed.subscription import NobodyListens, subscribe

__all__ = [
    "NobodyListens",
    "controller_pid",
    "listens",
    "nudge",
    "socket_address",
    "start_controller",
    "stop",
    "subscribe",
    "unlock",
]

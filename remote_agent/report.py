"""The runner's word to whichever daemon listens: look at this attempt."""

from __future__ import annotations

import socket

from remote_agent.layout import Layout

PATIENCE = 0.5
"""Seconds; some kernels queue ten such words, and a busy daemon takes a moment for them."""


def report(layout: Layout, name: str) -> None:
    """Say that there is news of the attempt.

    Where no daemon listens just now, nothing is lost: the next one looks into every directory.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.settimeout(PATIENCE)
        try:
            sender.sendto(name.encode(), layout.notify)
        except OSError:
            return

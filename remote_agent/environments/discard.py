"""Removes what an attempt leaves outside its process tree and its directory."""

from __future__ import annotations

import os

from remote_agent.containers import RECORD
from remote_agent.secret_files import discard_secret_files


def discard(directory: str) -> str:
    """Remove it all. Called once the tree has ended, and again by whoever finds a runner dead.

    Costs next to nothing where there is nothing.

    Returns: a sentence on what could not be removed; empty: nothing is left.
    """
    left = _discard_container(directory)
    discard_secret_files(directory)
    return left


def _discard_container(directory: str) -> str:
    if not os.path.exists(os.path.join(directory, RECORD)):
        return ""
    # Here, so that the daemon, which every runner is a copy of, does without it.
    from remote_agent.containers.discarding import discard as discard_container

    return discard_container(directory)

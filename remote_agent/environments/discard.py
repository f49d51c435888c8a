"""Removes what an attempt leaves outside its process tree and its directory."""

from __future__ import annotations

from remote_agent.secret_files import discard_secret_files


def discard(directory: str) -> None:
    """Remove it all. Called once the tree has ended, and again by whoever finds a runner dead.

    Costs next to nothing where there is nothing.
    """
    discard_secret_files(directory)

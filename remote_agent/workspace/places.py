"""Paths below a root, reached without following a single symbolic link."""

from __future__ import annotations

import os
import stat

from remote_agent.workspace.failure import WorkspaceError
from remote_agent.workspace.specification import is_confined


def make_directory_inside(root: str, path: str) -> str:
    """The directory `path` below `root`, made if need be; `path` is relative with `/` in it.

    Raises:
        WorkspaceError: it leads out of `root`, or through something that is not a directory.
    """
    if not is_confined(path):
        raise WorkspaceError("%r leads out of the workspace." % path)
    place = root
    for part in path.split("/") if path else []:
        place = os.path.join(place, part)
        try:
            os.mkdir(place)
        except FileExistsError:
            if not stat.S_ISDIR(os.lstat(place).st_mode):
                raise WorkspaceError(
                    "%r in the workspace is not a directory, so nothing can be put inside it."
                    % os.path.relpath(place, root)
                ) from None
    return place


def make_private_directory(path: str) -> None:
    """`path` and what is above it, for this account alone."""
    os.makedirs(path, mode=0o700, exist_ok=True)

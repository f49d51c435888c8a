"""Going on as another build, in the same process, and leaving a machine for good."""

from __future__ import annotations

import contextlib
import os
import re
import sys

from remote_agent.first_stage import is_whole
from remote_agent.layout import Layout
from remote_agent.removal import remove_tree

_BUILD = re.compile(r"[0-9a-f]{64}\Z")


class CannotBecome(Exception):
    """The other build cannot take over; the message says why. This one goes on."""


def become(layout: Layout, directory: str, store: str, lock: int, listener: int) -> None:
    """Execute the build in `directory` in place of this one; pid and children stay.

    Returns only by raising.

    Raises:
        CannotBecome: the directory is not a whole build of this agent, or cannot be executed.
    """
    agents = os.path.join(layout.root, "agents")
    if os.path.dirname(directory) != agents or not _BUILD.match(os.path.basename(directory)):
        raise CannotBecome("%.200s is no build of the agent in %s" % (directory, agents))
    if not is_whole(directory):
        raise CannotBecome("the build in %s is not whole" % directory)
    program = os.path.join(directory, "remote_agent")
    numbers = [str(lock), str(listener)]
    for descriptor in (lock, listener):
        os.set_inheritable(descriptor, True)
    try:
        os.execv(sys.executable, [sys.executable, "-IS", program, "resume", store, *numbers])  # noqa: S606 - no shell is wanted
    except OSError as error:
        raise CannotBecome("%s: %s" % (sys.executable, error.strerror)) from error
    finally:
        for descriptor in (lock, listener):
            os.set_inheritable(descriptor, False)


def is_open_at(descriptor: int, path: str) -> bool:
    """Whether the open file is the one that stands at the path."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except OSError:
        return False


def remove_everything(layout: Layout) -> None:
    """Remove the root, and what is above it as far as that is empty and made by us."""
    for path in (layout.socket, layout.notify):
        with contextlib.suppress(OSError):
            os.unlink(path)
    if layout.sockets != layout.root:
        with contextlib.suppress(OSError):
            os.rmdir(layout.sockets)
    remove_tree(layout.root)
    for above in (os.path.dirname(layout.root), os.path.dirname(os.path.dirname(layout.root))):
        with contextlib.suppress(OSError):
            os.rmdir(above)

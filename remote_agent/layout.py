"""Where everything of one agent lies: one root for each (machine account, store)."""

from __future__ import annotations

import hashlib
import os

LONGEST_SOCKET_PATH = 100
"""Bytes; the kernel takes 107, and a temporary name is a little longer."""


class Layout:
    """The paths below an agent's root. Changes nothing there but by `make_directories`."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.journal = os.path.join(root, "journal")
        self.lock = os.path.join(root, "lock")
        self.log = os.path.join(root, "agent.log")
        self.attempts = os.path.join(root, "attempts")
        self.blobs = os.path.join(root, "blobs")
        self.kept = os.path.join(root, "kept")
        """Blobs that stay when no attempt needs them any more."""
        self.outputs = os.path.join(root, "outputs")
        """What attempts that are gone have left to be fetched."""
        self.cache = os.path.join(root, "cache")
        self.sockets = _socket_directory(root)
        self.socket = os.path.join(self.sockets, "agent.sock")
        self.notify = os.path.join(self.sockets, "notify.sock")

    def attempt(self, name: str) -> str:
        """The directory of one attempt."""
        return os.path.join(self.attempts, name)

    def attempt_log(self, name: str) -> str:
        """What the attempt's command wrote."""
        return os.path.join(self.attempts, name, "log")

    def attempt_scalars(self, name: str) -> str:
        """What the attempt's command tells of itself, if it does."""
        return os.path.join(self.attempts, name, "scalars")

    def output(self, name: str) -> str:
        """What the attempt has left to be fetched, once its own directory is gone."""
        return os.path.join(self.outputs, name)

    def blob(self, sha256: str) -> str:
        """Where the blob lies, whichever kind it is; for one that is not here, where it would."""
        kept = os.path.join(self.kept, sha256)
        return kept if os.path.exists(kept) else os.path.join(self.blobs, sha256)

    def make_directories(self) -> None:
        """Make what must exist before anything else does, for this account alone.

        Raises:
            PermissionError: the directory for the sockets belongs to somebody else.
            OSError: the disk refuses.
        """
        below = (self.attempts, self.blobs, self.kept, self.outputs, self.cache)
        for directory in (self.root, *below, self.sockets):
            os.makedirs(directory, mode=0o700, exist_ok=True)
        if self.sockets != self.root:
            found = os.lstat(self.sockets)
            if found.st_uid != os.getuid() or os.path.islink(self.sockets):
                raise PermissionError("%s belongs to somebody else" % self.sockets)
            os.chmod(self.sockets, 0o700)


def _socket_directory(root: str) -> str:
    """The root itself, or a short place when a socket's path there would be too long."""
    if len(os.fsencode(os.path.join(root, "notify.sock"))) <= LONGEST_SOCKET_PATH:
        return root
    name = "clearq-%d-%s" % (os.getuid(), hashlib.sha256(os.fsencode(root)).hexdigest()[:16])
    # Not /tmp: it is empty after a restart, and whoever is first could listen in our place there.
    return os.path.join("/var/tmp", name)  # noqa: S108 - checked for its owner before it is used

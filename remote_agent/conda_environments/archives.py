"""The archives that the laptop has brought, laid out under their names as a channel has them."""

from __future__ import annotations

import hashlib
import os
from typing import Callable, Dict, List
from urllib.parse import quote

from remote_agent.conda_environments.request import Package, Request
from remote_agent.environments.interface import StepFailed
from remote_agent.places import make_empty

_BLOCK = 1 << 20


class Archives:
    """Those of one attempt: links to the blobs that they are."""

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._brought: Dict[str, str] = {}

    def lay_out(self, request: Request, blob: Callable[[str], str]) -> None:
        """Link every archive that was brought, after a look whether it still is what it should be.

        `blob` tells where the blob of a SHA-256 lies.

        Raises:
            StepFailed: one is missing or damaged.
            OSError: the disk refuses.
        """
        make_empty(self._directory)
        for package in request.packages:
            if package.sha256 in request.archives:
                path = blob(package.sha256)
                _check(package, path)
                above = os.path.join(self._directory, package.subdir)
                os.makedirs(above, mode=0o700, exist_ok=True)
                link = os.path.join(above, package.file_name)
                os.symlink(path, link)
                self._brought[package.sha256] = "file://" + quote(link)

    def url_of(self, package: Package) -> str:
        """From where it is to be installed."""
        return self._brought.get(package.sha256, package.url)

    def brings_all(self, packages: List[Package]) -> bool:
        """Whether nothing is left to fetch."""
        return all(package.sha256 in self._brought for package in packages)


def _check(package: Package, path: str) -> None:
    """The tools do not look at the hash of a file on this machine's own disk."""
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            for block in iter(lambda: file.read(_BLOCK), b""):
                digest.update(block)
    except FileNotFoundError as error:
        raise StepFailed("the conda package %s has not arrived." % package.file_name) from error
    if digest.hexdigest() != package.sha256:
        raise StepFailed(
            "the conda package %s is damaged on this machine's disk: its hash is %s, and %s was"
            " expected. Remove %s."
            % (package.file_name, digest.hexdigest()[:12], package.sha256[:12], path)
        )

"""Bare repositories that keep earlier snapshots, so that the next one is a small bundle.

`git/<key>.git` has one ref for each snapshot. Everything that changes a repository holds the lock
file beside it.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import Collection, Dict, Iterator, List, Tuple

from remote_agent.workspace.failure import WorkspaceError
from remote_agent.workspace.git_directory import (
    configuration,
    make_git_directory,
    write_in_one_step,
)
from remote_agent.workspace.git_process import Git
from remote_agent.workspace.places import make_private_directory
from remote_agent.workspace.specification import COMMIT, KEY, RepositorySpecification

_REFS = os.path.join("refs", "snapshots")
_MOST_KEYS = 256
_MOST_COMMITS = 8
"""Per key; a laptop builds on the newest few, so telling it of more would only cost bytes."""


def known_commits(cache_directory: str) -> Dict[str, List[str]]:
    """By repository key, the commits of the newest snapshots in the cache, newest first."""
    found = {}
    for key in newest_keys(cache_directory)[:_MOST_KEYS]:
        commits = CachedRepository(cache_directory, key).kept()
        if commits:
            found[key] = commits[:_MOST_COMMITS]
    return found


def newest_keys(cache_directory: str) -> List[str]:
    """Keys of the repositories in the cache, those used last first."""
    names = newest_in(os.path.join(cache_directory, "git"), ".git")
    return [key for key in names if KEY.fullmatch(key)]


def newest_in(directory: str, suffix: str) -> List[str]:
    """Names (without `suffix`) of what lies in `directory`, newest first."""
    try:
        with os.scandir(directory) as items:
            aged: List[Tuple[int, str]] = [
                (item.stat().st_mtime_ns, item.name[: len(item.name) - len(suffix)])
                for item in items
                if item.name.endswith(suffix)
            ]
    except FileNotFoundError:
        return []
    return [name for _, name in sorted(aged, reverse=True)]


class CachedRepository:
    """The bare repository of one key."""

    def __init__(self, cache_directory: str, key: str, object_format: str = "sha1") -> None:
        self._place = os.path.join(cache_directory, "git")
        self.path = os.path.join(self._place, key + ".git")
        self._lock = os.path.join(self._place, key + ".lock")
        self._object_format = object_format
        self.git = Git(self.path)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Make the repository if need be and keep everyone else out of it."""
        make_private_directory(self._place)
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if not os.path.exists(os.path.join(self.path, "config")):
                make_git_directory(self.path)
                make_private_directory(os.path.join(self.path, _REFS))
                write_in_one_step(
                    os.path.join(self.path, "config"), configuration(self._object_format, True)
                )
            yield
        finally:
            os.close(descriptor)

    def has(self, commit: str) -> bool:
        """Whether the snapshot is here, complete."""
        return os.path.exists(os.path.join(self.path, _REFS, commit))

    def kept(self) -> List[str]:
        """Commits of the snapshots that are here, newest first."""
        names = newest_in(os.path.join(self.path, _REFS), "")
        return [name for name in names if COMMIT.fullmatch(name)]

    def keep_only(self, commits: Collection[str]) -> None:
        """Forget all other snapshots and what only they needed. Call when locked."""
        for commit in self.kept():
            if commit not in commits:
                os.unlink(os.path.join(self.path, _REFS, commit))
        packs = os.path.join(self.path, "objects", "pack")
        before = os.listdir(packs)
        made = self.git.run(
            [
                "pack-objects",
                "--all",
                "--missing=allow-any",  # what the operator's partial clone never had
                "--delta-base-offset",
                "--quiet",
                os.path.join(packs, "pack"),
            ]
        )
        new = "pack-" + made.decode("ascii").strip()
        for name in before:
            if not name.startswith(new + "."):
                os.unlink(os.path.join(packs, name))

    def take_in(self, wanted: RepositorySpecification, blobs_directory: str) -> None:
        """Have the snapshot in the cache, from its bundle if it is not there. Call when locked.

        Raises:
            WorkspaceError: there is no bundle, or what it builds on is gone, or it is broken.
        """
        if self.has(wanted.worktree):
            os.utime(os.path.join(self.path, _REFS, wanted.worktree))
            os.utime(self.path)
            return
        missing = [commit for commit in wanted.requires if not self.has(commit)]
        if wanted.bundle is None or missing:
            raise WorkspaceError(
                "The machine's cache no longer has the code that this delivery builds on "
                "(%s); it must be sent again, whole." % (missing or [wanted.worktree])[0][:12],
                lacks_base=True,
            )
        bundle = os.path.join(os.path.abspath(blobs_directory), wanted.bundle)
        if not os.path.isfile(bundle):
            raise WorkspaceError("The bundle %s has not arrived." % wanted.bundle[:12])
        self.git.run(["bundle", "unbundle", bundle])
        self._check(wanted)
        self._add_shallow(wanted)
        write_in_one_step(
            os.path.join(self.path, _REFS, wanted.worktree), wanted.worktree.encode() + b"\n"
        )
        os.utime(self.path)

    def _check(self, wanted: RepositorySpecification) -> None:
        """The commits that were promised are there and are commits."""
        named = [c for c in (wanted.worktree, wanted.index, wanted.head) if c is not None]
        asked = "".join(commit + "\n" for commit in named).encode()
        answers = self.git.run(["cat-file", "--batch-check"], asked).splitlines()
        if [answer.split()[1:2] for answer in answers] != [[b"commit"]] * len(named):
            raise WorkspaceError(
                "The bundle of %s does not hold the commits that it should; send the code again."
                % wanted.worktree[:12],
                lacks_base=True,
            )

    def _add_shallow(self, wanted: RepositorySpecification) -> None:
        """The operator's commit is here without its parents, which git must be told."""
        path = os.path.join(self.path, "shallow")
        try:
            with open(path, encoding="ascii") as file:
                known = file.read().split()
        except FileNotFoundError:
            known = []
        if wanted.head is not None and wanted.head not in known:
            write_in_one_step(path, "".join(c + "\n" for c in [*known, wanted.head]).encode())

"""A remote repository at one commit, with its submodules and its large files.

What was fetched is kept in a bare repository for each address, so that the next task fetches only
what is new; workspaces have hard links to its objects. The account's own git configuration holds,
as its credentials do; hooks do not run.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
from contextlib import contextmanager
from typing import Callable, Dict, Iterator, List, NamedTuple

from remote_agent.workspace.failure import WorkspaceError
from remote_agent.workspace.places import make_directory_inside, make_private_directory
from remote_agent.workspace.specification import COMMIT, is_branch_name, is_confined

_ADDRESS = re.compile(r"[^-\x00-\x1f\x7f][^\x00-\x1f\x7f]{0,4095}\Z")
_PROTOCOLS = "file:git:http:https:ssh"
_LAST_LINES = 3
REMOTES = "remotes"
"""The directory of the cache that holds them."""


class RemoteSpecification(NamedTuple):
    """What to clone."""

    url: str
    commit: str
    branch: str
    subdirectory: str


def read_remote(value: object) -> RemoteSpecification:
    """The specification in JSON values.

    Raises:
        WorkspaceError: it does not validate; the message names the field.
    """
    if not isinstance(value, dict):
        raise WorkspaceError("code.remote is %.100r; expected an object." % (value,))
    checks: Dict[str, Callable[[str], object]] = {
        "url": _ADDRESS.match,
        "commit": COMMIT.fullmatch,
        "branch": lambda branch: not branch or is_branch_name(branch),
        "subdirectory": is_confined,
    }
    for name, fits in checks.items():
        if not isinstance(value.get(name), str) or not fits(value[name]):
            raise WorkspaceError(
                "code.remote.%s is %.100r; it makes no sense." % (name, value.get(name))
            )
    return RemoteSpecification(*(value[name] for name in checks))


def lay_out_remote(
    wanted: RemoteSpecification, cache_directory: str, workspace: str, log: Callable[[str], None]
) -> str:
    """Clone into the workspace, which is empty; the directory in it where the command is to run.

    Raises:
        WorkspaceError: the sentence says what git or the server refuses.
        OSError: the disk refuses.
    """
    if shutil.which("git") is None:
        raise WorkspaceError(
            "there is no git on this machine to clone %s with; install it, or let the laptop do it "
            "(`clearq machine set NAME --network via-laptop`)." % wanted.url
        )
    mirror = _Mirror(cache_directory, wanted.url)
    with mirror.locked():
        mirror.fetch(wanted.commit, log)
        _git(
            ["clone", "-q", "--no-checkout", "--local", "--", mirror.path, workspace],
            cache_directory,
        )
    # With it go the names under which the cache keeps what was fetched.
    _git(["remote", "remove", "origin"], workspace)
    _git(["remote", "add", "origin", wanted.url], workspace)
    on = ["-B", wanted.branch] if wanted.branch else ["--detach"]
    _git(["checkout", "-q", "-f", *on, wanted.commit, "--"], workspace)
    _git(["submodule", "--quiet", "update", "--init", "--recursive"], workspace)
    _fetch_large_files(workspace, log)
    log("Cloned %s at %s." % (wanted.url, wanted.commit[:12]))
    return make_directory_inside(workspace, wanted.subdirectory)


class _Mirror:
    """The bare repository that keeps what was fetched from one address."""

    def __init__(self, cache_directory: str, url: str) -> None:
        self._url = url
        self._place = os.path.join(cache_directory, REMOTES)
        key = hashlib.sha256(url.encode()).hexdigest()[:32]
        self.path = os.path.join(self._place, key + ".git")
        self._lock = os.path.join(self._place, key + ".lock")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep everyone else out of it."""
        make_private_directory(self._place)
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def fetch(self, commit: str, log: Callable[[str], None]) -> None:
        """Have the commit, from the server if it is not here. Call when locked."""
        if not os.path.exists(os.path.join(self.path, "config")):
            _git(["init", "-q", "--bare", self.path], self._place)
        os.utime(self.path)
        kept = "refs/heads/clearq/" + commit
        if _succeeds(["rev-parse", "-q", "--verify", kept], self.path):
            return
        log("Fetching from %s." % self._url)
        just_it = ["fetch", "-q", "--no-tags", self._url, "+%s:%s" % (commit, kept)]
        if _succeeds(just_it, self.path):
            return
        # Not every server gives a commit that no branch ends with.
        every = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]
        _git(["fetch", "-q", self._url, *every], self.path)
        if not _succeeds(["update-ref", kept, commit], self.path):
            raise WorkspaceError("%s has no commit %s (any more)." % (self._url, commit))


def _fetch_large_files(workspace: str, log: Callable[[str], None]) -> None:
    """Put what Git LFS keeps elsewhere in the place of its pointers, in submodules too."""
    listed = _git(["submodule", "--quiet", "foreach", "--recursive", "pwd"], workspace)
    for repository in [workspace, *listed.splitlines()]:
        if not _uses_large_files(repository):
            continue
        if shutil.which("git-lfs") is None:
            raise WorkspaceError(
                "the repository keeps files in Git LFS, and there is no git-lfs on this machine; "
                "install it, or let the laptop clone (`clearq machine set NAME --network "
                "via-laptop`)."
            )
        _git(["lfs", "install", "--local", "--skip-repo"], repository)
        _git(["lfs", "pull"], repository)
        log("Fetched the large files of %s." % (os.path.relpath(repository, workspace)))


def _uses_large_files(repository: str) -> bool:
    attributes = ["--", ".gitattributes", "**/.gitattributes"]
    return _succeeds(["grep", "-q", "-e", "filter=lfs", "HEAD", *attributes], repository)


def _succeeds(arguments: List[str], place: str) -> bool:
    try:
        _git(arguments, place)
    except WorkspaceError:
        return False
    return True


def _git(arguments: List[str], place: str) -> str:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    environment.update(
        GIT_TERMINAL_PROMPT="0",
        GIT_ALLOW_PROTOCOL=_PROTOCOLS,
        GIT_SSH_COMMAND=os.environ.get("GIT_SSH_COMMAND", "ssh -o BatchMode=yes"),
        GIT_LFS_SKIP_SMUDGE="1",  # all at once, at the end
        LC_ALL="C",
    )
    done = subprocess.run(
        ["git", "-c", "core.hooksPath=" + os.devnull, "-c", "gc.auto=0", *arguments],
        cwd=place,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()[-_LAST_LINES:]
        why = " ".join(said) or "exit status %d" % done.returncode
        raise WorkspaceError("`git %s` failed: %s" % (arguments[0], why))
    return done.stdout.decode("utf-8", "surrogateescape")

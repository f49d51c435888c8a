"""Code that is not captured but named: a remote repository at one commit."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from clearq_tui.capture.failure import CaptureError
from clearq_tui.capture.git_process import git_environment
from clearq_tui.capture.snapshot import Snapshot, snapshot_from_json

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_PATIENCE = 60.0
"""Seconds for a server to answer."""


@dataclass(frozen=True)
class RemoteCode:
    """A repository that a machine clones, or the laptop for it."""

    url: str
    commit: str
    """What `ref` was when the task was made: later pushes do not reach the task."""
    ref: str
    """The branch, tag or commit that the operator named; empty: the default branch."""
    branch: str
    """The branch to be on; empty for a tag or a commit."""
    subdirectory: str
    """Where in it the command runs; empty for its top."""

    def to_json(self) -> str:
        """What a task keeps instead of a snapshot."""
        return json.dumps({"remote": asdict(self)}, separators=(",", ":"))


def code_from_json(text: str) -> Snapshot | RemoteCode:
    """What a task keeps of its code.

    Raises:
        CaptureError: the text is neither.
    """
    if not text.startswith('{"remote":'):
        return snapshot_from_json(text)
    try:
        return RemoteCode(**json.loads(text)["remote"])
    except (TypeError, ValueError) as error:
        raise CaptureError(f"The stored code makes no sense: {error}.") from error


def resolve_remote(url: str, ref: str = "", subdirectory: str = "") -> RemoteCode:
    """Ask the repository's server what `ref` is, with git's own credentials on this laptop.

    Raises:
        CaptureError: the server cannot be reached or has no such branch or tag, or the address
            holds a password, which would be kept with the task.
    """
    parts = urlsplit(url)
    if parts.password or (parts.scheme.startswith("http") and parts.username):
        raise CaptureError(
            "The address has a password or a token in it, which would be kept with the task; "
            "leave it out and let git's credential helper know it."
        )
    if not url or url.startswith("-") or ref.startswith("-"):
        raise CaptureError(f"{url!r} at {ref!r} is no repository at a branch, tag or commit.")
    inside = subdirectory.strip("/")
    if ".." in inside.split("/"):
        raise CaptureError(f"{subdirectory!r} leads out of the repository.")
    if _COMMIT.fullmatch(ref):
        return RemoteCode(url, ref, ref, "", inside)
    found = _refs(url)
    for name, branch in ((f"refs/heads/{ref}", ref), (f"refs/tags/{ref}^{{}}", "")):
        if ref and name in found:
            return RemoteCode(url, found[name], ref, branch, inside)
    if ref and f"refs/tags/{ref}" in found:
        return RemoteCode(url, found[f"refs/tags/{ref}"], ref, "", inside)
    if not ref and "HEAD" in found:
        return RemoteCode(url, found["HEAD"], "", _default_branch(found), inside)
    wanted = f"no branch or tag {ref!r}" if ref else "no commit yet"
    raise CaptureError(f"{url} has {wanted}.")


def fetch_files(remote: RemoteCode, into: Path) -> Path:
    """Fetch the files of that one commit, without history; the directory where the command runs.

    Raises:
        CaptureError: the server refuses, or has no such commit any more.
    """
    _git(["init", "-q", os.fspath(into)], remote.url)
    in_it = ["-C", os.fspath(into)]
    wanted = [remote.commit, *([remote.ref] if remote.ref else ["HEAD"])]
    for ref in dict.fromkeys(wanted):
        try:
            _git([*in_it, "fetch", "-q", "--depth=1", "--", remote.url, ref], remote.url)
            break
        except CaptureError:  # not every server gives a commit by its name
            if ref == wanted[-1]:
                raise
    _git([*in_it, "checkout", "-q", "FETCH_HEAD", "--"], remote.url)
    return into / remote.subdirectory


def _refs(url: str) -> dict[str, str]:
    lines = _git(["ls-remote", "--", url], url).splitlines()
    pairs = (line.split("\t", 1) for line in lines if "\t" in line)
    return {name: commit for commit, name in pairs if _COMMIT.fullmatch(commit)}


def _git(arguments: list[str], url: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-c", f"core.hooksPath={os.devnull}", *arguments],
            env=git_environment({"GIT_SSH_COMMAND": _ssh()}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except FileNotFoundError as error:
        raise CaptureError("git is not installed on this laptop; install it.") from error
    except subprocess.TimeoutExpired as error:
        raise CaptureError(f"{url} did not answer within {_PATIENCE:g} s.") from error
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise CaptureError(f"{url} cannot be read: {' '.join(said[-2:])}")
    return done.stdout.decode("utf-8", "replace")


def _ssh() -> str:
    """Never asks: there may be nobody to answer."""
    return os.environ.get("GIT_SSH_COMMAND", "ssh -o BatchMode=yes")


def _default_branch(refs: dict[str, str]) -> str:
    """The branch that HEAD most likely is; any that is at its commit does."""
    at_head = [
        name for name in refs if name.startswith("refs/heads/") and refs[name] == refs["HEAD"]
    ]
    preferred = [name for name in ("refs/heads/main", "refs/heads/master") if name in at_head]
    chosen = [*preferred, *at_head]
    return chosen[0].removeprefix("refs/heads/") if chosen else ""

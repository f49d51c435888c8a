"""Find the repository that a directory lies in, and what git says of it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from clearq_tui.capture.failure import CaptureError
from clearq_tui.capture.git_process import GitProcess
from clearq_tui.capture.remote_urls import without_credentials

_ASKED = (
    r"^(filter\..+\.(clean|process)|remote\..+\.(url|promisor)|branch\..+\.remote"
    r"|core\.(filemode|autocrlf|eol))$"
)


@dataclass(frozen=True)
class WorkingTree:
    """A git working tree (or submodule, or linked worktree) of the operator's."""

    top: Path
    git_directory: Path
    common_directory: Path
    """Where objects and refs are; differs from `git_directory` in a linked worktree."""
    object_format: str
    head: str | None
    branch: str | None
    settings: Mapping[str, str]
    """The configuration that decides how files are compared and where they came from."""

    @property
    def objects(self) -> Path:
        """The operator's object store, only ever read."""
        return self.common_directory / "objects"

    @property
    def key(self) -> str:
        """Names this repository's objects in clearq's stores; linked worktrees share it."""
        return repository_key(self.common_directory, self.object_format)

    @property
    def keeps_modes(self) -> bool:
        """Whether the executable bit on disk means anything."""
        return self.settings.get("core.filemode", "true").lower() not in {"false", "no", "off", "0"}

    @property
    def filters(self) -> frozenset[str]:
        """Names of the filter drivers that are configured."""
        return frozenset(
            name.split(".", 1)[1].rsplit(".", 1)[0]
            for name in self.settings
            if name.startswith("filter.")
        )

    @property
    def is_partial(self) -> bool:
        """Whether objects may be missing because the clone left them at its origin."""
        return any(
            name.startswith("remote.") and name.endswith(".promisor") for name in self.settings
        )

    @property
    def remote_url(self) -> str | None:
        """Where the branch comes from, else `origin`, else the only remote."""
        urls = {
            name.removeprefix("remote.").removesuffix(".url"): value
            for name, value in self.settings.items()
            if name.startswith("remote.") and name.endswith(".url")
        }
        wanted = self.settings.get(f"branch.{self.branch}.remote", "origin")
        only = next(iter(urls.values())) if len(urls) == 1 else None
        url = urls.get(wanted) or urls.get("origin") or only
        return without_credentials(url) if url else None


def repository_key(place: Path, object_format: str) -> str:
    """A name for the repository whose objects are in `place`."""
    real = os.fsencode(os.path.realpath(place))
    return hashlib.sha256(object_format.encode() + b"\0" + real).hexdigest()[:32]


def find_working_tree(directory: Path) -> WorkingTree | None:
    """The working tree that `directory` is in; None when it is in none.

    Raises:
        CaptureError: git refuses the repository, or it has no working tree.
    """
    told = GitProcess(
        directory,
        [
            "rev-parse",
            "--show-object-format",
            "--is-inside-work-tree",
            "--absolute-git-dir",
            "--git-common-dir",
            "--show-toplevel",
            "HEAD^{commit}",
            "--symbolic-full-name",
            "HEAD",
        ],
    )
    configured = GitProcess(directory, ["config", "-z", "--get-regexp", _ASKED])
    output, complaint = told.process.communicate()
    settings = _settings(configured.finish(accepted=(0, 1, 128)))
    lines = output.split(b"\n")
    if told.process.returncode != 0 and b"not a git repository" in complaint and not output:
        return None
    if len(lines) > 1 and lines[1] == b"false":
        raise CaptureError(
            f"{directory} is inside a repository without a working tree; "
            "stand in a directory that has the code's files."
        )
    if told.process.returncode == 0 and len(lines) == 8:
        head, name = lines[5].decode(), lines[6].decode("utf-8", "surrogateescape")
    elif len(lines) > 5 and lines[5] == b"HEAD^{commit}":
        head, name = None, _unborn_branch(directory)
    elif told.process.returncode == 0:
        raise CaptureError(f"{directory}: a repository below a name with a newline; rename it.")
    else:
        raise CaptureError(
            f"git does not accept the repository of {directory}: "
            f"{complaint.decode('utf-8', 'replace').strip()}"
        )
    return WorkingTree(
        top=Path(os.fsdecode(lines[4])),
        git_directory=Path(os.fsdecode(lines[2])),
        common_directory=(directory / os.fsdecode(lines[3])).resolve(),
        object_format=lines[0].decode(),
        head=head,
        branch=name.removeprefix("refs/heads/") if name.startswith("refs/heads/") else None,
        settings=settings,
    )


def _unborn_branch(directory: Path) -> str:
    """The full name of the branch that the first commit will make."""
    name = GitProcess(directory, ["symbolic-ref", "-q", "HEAD"]).finish(accepted=(0, 1))
    return name.decode("utf-8", "surrogateescape").rstrip("\n")


def _settings(output: bytes) -> Mapping[str, str]:
    settings = {}
    for item in output.decode("utf-8", "surrogateescape").split("\0"):
        name, separator, value = item.partition("\n")
        if name:
            settings[name] = value if separator else "true"
    return settings

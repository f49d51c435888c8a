"""What is to be laid out, validated: it came over the link, so nothing in it is believed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import List, Mapping, Optional, Pattern, Tuple

from remote_agent.workspace.failure import WorkspaceError

KEY = re.compile(r"[0-9a-f]{32}")
COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_ADDRESS = re.compile(r"[^\x00-\x1f\x7f]{1,4096}")
_NOT_IN_BRANCH = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{")
_MOST_REPOSITORIES = 4096
_MOST_BASES = 64
_LONGEST_PATH = 4096
_LONGEST_BRANCH = 1024


@dataclass(frozen=True)
class RepositorySpecification:
    """One repository of the code; a directory without git when `index` is None."""

    path: str
    key: str
    head: Optional[str]
    index: Optional[str]
    worktree: str
    branch: Optional[str]
    remote_url: Optional[str]
    object_format: str
    bundle: Optional[str]
    requires: Tuple[str, ...]


@dataclass(frozen=True)
class Specification:
    """All of the code of one task."""

    subdirectory: str
    archive: Optional[str]
    repositories: Tuple[RepositorySpecification, ...]


def read_specification(value: object) -> Specification:
    """The specification in JSON values.

    Raises:
        WorkspaceError: it does not validate; the message names the field and what was expected.
    """
    top = _Fields(value, "code")
    items = top.items("repositories", _MOST_REPOSITORIES)
    repositories = tuple(
        _repository(_Fields(item, "code.repositories[%d]" % position))
        for position, item in enumerate(items)
    )
    if not repositories or repositories[0].path != "":
        raise WorkspaceError("code.repositories must begin with the one whose path is empty.")
    if len({repository.path for repository in repositories}) != len(repositories):
        raise WorkspaceError("code.repositories names the same path twice.")
    return Specification(
        subdirectory=top.relative_path("subdirectory"),
        archive=top.optional("archive", _SHA256, "a SHA-256"),
        repositories=repositories,
    )


def _repository(fields: _Fields) -> RepositorySpecification:
    requires = fields.items("requires", _MOST_BASES)
    for commit in requires:
        if not isinstance(commit, str) or not COMMIT.fullmatch(commit):
            raise wrong(fields.name + ".requires", commit, "commit ids")
    repository = RepositorySpecification(
        path=fields.relative_path("path"),
        key=fields.required("key", KEY, "32 hexadecimal digits"),
        head=fields.optional("head", COMMIT, "a commit id"),
        index=fields.optional("index", COMMIT, "a commit id"),
        worktree=fields.required("worktree", COMMIT, "a commit id"),
        branch=fields.branch(),
        remote_url=fields.optional("remote_url", _ADDRESS, "an address"),
        object_format=fields.required("object_format", re.compile("sha1|sha256"), "sha1 or sha256"),
        bundle=fields.optional("bundle", _SHA256, "a SHA-256"),
        requires=tuple(str(commit) for commit in requires),
    )
    if repository.index is not None and repository.head is None and repository.branch is None:
        raise WorkspaceError("%s has neither a head nor a branch." % fields.name)
    return repository


class _Fields:
    """A JSON object being read."""

    def __init__(self, value: object, name: str) -> None:
        if not isinstance(value, dict):
            raise wrong(name, value, "an object")
        self._values: Mapping[object, object] = value
        self.name = name

    def items(self, field: str, most: int) -> List[object]:
        value = self._values.get(field)
        if not isinstance(value, list) or len(value) > most:
            raise wrong("%s.%s" % (self.name, field), value, "a list of at most %d" % most)
        return value

    def required(self, field: str, pattern: Pattern[str], expected: str) -> str:
        value = self._values.get(field)
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise wrong("%s.%s" % (self.name, field), value, expected)
        return value

    def optional(self, field: str, pattern: Pattern[str], expected: str) -> Optional[str]:
        if self._values.get(field) is None:
            return None
        return self.required(field, pattern, expected + " or null")

    def branch(self) -> Optional[str]:
        value = self._values.get("branch")
        if value is None or (isinstance(value, str) and is_branch_name(value)):
            return value
        raise wrong(self.name + ".branch", value, "a branch name or null")

    def relative_path(self, field: str) -> str:
        value = self._values.get(field)
        if not isinstance(value, str) or not is_confined(value):
            raise wrong("%s.%s" % (self.name, field), value, "a path inside the workspace")
        return value


def is_branch_name(name: str) -> bool:
    """Whether git would take it, by the rules of git-check-ref-format(1)."""
    if len(name) > _LONGEST_BRANCH or name.startswith("-") or _NOT_IN_BRANCH.search(name):
        return False
    return all(
        part and not part.startswith(".") and not part.endswith((".", ".lock"))
        for part in name.split("/")
    )


def is_confined(path: str) -> bool:
    """Whether a relative path, `/` between its parts, stays below where it starts.

    A part called `.git`, however written, is refused too: it would reach into a repository.
    """
    if not path:
        return True
    if len(path) > _LONGEST_PATH or "\0" in path:
        return False
    return not any(part.lower() in ("", ".", "..", ".git") for part in path.split("/"))


def wrong(name: str, value: object, expected: str) -> WorkspaceError:
    """The error for a field that does not validate."""
    return WorkspaceError("%s is %.100r; expected %s." % (name, value, expected))

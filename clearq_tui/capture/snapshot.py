"""What was captured: small, frozen, and the same after a trip through JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import cast

from clearq_tui.capture.failure import CaptureError

_KEY = re.compile(r"[0-9a-f]{32}")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_FORMATS = ("sha1", "sha256")
_VERSION = 1


@dataclass(frozen=True)
class Repository:
    """One repository of a snapshot, or a plain directory when `index` is None."""

    path: str
    """Where it belongs, relative to the snapshot's root; empty for the root itself."""
    key: str
    """Names the bare repository that keeps its objects, here and in a machine's cache."""
    head: str | None
    """The operator's own commit; None where nothing has been committed yet."""
    index: str | None
    """Commit whose tree is what was staged; None for a directory without git."""
    worktree: str
    """Commit whose tree is what was on disk."""
    branch: str | None
    """None when HEAD is detached."""
    remote_url: str | None
    """Without credentials."""
    object_format: str


@dataclass(frozen=True)
class Counts:
    """How many files differ, for display."""

    staged: int = 0
    unstaged: int = 0
    untracked: int = 0


@dataclass(frozen=True)
class Snapshot:
    """Code as it was at one moment. Its objects lie in the snapshots directory."""

    repositories: tuple[Repository, ...]
    """The root first, then those inside it, parents before children."""
    subdirectory: str
    """Where the operator stood, relative to the root; empty for the root itself."""
    warnings: tuple[str, ...]
    counts: Counts

    @property
    def root(self) -> Repository:
        """The repository that all others lie in."""
        return self.repositories[0]

    def to_json(self) -> str:
        """ASCII text; paths that are not UTF-8 survive as escaped surrogates."""
        return json.dumps({"version": _VERSION, **asdict(self)}, separators=(",", ":"))


def snapshot_from_json(text: str) -> Snapshot:
    """The snapshot that `to_json` wrote.

    Raises:
        CaptureError: the text is no snapshot; the message names the field.
    """
    try:
        top = json.loads(text)
    except ValueError as error:
        raise CaptureError(f"The stored snapshot is not JSON: {error}.") from error
    fields = _Fields(top, "snapshot")
    if fields.value("version") != _VERSION:
        raise _wrong("snapshot.version", fields.value("version"), str(_VERSION))
    repositories = tuple(
        _repository(_Fields(item, f"snapshot.repositories[{position}]"))
        for position, item in enumerate(fields.items("repositories"))
    )
    if not repositories or repositories[0].path != "":
        raise _wrong("snapshot.repositories", len(repositories), "the root's repository first")
    counts = _Fields(fields.value("counts"), "snapshot.counts")
    return Snapshot(
        repositories=repositories,
        subdirectory=fields.relative_path("subdirectory"),
        warnings=tuple(
            _Fields({"warning": item}, f"snapshot.warnings[{position}]").text("warning")
            for position, item in enumerate(fields.items("warnings"))
        ),
        counts=Counts(
            counts.number("staged"), counts.number("unstaged"), counts.number("untracked")
        ),
    )


def _repository(fields: _Fields) -> Repository:
    object_format = fields.text("object_format")
    if object_format not in _FORMATS:
        raise _wrong(fields.name("object_format"), object_format, " or ".join(_FORMATS))
    return Repository(
        path=fields.relative_path("path"),
        key=fields.matching("key", _KEY, "32 hexadecimal digits"),
        head=fields.commit_or_none("head"),
        index=fields.commit_or_none("index"),
        worktree=fields.matching("worktree", _COMMIT, "a commit id"),
        branch=fields.text_or_none("branch"),
        remote_url=fields.text_or_none("remote_url"),
        object_format=object_format,
    )


class _Fields:
    """A JSON object being read; complaints name the field, the value and what was expected."""

    def __init__(self, value: object, name: str) -> None:
        if not isinstance(value, dict):
            raise _wrong(name, value, "an object")
        self._values = cast("Mapping[str, object]", value)
        self._name = name

    def name(self, field: str) -> str:
        return f"{self._name}.{field}"

    def value(self, field: str) -> object:
        if field not in self._values:
            raise CaptureError(f"{self.name(field)} is missing.")
        return self._values[field]

    def items(self, field: str) -> list[object]:
        value = self.value(field)
        if not isinstance(value, list):
            raise _wrong(self.name(field), value, "a list")
        return value

    def text(self, field: str) -> str:
        value = self.value(field)
        if not isinstance(value, str):
            raise _wrong(self.name(field), value, "text")
        return value

    def text_or_none(self, field: str) -> str | None:
        return None if self.value(field) is None else self.text(field)

    def number(self, field: str) -> int:
        value = self.value(field)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise _wrong(self.name(field), value, "a number that is not negative")
        return value

    def matching(self, field: str, pattern: re.Pattern[str], expected: str) -> str:
        value = self.text(field)
        if not pattern.fullmatch(value):
            raise _wrong(self.name(field), value, expected)
        return value

    def commit_or_none(self, field: str) -> str | None:
        if self.value(field) is None:
            return None
        return self.matching(field, _COMMIT, "a commit id or null")

    def relative_path(self, field: str) -> str:
        value = self.text(field)
        parts = value.split("/") if value else []
        if "\0" in value or any(part in {"", ".", ".."} for part in parts):
            raise _wrong(self.name(field), value, "a path inside the root")
        return value


def _wrong(name: str, value: object, expected: str) -> CaptureError:
    return CaptureError(f"{name} is {value!r:.100}; expected {expected}.")

"""Write the two commits of a snapshot through `git fast-import`, byte for byte."""

# Paths are bytes here, which pathlib does not take.
# ruff: noqa: PTH115, PTH118, PTH123

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from clearq_tui.capture.difference import Difference, Put
from clearq_tui.capture.failure import CaptureError
from clearq_tui.capture.git_process import GitProcess
from clearq_tui.capture.staging import Staged

_COMMITTER = b"committer clearq <clearq@invalid> 0 +0000\n"
"""The same code always gets the same commit, whenever it is captured."""
_PIECE = 1 << 20


@dataclass(frozen=True)
class Written:
    """The commits of one repository's snapshot."""

    index: str | None
    worktree: str


def write_commits(
    repository: Path,
    top: Path,
    head: str | None,
    staged: Sequence[Staged] | None,
    difference: Difference,
    notes: bytes,
) -> Written:
    """Write the staged commit (unless there is no git here) and the working tree's.

    Args:
        repository: the bare repository that takes the objects.
        top: where the files are.
        head: the operator's commit, the staged commit's parent.
        staged: how what was staged differs from `head`; None for a directory without git.
        difference: what turns the staged tree into the working tree.
        notes: the working tree commit's message, for the machine to read.

    Raises:
        CaptureError: a file vanished or changed meanwhile, or git failed.
    """
    importer = GitProcess(
        repository,
        ["fast-import", "--quiet", "--force", "--date-format=raw"],
        environment={"GIT_DIR": os.fspath(repository)},
        settings=("fastimport.unpackLimit=1", "core.bigFileThreshold=32m", "pack.compression=1"),
        takes_input=True,
    )
    stream = importer.process.stdin
    assert stream is not None
    try:
        if staged is not None:
            stream.write(b"commit refs/heads/index\nmark :1\n" + _COMMITTER)
            stream.write(_data(b"clearq: what was staged\n"))
            if head is not None:
                stream.write(b"from %s\n" % head.encode())
            stream.writelines(_staged(staged))
        stream.write(b"commit refs/heads/worktree\n" + _COMMITTER + _data(notes))
        if staged is not None:
            stream.write(b"from :1\n")
        for path in difference.deleted:
            stream.write(b"D %s\n" % quoted(path))
        for path, put in sorted(difference.put.items()):
            for piece in _put(os.fsencode(top), path, put):
                stream.write(piece)
    except BrokenPipeError:
        raise importer.complaint() from None
    except BaseException:
        importer.abandon()
        raise
    importer.finish()
    heads = repository / "refs" / "heads"
    index = (heads / "index").read_text().strip() if staged is not None else None
    return Written(index, (heads / "worktree").read_text().strip())


def quoted(path: bytes) -> bytes:
    """A path as fast-import and git's other text formats quote it, whatever bytes it has."""
    plain = b" !#$%&'()*+,-./:;<=>?@[]^_`{|}~"
    parts = (
        bytes([byte]) if bytes([byte]).isalnum() or byte in plain else b"\\%03o" % byte
        for byte in path
    )
    return b'"' + b"".join(parts) + b'"'


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


def _staged(changes: Sequence[Staged]) -> Iterable[bytes]:
    """Deletions first, because a file may be where a directory was."""
    for change in changes:
        if change.mode is None:
            yield b"D %s\n" % quoted(change.path)
    for change in changes:
        if change.mode is not None:
            yield b"M %s %s %s\n" % (
                change.mode.encode(),
                change.blob.encode(),
                quoted(change.path),
            )


def _put(top: bytes, path: bytes, put: Put) -> Iterable[bytes]:
    """The lines that put one file into the commit, with its bytes where the store lacks them."""
    reference = put.blob.encode() if put.kept else b"inline"
    yield b"M %s %s %s\n" % (put.mode.encode(), reference, quoted(path))
    if put.kept:
        return
    full = os.path.join(top, path)
    try:
        if put.mode == "120000":
            yield _data(os.readlink(full))
        else:
            yield from _file(full)
    except OSError as error:
        raise CaptureError(
            f"{os.fsdecode(full)!r} changed while it was captured ({error.strerror}); try again."
        ) from error


def _file(full: bytes) -> Iterable[bytes]:
    with open(full, "rb", buffering=0) as file:
        left = os.fstat(file.fileno()).st_size
        yield b"data %d\n" % left
        while left > 0:
            piece = file.read(min(left, _PIECE))
            if not piece:
                raise CaptureError(
                    f"{os.fsdecode(full)!r} changed while it was captured; try again."
                )
            left -= len(piece)
            yield piece
        yield b"\n"

"""The parameters of a task: what its code has, what is overridden, and what a machine runs then."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from clearq_tui.model import NewTask, Refused, Task
from clearq_tui.parameters import (
    CodeFiles,
    FilesInMemory,
    Found,
    canonical,
    find,
    render,
    render_task,
)
from clearq_tui.paths import Home


@dataclass(frozen=True)
class RenderedFile:
    """A file that is laid over the code; its bytes lie among the blobs."""

    path: str
    """Relative to the top of the code."""
    sha256: str
    size: int
    """In bytes."""


@dataclass(frozen=True)
class RenderedTask:
    """What a machine runs for a task with overrides."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    files: tuple[RenderedFile, ...]


def is_at_hand(code: str) -> bool:
    """Whether what a task keeps of its code lies on this laptop, and need not be fetched.

    Raises:
        CaptureError: what it keeps makes no sense.
    """
    if not code:
        return True
    from clearq_tui.capture import Snapshot, code_from_json

    return isinstance(code_from_json(code), Snapshot)


def find_parameters(task: Task | NewTask, home: Home) -> Found:
    """What can be set of a task, as its code was when it was captured.

    Raises:
        CaptureError: the code is gone, or a remote repository cannot be read.
    """
    with _code_files(task.snapshot, home) as files:
        return find(task.command, task.environment, files, asked=tuple(task.overrides))


def find_in_directory(
    command: tuple[str, ...], environment: Mapping[str, str], directory: Path | None
) -> Found:
    """What can be set of a task that is not captured yet; None: it brings no code.

    Raises:
        CaptureError: there is no such directory, or git refuses its repository.
    """
    if directory is None:
        return find(command, environment, FilesInMemory())
    from clearq_tui.capture import FilesOnDisk

    return find(command, environment, FilesOnDisk(directory))


def with_overrides(new: NewTask, overrides: Mapping[str, str], home: Home) -> NewTask:
    """The task with these overrides besides its own, under the names that the parameters have.

    Raises:
        Refused: a name does not exist, or cannot have its value; the nearest names are said.
        CaptureError: the code is gone, or a remote repository cannot be read.
    """
    wanted = {**new.overrides, **overrides}
    if not wanted:
        return new
    with _code_files(new.snapshot, home) as files:
        found = find(new.command, new.environment, files, asked=tuple(wanted))
    named = canonical(wanted, found)
    render(new.command, new.environment, named, found)
    return replace(new, overrides=named)


def without_overrides(overrides: Mapping[str, str], unset: tuple[str, ...]) -> dict[str, str]:
    """The overrides less some of them.

    Raises:
        Refused: one of the names is not overridden.
    """
    left = dict(overrides)
    for target in unset:
        names = [name for name in left if name.lstrip("-") == target.lstrip("-")]
        if not names:
            known = f"overridden are: {', '.join(overrides)}" if overrides else "nothing is"
            raise Refused(f"{target} is not overridden in the task; {known}.")
        del left[names[0]]
    return left


def render_for_machine(task: Task, home: Home) -> RenderedTask:
    """What a machine is to run; files that change are put among the blobs. Runs git.

    Raises:
        Refused: an override makes no sense any more, or its file cannot be edited.
        CaptureError: the code is gone, or a remote repository cannot be read.
        OSError: the disk refuses.
    """
    from clearq_tui.capture import code_from_json
    from clearq_tui.capture.blob_file import BlobFile

    with _code_files(task.snapshot, home) as files:
        rendered, rewritten = render_task(task.command, task.environment, task.overrides, files)
    below = code_from_json(task.snapshot).subdirectory if task.snapshot else ""
    placed: list[RenderedFile] = []
    for file in rewritten:
        with BlobFile(home.blobs) as blob_file:
            blob_file.stream.write(file.content)
        path = posixpath.normpath(posixpath.join(below, file.path))
        placed.append(RenderedFile(path, blob_file.blob.sha256, blob_file.blob.size))
    return RenderedTask(rendered.command, rendered.environment, tuple(placed))


@contextmanager
def _code_files(code: str, home: Home) -> Iterator[CodeFiles]:
    """The files of what a task keeps of its code."""
    if not code:
        yield FilesInMemory()
        return
    from clearq_tui.capture import (
        FilesOnDisk,
        RemoteCode,
        SnapshotFiles,
        code_from_json,
        fetch_files,
    )

    kept = code_from_json(code)
    if isinstance(kept, RemoteCode):
        with TemporaryDirectory(prefix="clearq-") as place:
            yield FilesOnDisk(fetch_files(kept, Path(place)))
        return
    with SnapshotFiles(kept, home.snapshots) as files:
        yield files

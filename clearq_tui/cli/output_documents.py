"""The JSON of outputs. As in `documents`, no key is ever renamed or removed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypedDict

from clearq_tui.model import Attempt
from clearq_tui.output_places import whole_path
from clearq_tui.paths import Home
from clearq_tui.store.output_types import Listing, OutputFile, OutputState


class OutputDocument(TypedDict):
    """One file that an attempt left."""

    path: str
    size: int
    modified: float
    state: str
    reason: str
    sha256: str | None
    place: str | None
    """Where it is on the laptop, once it is whole."""


class OutputsDocument(TypedDict):
    """All of them."""

    task: int
    attempt: int
    listing: str
    note: str
    files: list[OutputDocument]


def outputs_document(
    home: Home, attempt: Attempt, listing: Listing, files: Iterable[OutputFile]
) -> OutputsDocument:
    """For `task outputs --json`."""
    return OutputsDocument(
        task=attempt.task,
        attempt=attempt.number,
        listing=listing.state.value or "none",
        note=listing.note,
        files=[_document(home, file) for file in files],
    )


def _document(home: Home, file: OutputFile) -> OutputDocument:
    is_whole = file.state is OutputState.WHOLE
    place = whole_path(home, file.task, file.attempt, file.path)
    return OutputDocument(
        path=file.path,
        size=file.size,
        modified=file.modified / 1e9,
        state=file.state.value,
        reason=file.reason,
        sha256=file.sha256 if is_whole else None,
        place=str(place) if is_whole else None,
    )

"""What the controller writes of outputs: what machines told, what has arrived, what never will."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from clearq_tui.model import Attempt, parse_attempt_name
from clearq_tui.operations.output_paths import is_safe
from clearq_tui.store import Store, attempts, discards, outputs
from clearq_tui.store.output_types import OutputFile, OutputState

SMALL_FILE: Final = 1 << 20
SMALL_TOGETHER: Final = 16 << 20
"""Bytes: so small a file is fetched by itself when its attempt has ended, so many together."""


@dataclass(frozen=True)
class Told:
    """What a machine said of an attempt's output."""

    attempt: str
    files: Sequence[tuple[str, int, int]]
    """Path, bytes, nanoseconds since the epoch."""
    skipped: int = 0
    """Links and the like."""
    cut: bool = False
    """There is more."""


def take_listing(store: Store, machine: int, told: Told, *, now: float) -> None:
    """The machine has said what an attempt of its left; a path that is not safe is left out.

    Of an attempt that has ended, small files are wanted at once.
    """
    with store.transaction():
        attempt = _of_machine(store, machine, told.attempt)
        if attempt is None:
            return
        name = (attempt.task, attempt.number)
        safe = [file for file in told.files if is_safe(file[0])]
        outputs.list_files(store, attempt, safe, now)
        if not told.cut:
            outputs.forget_unlisted(store, *name, now)
        note = _note(told.skipped + len(told.files) - len(safe), len(safe), cut=told.cut)
        outputs.set_listed(store, *name, note)
        if not attempt.state.is_open:
            _want_small(store, attempt, now)


def take_whole(store: Store, machine: int, fetched: Iterable[tuple[OutputFile, str]]) -> None:
    """These files are on the laptop, whole and synced; each with its SHA-256."""
    with store.transaction():
        for file, sha256 in fetched:
            if _of_machine(store, machine, file.attempt_name) is not None:
                outputs.set_whole(store, file, sha256)


def take_failure(store: Store, file: OutputFile, reason: str) -> None:
    """The file cannot be had; `reason` is a sentence."""
    with store.transaction():
        present = outputs.file(store, file.task, file.attempt, file.path)
        if present is not None and present.state is OutputState.WANTED:
            outputs.set_state(
                store, file.task, file.attempt, [file.path], OutputState.FAILED, reason
            )


def take_change(store: Store, file: OutputFile, size: int, modified: int) -> None:
    """The file is another one on the machine than what was listed; it is begun again."""
    with store.transaction():
        reason = "It has changed on the machine and was begun again."
        outputs.set_version(store, file, size, modified, reason)


def take_discards(store: Store, machine: int, given_up: Iterable[str]) -> None:
    """The machine has given these up."""
    with store.transaction(quiet=True):
        discards.forget(store, machine, given_up)


def _of_machine(store: Store, machine: int, name: str) -> Attempt | None:
    attempt = attempts.get(store, *parse_attempt_name(name))
    return attempt if attempt is not None and attempt.machine == machine else None


def _want_small(store: Store, attempt: Attempt, now: float) -> None:
    room = SMALL_TOGETHER
    small: list[str] = []
    for file in sorted(outputs.files(store, attempt.task, attempt.number), key=lambda f: f.size):
        if file.size > min(SMALL_FILE, room):
            break
        room -= file.size
        if file.state is OutputState.LISTED:
            small.append(file.path)
    outputs.set_state(store, attempt.task, attempt.number, small, OutputState.WANTED, wanted_at=now)


def _note(left_out: int, listed: int, *, cut: bool) -> str:
    said = []
    if left_out:
        thing = (
            "1 thing that is no plain file is"
            if left_out == 1
            else (f"{left_out} things that are no plain files are")
        )
        said.append(f"{thing} left out.")
    if cut:
        said.append(f"There is more: only {listed:,} files are listed.")
    return " ".join(said)

"""What an operator can do about what tasks have left: have it listed, want it, want it no more."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from clearq_tui.model import Attempt, NotFound, Refused
from clearq_tui.operations import finding
from clearq_tui.operations.output_paths import matches
from clearq_tui.store import Store, attempts, discards, machines, outputs
from clearq_tui.store.output_types import OutputFile, OutputState


@dataclass(frozen=True)
class Asked:
    """What became of a wish for files."""

    wanted: tuple[OutputFile, ...]
    """They will come."""
    here: tuple[OutputFile, ...]
    """They are on the laptop already."""


def ask_for_listing(store: Store, task: int, number: int, *, now: float) -> None:  # noqa: ARG001
    """Have the attempt's machine say what it has left by now.

    Raises:
        NotFound: there is no such attempt.
        Refused: its machine is gone.
    """
    with store.transaction():
        _reachable(store, task, number)
        outputs.want_listing(store, task, number)


def fetch(
    store: Store,
    task: int,
    number: int,
    patterns: Sequence[str] = (),
    *,
    is_here: Callable[[OutputFile], bool] = lambda _: True,
    now: float,
) -> Asked:
    """Want the attempt's files that match a pattern, or all; see `output_paths.matches`.

    `is_here`: whether a file that was fetched is still on the laptop.

    Raises:
        NotFound: there is no such attempt, or no file of it matches one of the patterns.
        Refused: its machine is gone.
    """
    with store.transaction():
        attempt = _attempt(store, task, number)
        chosen = _chosen(outputs.files(store, task, number), attempt, patterns)
        return _want(store, attempt, chosen, is_here, now)


def fetch_files(
    store: Store,
    task: int,
    number: int,
    paths: Collection[str] | None,
    *,
    is_here: Callable[[OutputFile], bool] = lambda _: True,
    now: float,
) -> Asked:
    """Want these very files of the attempt, or for None all of them; see `fetch`.

    Raises:
        NotFound: there is no such attempt, or none of the files is known.
        Refused: its machine is gone.
    """
    with store.transaction():
        attempt = _attempt(store, task, number)
        chosen = _of_paths(_chosen(outputs.files(store, task, number), attempt, ()), paths)
        return _want(store, attempt, chosen, is_here, now)


def give_up(
    store: Store,
    task: int,
    number: int,
    patterns: Sequence[str] = (),
    *,
    now: float,  # noqa: ARG001 - as every operation
) -> tuple[OutputFile, ...]:
    """Want the files no more that were wanted and are not here yet; which these were.

    Raises:
        NotFound: there is no such attempt, or no file of it matches one of the patterns.
    """
    with store.transaction():
        attempt = _attempt(store, task, number)
        chosen = _chosen(outputs.files(store, task, number), attempt, patterns)
        return _give_up(store, attempt, chosen)


def give_up_files(
    store: Store,
    task: int,
    number: int,
    paths: Collection[str],
    *,
    now: float,  # noqa: ARG001 - as every operation
) -> tuple[OutputFile, ...]:
    """Want these very files no more; see `give_up`.

    Raises:
        NotFound: there is no such attempt, or nothing of it is known.
    """
    with store.transaction():
        attempt = _attempt(store, task, number)
        chosen = _of_paths(_chosen(outputs.files(store, task, number), attempt, ()), paths)
        return _give_up(store, attempt, chosen)


def machine_gone(store: Store, machine: int) -> None:
    """Nothing comes from the machine any more. Call inside the transaction that removes it."""
    outputs.fail_wanted_of_machine(store, machine, "Its machine was removed.")
    discards.forget(store, machine)


# Inside


def _attempt(store: Store, task: int, number: int) -> Attempt:
    finding.task(store, task)
    found = attempts.get(store, task, number)
    if found is None:
        raise NotFound(f"Task #{task} has no attempt {number}.")
    return found


def _reachable(store: Store, task: int, number: int) -> Attempt:
    attempt = _attempt(store, task, number)
    if not machines.is_there(store, attempt.machine):
        raise Refused(
            f"The machine on which #{attempt.name} ran was removed, and its output with it."
        )
    return attempt


def _chosen(
    known: Sequence[OutputFile], attempt: Attempt, patterns: Sequence[str]
) -> list[OutputFile]:
    if not patterns:
        if not known:
            raise NotFound(f"#{attempt.name} has left no output, as far as is known here.")
        return list(known)
    for pattern in patterns:
        if not any(matches(file.path, pattern) for file in known):
            raise NotFound(f"No output of #{attempt.name} matches {pattern!r}.")
    return [file for file in known if any(matches(file.path, pattern) for pattern in patterns)]


def _of_paths(known: Sequence[OutputFile], paths: Collection[str] | None) -> list[OutputFile]:
    return [file for file in known if paths is None or file.path in paths]


def _want(
    store: Store,
    attempt: Attempt,
    chosen: Sequence[OutputFile],
    is_here: Callable[[OutputFile], bool],
    now: float,
) -> Asked:
    here = [file for file in chosen if file.state is OutputState.WHOLE and is_here(file)]
    paths_here = {file.path for file in here}
    wanted = [file for file in chosen if file.path not in paths_here]
    if wanted:
        _reachable(store, attempt.task, attempt.number)
    fresh = [file.path for file in wanted if file.state is not OutputState.WANTED]
    outputs.set_state(store, attempt.task, attempt.number, fresh, OutputState.WANTED, wanted_at=now)
    return Asked(tuple(wanted), tuple(here))


def _give_up(
    store: Store, attempt: Attempt, chosen: Sequence[OutputFile]
) -> tuple[OutputFile, ...]:
    waiting = tuple(file for file in chosen if file.state is OutputState.WANTED)
    paths = [file.path for file in waiting]
    outputs.set_state(store, attempt.task, attempt.number, paths, OutputState.LISTED)
    return waiting

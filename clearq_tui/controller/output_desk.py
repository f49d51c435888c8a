"""What links want of the store about outputs, and what they bring: written in the next round."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

from clearq_tui.feed.messages import FetchGrew, Notice
from clearq_tui.fleet.output_effects import OutputWishes, WantedDiscard, WantedFile
from clearq_tui.model import parse_attempt_name
from clearq_tui.operations import output_reports as reports
from clearq_tui.operations.output_reports import Told
from clearq_tui.store import Store, discards, outputs
from clearq_tui.store.output_types import OutputFile

MOST_WISHES: Final = 64
"""Files that one machine is told of at once; when some of them are here, the next are."""

_Write = Callable[[], None]


class OutputDesk:
    """Facts are kept until the controller's next round, which writes them with all else."""

    def __init__(
        self, store: Store, *, changed: Callable[[int], None], tell: Callable[[Notice], None]
    ) -> None:
        """`changed` is called with the machine of which something is to be written."""
        self._store = store
        self._changed = changed
        self._tell = tell
        self._arrived: list[_Write] = []
        self._whole: dict[int, list[tuple[OutputFile, str]]] = {}
        self._with_wishes: set[int] = set()

    # Desired state

    def wishes(self, machine: int) -> OutputWishes:
        """What the store wants of the machine's outputs."""
        found = OutputWishes(
            outputs.wanted_listings(self._store, machine),
            [_wanted(file) for file in outputs.wanted_files(self._store, machine, MOST_WISHES)],
            [WantedDiscard(*_discard(one)) for one in discards.of_machine(self._store, machine)],
        )
        if found == _NOTHING:
            self._with_wishes.discard(machine)
        else:
            self._with_wishes.add(machine)
        return found

    def machines_to_tell(self) -> set[int]:
        """Machines of whose outputs something is wanted, or was until now."""
        return self._with_wishes | outputs.machines_with_wishes(self._store)

    # Facts

    def take_listing(
        self,
        machine: int,
        attempt: str,
        files: Sequence[tuple[str, int, int]],
        skipped: int,
        cut: bool,
    ) -> None:
        """What an attempt has left."""
        told = Told(attempt, files, skipped, cut)
        self._keep(
            machine,
            lambda: reports.take_listing(self._store, machine, told, now=time.time()),
        )

    def take_change(self, machine: int, file: WantedFile, size: int, modified: int) -> None:
        """The file is another one on the machine."""
        changed = _file(file)
        self._keep(machine, lambda: reports.take_change(self._store, changed, size, modified))

    def take_failure(self, machine: int, file: WantedFile, reason: str) -> None:
        """The file cannot be had."""
        failed = _file(file)
        self._keep(machine, lambda: reports.take_failure(self._store, failed, reason))

    def take_discarded(self, machine: int, attempt: str) -> None:
        """The machine has given up what the attempt left."""
        self._keep(machine, lambda: reports.take_discards(self._store, machine, [attempt]))

    def take_whole(self, machine: int, file: WantedFile, sha256: str) -> None:
        """The file is here, synced."""
        self._whole.setdefault(machine, []).append((_file(file), sha256))
        self._changed(machine)

    def tell_progress(self, file: WantedFile, done: int) -> None:
        """So many bytes of the file are here."""
        self._tell(FetchGrew(type="fetch", attempt=file.attempt, path=file.path, done=done))

    def write_what_arrived(self) -> None:
        """Write all facts; `settled` must follow once they are safe."""
        for machine, files in self._whole.items():
            reports.take_whole(self._store, machine, files)
        for write in self._arrived:
            write()

    def settled(self) -> None:
        """The facts are safe."""
        self._arrived, self._whole = [], {}

    def _keep(self, machine: int, write: _Write) -> None:
        self._arrived.append(write)
        self._changed(machine)


_NOTHING = OutputWishes([], [], [])


def _wanted(file: OutputFile) -> WantedFile:
    return WantedFile(file.attempt_name, file.path, file.size, file.modified)


def _file(wanted: WantedFile) -> OutputFile:
    task, attempt = parse_attempt_name(wanted.attempt)
    return OutputFile(task, attempt, wanted.path, wanted.size, wanted.modified)


def _discard(one: discards.Discard) -> tuple[str, bool]:
    return one.attempt, one.held

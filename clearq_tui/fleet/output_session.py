"""What the laptop asks of outputs on a link: lists, files, that they be given up. No I/O.

A part of `session`, and like it: told what the store wants (`want`), what arrives (`receive`,
`receive_piece`) and what was done; answers with effects. Several files are asked for at once, so
that many small ones do not each wait for the link; how many bytes may be on their way is limited
over all of them together.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from clearq_tui.fleet.output_effects import (
    ClosePart,
    CompletePart,
    OpenPart,
    OutputEffect,
    OutputWishes,
    Say,
    TakeChange,
    TakeDiscarded,
    TakeFailure,
    TakeListing,
    WantedDiscard,
    WantedFile,
    WritePart,
)
from remote_agent.messages import (
    Changed,
    Discard,
    Discarded,
    Fetch,
    ListOutput,
    Message,
    Output,
    OutputEntry,
    Release,
    Sent,
    Unsent,
)
from remote_agent.wire import OUTPUT_STREAM, StreamPiece

MOST_LISTED = 10_000
MOST_ASKED = 32
"""Files at once."""
CREDIT = 2 << 20
"""Bytes of one file that may be on their way."""
WINDOW = 4 * CREDIT
"""Bytes of all files together, beyond which no other file is asked for."""
SMALL = 1 << 20
"""Bytes; so small a file is asked for all the same, and so waits for no large one."""
MOST_TRIES = 5
"""How often a file is begun that changes, or arrives damaged, every time."""

OutputMessage = Output | Sent | Changed | Unsent | Discarded


class _Stage(Enum):
    OPENING = auto()
    COMING = auto()
    COMPLETING = auto()
    OVER = auto()
    """Whole or failed; the store has it, or is about to."""


@dataclass
class _Coming:
    """A file that was asked for, or is about to be."""

    file: WantedFile
    ask: int = 0
    """Its number on this link; 0 until it was asked for."""
    stage: _Stage = _Stage.OPENING
    next: int = 0
    """Where the next piece must begin."""
    written: int = 0
    granted: int = 0
    tries: int = 1


@dataclass
class _ListingComing:
    files: list[OutputEntry] = field(default_factory=list)
    is_stale: bool = False
    """The attempt ended after it was asked: what comes may lack what was written last."""


_Key = tuple[str, str]


@dataclass
class OutputSession:
    """What one link is about outputs."""

    _effects: list[OutputEffect] = field(default_factory=list)
    _wishes: OutputWishes = field(default_factory=OutputWishes)
    _listings: dict[str, _ListingComing] = field(default_factory=dict)
    _coming: dict[_Key, _Coming] = field(default_factory=dict)
    _asked: dict[int, _Coming] = field(default_factory=dict)
    """Those under way, by number."""
    _last_ask: int = 0
    _discards: set[str] = field(default_factory=set)

    def take(self) -> list[OutputEffect]:
        """All effects since the last call."""
        effects, self._effects = self._effects, []
        return effects

    # What the store wants

    def want(self, wishes: OutputWishes) -> None:
        """Everything that is wanted now; says what was not said on this link."""
        self._wishes = wishes
        for name in wishes.listings:
            if name not in self._listings:
                self._ask_for_listing(name)
        for discard in wishes.discards:
            if discard.attempt not in self._discards:
                self._discards.add(discard.attempt)
                self._give_up(discard)
        self._drop_unwanted({(file.attempt, file.path): file for file in wishes.files})
        self._begin_files()

    def ended(self, attempt: str) -> None:
        """The attempt has ended: a list of what it left that is on its way is out of date."""
        if attempt in self._listings:
            self._listings[attempt].is_stale = True

    # What arrives

    def receive(self, message: OutputMessage) -> None:
        """A message about outputs arrived."""
        if isinstance(message, Output):
            self._take_page(message)
        elif isinstance(message, Discarded):
            self._effects.append(TakeDiscarded(message.attempt))
        else:
            coming = self._asked.get(message.ask)
            if coming is not None and coming.stage is _Stage.COMING:
                self._take_end(coming, message)

    def receive_piece(self, piece: StreamPiece) -> None:
        """A piece of a file arrived."""
        coming = self._asked.get(int(piece.stream[len(OUTPUT_STREAM) :]))
        if coming is None or coming.stage is not _Stage.COMING:
            return
        if piece.offset != coming.next or coming.next + len(piece.data) > coming.granted:
            self._fail(coming, "The machine sent other bytes than were asked for.")
            return
        coming.next += len(piece.data)
        self._effects.append(WritePart(coming.file, piece.data))

    # What was done

    def opened(self, file: WantedFile, offset: int) -> None:
        """So much of the file is here already."""
        coming = self._find(file, _Stage.OPENING)
        if coming is not None:
            self._last_ask += 1
            coming.ask = self._last_ask
            self._asked[coming.ask] = coming
            coming.stage = _Stage.COMING
            coming.next = coming.written = coming.granted = offset
            self._grant(coming)

    def written(self, file: WantedFile, count: int) -> None:
        """So many bytes of it were added: more may come."""
        coming = self._find(file, _Stage.COMING)
        if coming is None:
            return
        coming.written += count
        if coming.granted < file.size and coming.granted - coming.written <= CREDIT // 2:
            self._grant(coming)
        self._begin_files()

    def completed(self, file: WantedFile, *, is_right: bool) -> None:
        """The file was given its name, or thrown away because its hash was wrong."""
        coming = self._find(file, _Stage.COMPLETING)
        if coming is None:
            return
        self._end(coming)
        if not is_right:
            self._try_again(coming, f"It arrived damaged {MOST_TRIES} times.")
        self._begin_files()

    def failed(self, file: WantedFile, reason: str) -> None:
        """The file cannot be kept here; the reason is a sentence."""
        coming = self._coming.get((file.attempt, file.path))
        if coming is not None and coming.file == file and coming.stage is not _Stage.OVER:
            if coming.stage is not _Stage.COMPLETING:
                self._say_unwanted(coming)
            self._fail(coming, reason)

    # Inside

    def _say(self, message: Message) -> None:
        self._effects.append(Say(message))

    def _ask_for_listing(self, attempt: str) -> None:
        self._listings[attempt] = _ListingComing()
        self._say(ListOutput(attempt))

    def _take_page(self, page: Output) -> None:
        listing = self._listings.get(page.attempt)
        if listing is None:
            return
        listing.files += page.files[: MOST_LISTED - len(listing.files)]
        if not page.last:
            return
        del self._listings[page.attempt]
        if listing.is_stale:
            self._ask_for_listing(page.attempt)
        else:
            files = [(path, size, modified) for path, size, modified in listing.files]
            self._effects.append(TakeListing(page.attempt, files, page.skipped, page.cut))

    def _give_up(self, discard: WantedDiscard) -> None:
        if discard.held:
            self._say(Release(discard.attempt))
        self._say(Discard(discard.attempt))

    def _drop_unwanted(self, wanted: dict[_Key, WantedFile]) -> None:
        for key, coming in list(self._coming.items()):
            now = wanted.get(key)
            if now == coming.file:
                continue
            if coming.stage is not _Stage.OVER:
                self._say_unwanted(coming)
                self._end(coming)
                self._effects.append(ClosePart(coming.file))
            if now is None:
                del self._coming[key]
            else:
                self._begin(now, coming.tries)

    def _begin_files(self) -> None:
        """Ask for more, as far as there is room for what they bring."""
        under_way = [one for one in self._coming.values() if one.stage is not _Stage.OVER]
        count = len(under_way)
        on_its_way = sum(_expected(coming) for coming in under_way)
        for file in self._wishes.files:
            room = WINDOW if file.size > SMALL else WINDOW + MOST_ASKED * SMALL
            if count >= MOST_ASKED or on_its_way >= room:
                return
            if (file.attempt, file.path) not in self._coming:
                count += 1
                on_its_way += _expected(self._begin(file, tries=1))

    def _begin(self, file: WantedFile, tries: int) -> _Coming:
        coming = self._coming[file.attempt, file.path] = _Coming(file, tries=tries)
        self._effects.append(OpenPart(file))
        return coming

    def _end(self, coming: _Coming) -> None:
        coming.stage = _Stage.OVER
        self._asked.pop(coming.ask, None)

    def _grant(self, coming: _Coming) -> None:
        file = coming.file
        coming.granted = min(file.size, coming.written + CREDIT)
        # An empty file, or one whose bytes are all here, still has a hash to be told.
        credit = max(1, coming.granted - coming.written)
        self._say(Fetch(coming.ask, *file, coming.written, credit))

    def _take_end(self, coming: _Coming, message: Sent | Changed | Unsent) -> None:
        file = coming.file
        if isinstance(message, Unsent):
            self._fail(coming, f"The machine cannot send it: {message.reason}.")
        elif isinstance(message, Changed):
            self._end(coming)
            if coming.tries >= MOST_TRIES:
                self._fail(coming, "It changed again and again while it was being fetched.")
            else:
                coming.tries += 1
                self._effects.append(ClosePart(file))
                self._effects.append(TakeChange(file, message.size, message.modified))
        elif coming.next != file.size:
            self._fail(coming, f"Only {coming.next:,} of its {file.size:,} bytes arrived.")
        else:
            coming.stage = _Stage.COMPLETING
            self._effects.append(CompletePart(file, message.sha256))

    def _try_again(self, coming: _Coming, otherwise: str) -> None:
        if coming.tries >= MOST_TRIES:
            self._fail(coming, otherwise)
        else:
            self._begin(coming.file, coming.tries + 1)

    def _fail(self, coming: _Coming, reason: str) -> None:
        self._end(coming)
        self._effects.append(ClosePart(coming.file))
        self._effects.append(TakeFailure(coming.file, reason))
        self._begin_files()

    def _say_unwanted(self, coming: _Coming) -> None:
        if coming.ask:
            self._say(Fetch(coming.ask, *coming.file, 0, 0))

    def _find(self, file: WantedFile, stage: _Stage) -> _Coming | None:
        coming = self._coming.get((file.attempt, file.path))
        return coming if coming and coming.file == file and coming.stage is stage else None


def _expected(coming: _Coming) -> int:
    """How many bytes of the file may arrive before anything more is said of it."""
    if coming.stage is _Stage.OPENING:
        return min(CREDIT, coming.file.size)
    return coming.granted - coming.written

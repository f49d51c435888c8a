"""How the list of output files looks. Pure."""

from __future__ import annotations

from typing import Final

from rich.text import Text

from clearq_tui.store.output_types import Listing, ListingState, OutputState, Totals
from clearq_tui.ui import amounts
from clearq_tui.ui.sources.outputs import OutputRow
from clearq_tui.ui.widgets.blocks import bar
from clearq_tui.ui.widgets.table_column import Column
from clearq_tui.ui.widgets.tones import Tone
from clearq_tui.wording import moment

_BAR: Final = 8


def state_cell(row: OutputRow) -> Text:
    """Glyph and word; of a file that comes, how far it is."""
    match row.file.state:
        case OutputState.WHOLE:
            return Text("● here", Tone.GOOD)
        case OutputState.FAILED:
            return Text("✗ failed", Tone.BAD)
        case OutputState.WANTED:
            share = row.done / row.file.size if row.file.size else 0.0
            return Text(f"◐ {share * 100:3.0f}% {bar(share, _BAR)}", Tone.BUSY)
        case OutputState.LISTED:
            return Text("○ there", Tone.DIM)


COLUMNS: Final[tuple[Column[OutputRow], ...]] = (
    Column(key="path", title="FILE", render=lambda row: row.file.path,
           least=16, ideal=40, grows=True, sort="path"),
    Column(key="size", title="SIZE", render=lambda row: amounts.size(row.file.size),
           least=5, ideal=6, align="right", sort="size", descending_first=True),
    Column(key="state", title="STATE", render=state_cell, least=15, ideal=15, sort="state"),
    Column(key="changed", title="CHANGED", render=lambda row: moment(row.file.modified / 1e9),
           least=19, ideal=19, priority=3),
    Column(
        key="reason", title="WHY", render=lambda row: Text(row.file.reason, Tone.WARNING),
        least=10, ideal=30, priority=4, grows=True,
    ),
)  # fmt: skip


def summary(totals: Totals, listing: Listing, *, is_open: bool) -> Text:
    """One line over the list: how much there is, how much of it is here, and what is not listed."""
    text = Text()
    if totals.files:
        files = "1 file" if totals.files == 1 else f"{totals.files:,} files"
        text.append(f"{files}, {amounts.size(totals.bytes)}", Tone.STRONG)
        text.append(f" · {totals.whole:,} here")
        if totals.wanted:
            text.append(
                f" · {totals.wanted:,} coming, {amounts.size(totals.wanted_bytes)}", Tone.BUSY
            )
    elif listing.state is not ListingState.WANTED:
        text.append("No output.", Tone.DIM)
    if listing.state is ListingState.WANTED:
        text.append("  asking its machine…" if totals.files else "Asking its machine…", Tone.DIM)
    elif is_open:
        text.append("  u asks its machine again", Tone.DIM)
    if listing.note:
        text.append(f"  {listing.note}", Tone.WARNING)
    return text

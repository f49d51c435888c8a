"""What an attempt has left: its files, how far each is on its way here, and keys to fetch them."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, ClassVar, Final, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container

from clearq_tui.feed.messages import FetchGrew
from clearq_tui.model import Attempt, attempt_name
from clearq_tui.operations import outputs as operations
from clearq_tui.output_places import whole_path
from clearq_tui.store import attempts, outputs
from clearq_tui.store.output_types import OutputFile
from clearq_tui.ui.output_columns import COLUMNS, summary
from clearq_tui.ui.sources.outputs import OutputRow, OutputRows
from clearq_tui.ui.tone_lines import ToneLines
from clearq_tui.ui.widgets.virtual_table import VirtualTable

if TYPE_CHECKING:
    from clearq_tui.ui.app import ClearqApp
    from clearq_tui.ui.cluster import Cluster

_EMPTY: Final = "What the task writes below $CLEARQ_OUTPUT is listed here."


class OutputView(Container):
    """The output of one attempt at a time; `show` says which."""

    DEFAULT_CSS = """
    OutputView { height: 1fr; }
    OutputView > #output-summary { height: auto; padding: 0 1; background: $panel; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "fetch", "Fetch", id="output.fetch"),
        Binding("F", "fetch_all", "Fetch all", id="output.fetch_all"),
        Binding("u", "ask", "Ask its machine", show=False, id="output.ask"),
        Binding("U", "give_up", "Want it no more", show=False, id="output.give_up"),
        Binding("y", "copy_path", "Copy its path", show=False, id="output.copy_path"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._attempt: Attempt | None = None
        self._rows: OutputRows | None = None
        self._asked: set[str] = set()

    @property
    def cluster(self) -> Cluster:
        """The store and what is live."""
        return cast("ClearqApp", self.app).cluster

    def compose(self) -> ComposeResult:
        """A line over the list, and the list."""
        yield ToneLines(id="output-summary")
        rows = OutputRows(self.cluster.store, 0, 0)
        yield VirtualTable(rows, COLUMNS, empty=_EMPTY, id="outputs")

    def on_mount(self) -> None:
        """Follow files that come."""
        self.cluster.fetched.subscribe(self, self._note_progress)

    def show(self, task: int, number: int) -> None:
        """Show what there is now of this attempt; 0: there is none yet."""
        self._attempt = attempts.get(self.cluster.store, task, number)
        if self._rows is None or (self._rows.task, self._rows.attempt) != (task, number):
            self._rows = OutputRows(self.cluster.store, task, number)
            self._table.set_source(self._rows)
        self._table.refresh_rows()
        listing = outputs.listing(self.cluster.store, task, number)
        totals = outputs.totals(self.cluster.store, task, number)
        is_open = self._attempt is not None and self._attempt.state.is_open
        text = summary(totals, listing, is_open=is_open)
        self.query_one("#output-summary", ToneLines).show([text])

    def open(self) -> None:
        """The operator looks at it: have the machine of an attempt that runs say what there is."""
        attempt = self._attempt
        if attempt is not None and attempt.state.is_open and attempt.name not in self._asked:
            self._asked.add(attempt.name)
            self.action_ask()

    # Keys

    def action_fetch(self) -> None:
        """Want the marked files, or the one under the cursor."""
        if files := self._targets():
            self._fetch(frozenset(files))

    def action_fetch_all(self) -> None:
        """Want everything that is listed."""
        self._fetch(None)

    def action_ask(self) -> None:
        """Have the machine say what there is by now."""
        if self._attempt is not None:
            name = (self._attempt.task, self._attempt.number)
            self.cluster.act(operations.ask_for_listing, *name)

    def action_give_up(self) -> None:
        """Want the marked files, or the one under the cursor, no more."""
        files = self._targets()
        if self._attempt is not None and files:
            name = (self._attempt.task, self._attempt.number)
            given_up = self.cluster.act(operations.give_up_files, *name, frozenset(files))
            if given_up is not None:
                self.cluster.say(f"{_in_words(len(given_up))} no longer wanted.")

    def action_copy_path(self) -> None:
        """Copy where the file under the cursor is, or would be, on this laptop."""
        row = self._table.cursor_row
        if row is not None:
            file = row.file
            path = whole_path(self.cluster.home, file.task, file.attempt, file.path)
            self.app.copy_to_clipboard(str(path).encode("utf-8", "replace").decode())
            self.cluster.say("Copied its path on this laptop.")

    @on(VirtualTable.RowSelected, "#outputs")
    def _fetch_selected(self) -> None:
        self.action_fetch()

    # Inside

    @property
    def _table(self) -> VirtualTable[OutputRow]:
        return self.query_one("#outputs", VirtualTable)

    def _targets(self) -> list[str]:
        return [str(key) for key in self._table.targets()]

    def _fetch(self, paths: Collection[str] | None) -> None:
        if self._attempt is None:
            return
        name = (self._attempt.task, self._attempt.number)
        asked = self.cluster.act(operations.fetch_files, *name, paths, is_here=self._is_here)
        if asked is None:
            return
        self._table.unmark()
        if asked.wanted:
            self.cluster.say(f"Fetching {_in_words(len(asked.wanted))}.")
        elif asked.here:
            self.cluster.say(f"{_in_words(len(asked.here))} here already.")

    def _is_here(self, file: OutputFile) -> bool:
        return whole_path(self.cluster.home, file.task, file.attempt, file.path).is_file()

    def _note_progress(self, grew: FetchGrew) -> None:
        rows = self._rows
        if rows is None or attempt_name(rows.task, rows.attempt) != grew["attempt"]:
            return
        rows.note_progress(grew["path"], grew["done"])
        if self.display and self.screen.is_current:
            self._table.refresh_rows()


def _in_words(count: int) -> str:
    return "1 file" if count == 1 else f"{count:,} files"

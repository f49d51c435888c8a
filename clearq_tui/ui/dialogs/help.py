"""All keys that mean something here, made from the bindings themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

_TITLES: Mapping[str, str] = {
    "app": "Everywhere",
    "screen": "Everywhere",
    "table": "Lists",
    "log": "Log",
}

_MOVING = frozenset({"Lists", "Log"})

KeyGroups = Sequence[tuple[str, Sequence[tuple[str, str]]]]
"""Title, then (keys, what they do)."""


def key_groups(screen: Screen[object]) -> KeyGroups:
    """The active keys, grouped by the first part of their bindings' ids; this view's first."""
    groups: dict[str, dict[str, list[str]]] = {}
    for active in screen.active_bindings.values():
        binding = active.binding
        if not binding.id or not binding.description:
            continue  # Textual's own
        prefix = binding.id.partition(".")[0]
        title = _TITLES.get(prefix, prefix.replace("_", " ").capitalize())
        keys = groups.setdefault(title, {}).setdefault(binding.description, [])
        keys.append(screen.app.get_key_display(binding))
    order = sorted(groups, key=lambda title: (title in _TITLES.values(), title))
    return [
        (title, [(" ".join(keys), what) for what, keys in groups[title].items()]) for title in order
    ]


class HelpDialog(ModalScreen[None]):
    """Shows groups of keys; any of its keys closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter", "dismiss", "Close", id="help.close"),
    ]

    def __init__(self, groups: KeyGroups) -> None:
        super().__init__()
        self._groups = groups

    def compose(self) -> ComposeResult:
        """What belongs to the view on the left, what moves in lists and logs on the right."""
        moving = [group for group in self._groups if group[0] in _MOVING]
        others = [group for group in self._groups if group[0] not in _MOVING]
        with VerticalScroll(classes="dialog") as box:
            box.border_title = "Keys"
            box.border_subtitle = "esc closes"
            with Container(id="keys"):
                yield Static(_table(others))
                yield Static(_table(moving))


def _table(groups: KeyGroups) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right")
    for number, (title, keys) in enumerate(groups):
        if number:
            table.add_row("", "")
        table.add_row("", Text(title, style="bold underline"))
        for shown, what in keys:
            table.add_row(Text(shown, style="bold"), Text(what))
    return table

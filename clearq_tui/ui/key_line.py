"""The lowest line: the keys that mean something now.

One widget instead of Textual's footer of many: it is rebuilt with every move of the cursor.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

_GAP: Final = 2


@dataclass(frozen=True)
class ShownKey:
    """One key: as it is shown, what it does, and what it is called when it is pressed."""

    shown: str
    does: str
    key: str

    @property
    def width(self) -> int:
        """In cells."""
        return len(self.shown) + 1 + len(self.does)


def shown_keys(screen: Screen[object]) -> list[ShownKey]:
    """The active keys that are to be shown, one for each deed; help last."""
    found: dict[str, ShownKey] = {}
    for active in screen.active_bindings.values():
        binding = active.binding
        if binding.show and active.enabled and binding.action not in found:
            shown = screen.app.get_key_display(binding)
            found[binding.action] = ShownKey(shown, binding.description, binding.key)
    return sorted(found.values(), key=lambda key: key.does == "Help")


def placed_keys(keys: Sequence[ShownKey], width: int) -> list[tuple[int, ShownKey]]:
    """The keys that fit into `width` cells with their places; the last one always stays."""
    if not keys:
        return []
    *others, last = keys
    room = width - last.width - _GAP
    placed: list[tuple[int, ShownKey]] = []
    start = 0
    for key in others:
        if start + key.width > room:
            break
        placed.append((start, key))
        start += key.width + _GAP
    return [*placed, (start, last)]


class KeyLine(Widget):
    """See the module's docstring; a click on a key presses it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"key-line--key"}
    DEFAULT_CSS = """
    KeyLine { height: 1; dock: bottom; background: $panel; padding: 0 1; }
    KeyLine > .key-line--key { color: $text-accent; text-style: bold; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._keys: list[ShownKey] = []

    def on_mount(self) -> None:
        """Follow what the keys mean."""
        self.screen.bindings_updated_signal.subscribe(self, self._follow)
        self._follow(self.screen)

    def _follow(self, screen: Screen[object]) -> None:
        if not self.is_attached or not self.screen.is_current:
            return
        keys = shown_keys(screen)
        if keys != self._keys:
            self._keys = keys
            self.refresh()

    def render_line(self, y: int) -> Strip:  # noqa: ARG002 - there is one line
        """The line."""
        width, base = self.size.width, self.rich_style
        key_style = base + self.get_component_rich_style("key-line--key", partial=True)
        return Strip(_segments(placed_keys(self._keys, width), base, key_style)).adjust_cell_length(
            width, base
        )

    async def on_click(self, event: events.Click) -> None:
        """Press the key that was clicked on."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        for start, key in placed_keys(self._keys, self.size.width):
            if start <= offset.x < start + key.width:
                self.app.simulate_key(key.key)


def _segments(
    placed: Iterable[tuple[int, ShownKey]], base: Style, key_style: Style
) -> Iterable[Segment]:
    filled = 0
    for start, key in placed:
        if start > filled:
            yield Segment(" " * (start - filled), base)
        yield Segment(key.shown, key_style)
        yield Segment(f" {key.does}", base)
        filled = start + key.width

"""What a colour means, instead of which colour it is.

A cell, a chart or a log line names a tone; the theme decides how it looks. A widget adds
`TONE_CLASSES` to its component classes and `tone_css(…)` to its default CSS, and looks tones up
with a `TonePalette`, so that every tone follows themes and `NO_COLOR`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from rich.style import Style
from textual.widget import Widget


class Tone(StrEnum):
    """The meaning of a piece of text. A tone is also a valid style name of a cell's `Text`."""

    PLAIN = "tone-plain"
    DIM = "tone-dim"
    """Secondary or stale."""
    STRONG = "tone-strong"
    GOOD = "tone-good"
    BUSY = "tone-busy"
    """Something is happening: running, preparing."""
    WARNING = "tone-warning"
    BAD = "tone-bad"
    ACCENT = "tone-accent"


TONE_CLASSES: Final[set[str]] = set(Tone)
"""The component classes, named as the tones are."""


def tone_css(widget: str) -> str:
    """The default CSS of all tones inside a widget of the given CSS type name."""
    return f"""
    {widget} > .tone-plain {{ color: $foreground; }}
    {widget} > .tone-dim {{ color: $text-muted; }}
    {widget}:ansi > .tone-dim {{ text-style: dim; }}
    {widget}:nocolor > .tone-dim {{ text-style: dim; }}
    {widget} > .tone-strong {{ color: $foreground; text-style: bold; }}
    {widget} > .tone-good {{ color: $text-success; }}
    {widget} > .tone-busy {{ color: $text-primary; }}
    {widget} > .tone-warning {{ color: $text-warning; }}
    {widget} > .tone-bad {{ color: $text-error; text-style: bold; }}
    {widget} > .tone-accent {{ color: $text-accent; }}
    """


class TonePalette:
    """Looks up styles by name for one widget; call `clear()` from its `notify_style_update`."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._styles: dict[str, Style] = {}

    def clear(self) -> None:
        """Forget all looks: the theme changed, or the focus did."""
        self._styles.clear()

    def find(self, name: str | Style) -> Style:
        """The style of a tone without a background, or of a rich style's name.

        A name that means nothing gives the empty style: a cell then looks plain.
        """
        if isinstance(name, Style):
            return name
        found = self._styles.get(name)
        if found is None:
            found = self._styles[name] = self._look_up(name)
        return found

    def _look_up(self, name: str) -> Style:
        if name in TONE_CLASSES:
            # The whole style first: only it knows what an automatic colour comes to.
            whole = self._widget.get_component_rich_style(name)
            return whole.without_color + Style(color=whole.color)
        return self._widget.app.console.get_style(name, default=Style.null())

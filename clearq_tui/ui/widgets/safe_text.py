"""The one gate for text from elsewhere into a widget (promise 8).

Names, reasons and metrics come from machines: any character may be in them. What a widget shows
of them passes `safe_line` or `safe_text`; log lines, whose colours may stay, pass `log_line.py`.
"""

from __future__ import annotations

from typing import Final

from rich.text import Span, Text

from clearq_tui.safe_text import one_line

# Joiners and variation selectors make one wide glyph of several characters, or not, as a terminal
# pleases: a table's columns can only stand in line without them.
_WIDTH_CHANGERS: Final = dict.fromkeys(map(ord, "\u200c\u200d\ufe0e\ufe0f"))


def safe_line(text: str) -> str:
    """A string as one harmless line: controls, escapes and direction marks are spelled out."""
    if text.isascii() and text.isprintable():
        return text
    return without_width_changers(one_line(text))


def without_width_changers(text: str) -> str:
    """The text without the characters whose width depends on the terminal."""
    return text if text.isascii() else text.translate(_WIDTH_CHANGERS)


def safe_text(content: str | Text) -> Text:
    """The content as one harmless line that keeps its styles where they were.

    Only the spelling of characters changes, so a span covers the same characters as before.
    """
    if isinstance(content, str):
        return Text(safe_line(content), no_wrap=True, end="")
    if content.plain.isascii() and content.plain.isprintable():
        return content
    spelled = [safe_line(character) for character in content.plain]
    starts = [0]
    for piece in spelled:
        starts.append(starts[-1] + len(piece))
    last = len(spelled)
    spans = [
        Span(starts[min(span.start, last)], starts[min(span.end, last)], span.style)
        for span in content.spans
    ]
    return Text("".join(spelled), style=content.style, spans=spans, no_wrap=True, end="")

"""The one gate for text from elsewhere into a widget (promise 8).

Names, reasons and metrics come from machines: any character may be in them. What a widget shows
of them passes `safe_line` or `safe_text`; log lines, whose colours may stay, pass `log_line.py`.
"""

from __future__ import annotations

from rich.text import Span, Text

from clearq_tui.safe_text import one_line

safe_line = one_line
"""A string as one harmless line: controls, escapes and direction marks are spelled out."""


def safe_text(content: str | Text) -> Text:
    """The content as one harmless line that keeps its styles where they were.

    Only a character's spelling changes, so a span covers the same characters as before, and
    what it covers may have become longer.
    """
    if isinstance(content, str):
        return Text(safe_line(content), no_wrap=True, end="")
    if content.plain.isprintable():
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

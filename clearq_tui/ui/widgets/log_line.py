"""One line of a log as harmless styled text (promise 8)."""

from __future__ import annotations

from typing import Final

from rich.ansi import AnsiDecoder
from rich.style import Style
from rich.text import Span, Text

from clearq_tui.safe_text import LogFilter
from clearq_tui.ui.widgets.safe_text import without_width_changers

LONGEST: Final = 4096
"""Characters of a line that are shown."""

_ESCAPE: Final = "\x1b"
# Text must be visible and stand still, whatever the log wants.
_NOTHING_HIDDEN: Final = Style(conceal=False, blink=False, blink2=False)


def last_state(raw: bytes) -> bytes:
    """What a terminal would show of a line that a progress bar rewrote with carriage returns."""
    if b"\r" not in raw:
        return raw
    states = [state for state in raw.split(b"\r") if state]
    return states[-1] if states else b""


def log_text(raw: bytes) -> Text:
    """The line, without its line end, as text with the colours it asked for and nothing else.

    Colours and weights (SGR) become styles; other escapes are removed, other controls spelled
    out, invalid UTF-8 replaced, tabs widened, and what is longer than `LONGEST` characters cut
    with a note of how many bytes are missing.
    """
    shown = last_state(raw)
    # Four bytes a character at most, and room for colours; the rest need not be decoded.
    text = _styled(shown[: LONGEST * 8])
    if "\t" in text.plain:
        text.expand_tabs(8)
    if len(text.plain) > LONGEST or len(shown) > LONGEST * 8:
        kept = text[:LONGEST]
        missing = max(1, len(shown) - len(kept.plain.encode()))
        return kept.append(f" … {missing:,} bytes more", "tone-dim")
    return text


def _styled(shown: bytes) -> Text:
    line = LogFilter(colour=True)
    safe = without_width_changers(line.feed(shown) + line.finish())
    if _ESCAPE not in safe:
        return Text(safe, no_wrap=True, end="")
    plain, _, reset = safe.rpartition(_ESCAPE)
    if _ESCAPE not in plain and reset == "[0m":
        return Text(plain, no_wrap=True, end="")
    decoded = AnsiDecoder().decode_line(safe)
    return Text(
        decoded.plain,
        spans=[Span(span.start, span.end, _visible(span.style)) for span in decoded.spans],
        no_wrap=True,
        end="",
    )


def _visible(style: str | Style) -> Style:
    return _NOTHING_HIDDEN if isinstance(style, str) else style + _NOTHING_HIDDEN


def line_without_end(line: bytes) -> bytes:
    r"""The line without the `\n` or `\r\n` at its end."""
    return line.removesuffix(b"\n").removesuffix(b"\r")

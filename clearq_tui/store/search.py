"""What the operator types into a filter, as an expression of SQLite's full-text search."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W_]+")


def match_expression(text: str) -> str:
    """All words of `text`, each as the beginning of a word; words end where letters and digits do.

    A text without letters or digits matches nothing.
    """
    words = _WORD.findall(text)
    return " ".join(f'"{word}"*' for word in words) if words else '""'

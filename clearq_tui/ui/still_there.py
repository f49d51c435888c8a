"""What a worker asks behind each `await`, before it touches what is on the screen."""

from __future__ import annotations

from textual.widget import Widget


def is_there(widget: Widget) -> bool:
    """Whether a widget has all its children still.

    A screen that is left loses its widgets one by one, and only then are its workers cancelled:
    one that wakes up in between would ask for widgets that are gone.
    """
    # A screen is never hidden by a style: it is "not displayed" from when it begins to close.
    return widget.is_attached and bool(widget.screen.display)

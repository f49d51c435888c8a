"""clearq's own colours, dark and light; any theme of Textual's may be chosen instead."""

from __future__ import annotations

from textual.theme import Theme

CLEARQ_DARK = Theme(
    name="clearq-dark",
    primary="#6cb6ff",
    secondary="#8ddb8c",
    accent="#f69d50",
    foreground="#d4dae3",
    background="#10141b",
    surface="#171c26",
    panel="#212835",
    success="#6bc46d",
    warning="#daaa3f",
    error="#f47067",
    dark=True,
    variables={"footer-key-foreground": "#f69d50", "border": "#3a4456"},
)

CLEARQ_LIGHT = Theme(
    name="clearq-light",
    primary="#0969da",
    secondary="#1a7f37",
    accent="#bc4c00",
    foreground="#1f2328",
    background="#ffffff",
    surface="#f6f8fa",
    panel="#e4e8ee",
    success="#1a7f37",
    warning="#8a6100",
    error="#cf222e",
    dark=False,
    variables={"footer-key-foreground": "#bc4c00", "border": "#b6bec8"},
)

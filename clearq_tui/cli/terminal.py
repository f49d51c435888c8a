"""What the operator reads: tables, JSON, warnings; plain where nobody sits at a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Final, TextIO

import click

from clearq_tui.cli.columns import Column, join, lay_out
from clearq_tui.safe_text import one_line

STATE_COLOUR: Final = {
    "running": "green",
    "online": "green",
    "completed": "cyan",
    "failed": "red",
    "lost": "red",
    "aborted": "yellow",
    "host-key": "yellow",
    "preparing": "blue",
    "leased": "blue",
    "connecting": "blue",
    "installing": "blue",
    "offline": "red",
}


def is_terminal(stream: TextIO | None = None) -> bool:
    """Whether somebody reads the stream (stdout) on a terminal."""
    return (stream or sys.stdout).isatty()


def has_colour() -> bool:
    """Whether stdout may be coloured: a terminal, and nobody said NO_COLOR."""
    return is_terminal() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def width() -> int | None:
    """The terminal's columns; None where stdout is none and lines are never cut."""
    if not is_terminal():
        return None
    import shutil

    return shutil.get_terminal_size().columns


def say(line: str = "") -> None:
    """One line on stdout, unable to act on the terminal."""
    sys.stdout.write(one_line(line) + "\n")


def warn(sentence: str) -> None:
    """One line on stderr that does not stop the command."""
    click.echo(f"clearq: {one_line(sentence)}", err=True)


def show_table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    """Rows under their titles, states in colour on a terminal."""
    coloured = has_colour()
    for number, cells in enumerate(lay_out(columns, rows, width())):
        if coloured:
            cells = [_painted(cell, title=number == 0) for cell in cells]  # noqa: PLW2901
        sys.stdout.write(join(cells).rstrip() + "\n")


def show_facts(facts: Sequence[tuple[str, str]]) -> None:
    """Name and value, one pair a line; empty values are left out."""
    widest = max(len(name) for name, _ in facts)
    for name, value in facts:
        if value:
            say(f"{name:<{widest}}  {value}")


def show_json(document: object) -> None:
    """One JSON document, keys in the documented order, nothing but ASCII."""
    import json

    sys.stdout.write(json.dumps(document, indent=2) + "\n")


def _painted(cell: str, *, title: bool) -> str:
    if title:
        return click.style(cell, bold=True)
    colour = STATE_COLOUR.get(cell.strip())
    return click.style(cell, fg=colour) if colour else cell

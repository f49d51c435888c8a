"""Asks for what nobody may see, with echo off."""

from __future__ import annotations

import os
import sys

from clearq_tui.model import Refused


def can_ask() -> bool:
    """Whether somebody sits at a terminal who can be asked."""
    return sys.stdin.isatty() or (sys.stderr.isatty() and _has_terminal())


def ask_hidden(prompt: str) -> str:
    """What is typed at the terminal, wherever standard input comes from.

    Raises:
        Refused: there is no terminal.
    """
    from getpass import getpass  # only for whoever is asked

    if not can_ask():
        raise Refused(f"There is no terminal on which to ask for: {prompt}.")
    return getpass(f"{prompt}: ")


def ask_hidden_twice(prompt: str) -> str:
    """The same, typed twice.

    Raises:
        Refused: there is no terminal, or it was not typed alike.
    """
    typed = ask_hidden(prompt)
    if ask_hidden(f"{prompt}, again") != typed:
        raise Refused("These two are not the same; nothing was changed.")
    return typed


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True

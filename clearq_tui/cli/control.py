"""`clearq`, `clearq up`, `down`, `demo`: starting and stopping what runs."""

from __future__ import annotations

import os
import signal
import time
from typing import Final

import click

from clearq_tui import feed
from clearq_tui.cli.command_types import command
from clearq_tui.cli.exit_codes import ExitCode
from clearq_tui.cli.terminal import is_terminal, say, warn
from clearq_tui.model import ClearqError, Refused
from clearq_tui.paths import Home, home_from_environment

_PAUSE: Final = 0.02


def open_interface() -> None:
    """Open the terminal interface.

    Raises:
        Refused: nobody sits at a terminal.
    """
    if not is_terminal():
        raise Refused("The interface needs a terminal; `clearq status` and the lists do not.")
    home = home_from_environment()
    home.create()
    from clearq_tui.ui.app import run

    run(home)


@command("up", ExitCode.REFUSED)
def up() -> None:
    """Run the controller in the foreground, for systemd or tmux.

    It connects the machines and hands out tasks until it is interrupted or `clearq down` stops
    it. Machines carry on without it.
    """
    home = home_from_environment()
    home.create()
    if pid := feed.controller_pid(home):
        raise Refused(f"Process {pid} is the controller already; `clearq down` stops it.")
    from clearq_tui.controller.main import run

    run(home)


@command("down")
@click.option("--wait", "seconds", default=10.0, show_default=True, help="Seconds until giving up.")
def down(seconds: float) -> None:
    """Stop the controller. Machines and running tasks carry on."""
    home = home_from_environment()
    pid = feed.controller_pid(home)
    if pid is None:
        warn("No controller runs.")
        return
    if not feed.stop(home):
        os.kill(pid, signal.SIGTERM)
    _wait_until_gone(home, pid, seconds)
    say(f"Stopped the controller, process {pid}.")


def _wait_until_gone(home: Home, pid: int, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while feed.controller_pid(home) == pid:
        if time.monotonic() > deadline:
            raise ClearqError(f"Process {pid} has not left within {seconds:g} s; it is asked to.")
        time.sleep(_PAUSE)


@command("demo")
def demo() -> None:
    """Try clearq on embedded machines, in a home of their own."""
    from clearq_tui.demo.main import run

    run()

"""`clearq demo`: the interface on a throw-away home with embedded machines."""

from __future__ import annotations

import os
import sys
import time

from clearq_tui.demo.machines import EmbeddedMachines
from clearq_tui.demo.sample_cluster import MACHINES, fill
from clearq_tui.model import Refused
from clearq_tui.paths import Home
from clearq_tui.store import Store


def run() -> None:
    """Show clearq at work; when the operator leaves, all of it is ended and removed.

    Raises:
        Refused: nobody sits at a terminal.
        ClearqError: the machines do not start, or something of them does not end.
    """
    if not (sys.stdout.isatty() and sys.stdin.isatty()):
        raise Refused("The demo is the interface, which needs a terminal.")
    with EmbeddedMachines(tuple(MACHINES)) as machines:
        home = prepare_home(machines)
        # The controller, which the interface starts, and all else that it starts, inherit these.
        os.environ.update(machines.marked_environment)
        from clearq_tui.ui.app import run as open_interface

        open_interface(home)


def prepare_home(machines: EmbeddedMachines) -> Home:
    """A home beside the machines that knows their keys and is full of sample tasks."""
    home = Home(machines.place / "home")
    home.create()
    machines.trust(home.known_hosts)
    with Store.open(home.database) as store:
        fill(store, home, machines.place / "project", now=time.time())
    return home

"""Having a machine say what an attempt has left, and waiting for that."""

from __future__ import annotations

import time
from math import inf

from clearq_tui.cli.session import Session
from clearq_tui.cli.terminal import warn
from clearq_tui.cli.waiting import until
from clearq_tui.model import Attempt, LinkState
from clearq_tui.operations import outputs as operations
from clearq_tui.store import machines, outputs
from clearq_tui.store.output_types import Listing, ListingState


def current_listing(session: Session, attempt: Attempt, seconds: float = inf) -> Listing:
    """The listing, brought up to date where there may be news.

    Waits for the machine up to so many seconds, and says so when that is in vain or takes long
    because the machine is not there.

    Raises:
        Refused: there may be news, and the machine was removed.
    """
    store, name = session.store, (attempt.task, attempt.number)
    known = outputs.listing(store, *name)
    if attempt.state.is_open:
        operations.ask_for_listing(store, *name, now=time.time())
    elif known.state is not ListingState.WANTED:
        return known
    session.tell_controller(start=True)

    def told() -> Listing | None:
        now = outputs.listing(store, *name)
        return None if now.state is ListingState.WANTED else now

    try:
        return until(store, told, min(seconds, 1.0))
    except TimeoutError:
        say_if_away(session, attempt)
    try:
        return until(store, told, seconds)
    except TimeoutError:
        warn("The machine has not answered; what follows is what it said last.")
        return known


def say_if_away(session: Session, attempt: Attempt) -> None:
    """A word about a machine that does not answer just now."""
    machine = machines.by_id(session.store, attempt.machine)
    if machine is not None and machine.link is not LinkState.ONLINE:
        why = f" ({machine.link_reason.rstrip('.')})" if machine.link_reason else ""
        warn(f"{machine.name} is {machine.link.value}{why}; waiting for it.")

"""Following a machine's link until it stands, or until somebody has to do something about it."""

from __future__ import annotations

import sys
import time

import click

from clearq_tui import feed
from clearq_tui.cli import host_key
from clearq_tui.cli.exit_codes import ExitCode
from clearq_tui.cli.session import Session
from clearq_tui.cli.terminal import is_terminal, say, warn
from clearq_tui.cli.waiting import until
from clearq_tui.model import ClearqError, LinkState, Machine
from clearq_tui.operations import finding

_SETTLED = frozenset({LinkState.ONLINE, LinkState.OFFLINE, LinkState.FAILED, LinkState.HOST_KEY})


def follow(session: Session, name: str, seconds: float) -> ExitCode:
    """Follow the link of the machine; on the way ask about an unknown host key.

    Raises:
        ClearqError: the link failed, or does not stand after `seconds`.
    """
    feed.start_controller(session.home)
    before: Machine | None = None
    while True:
        machine = _settled(session, name, before, seconds)
        if machine.link is LinkState.ONLINE:
            say(f"{name} is online.")
            return ExitCode.OK
        if machine.link is not LinkState.HOST_KEY:
            raise ClearqError(f"{name} is {machine.link.value}: {machine.link_reason}")
        if not _accepted(session, machine):
            return ExitCode.HOST_KEY
        before = finding.machine(session.store, name)


def _settled(session: Session, name: str, before: Machine | None, seconds: float) -> Machine:
    """The machine once its link has settled in another way than `before`."""
    shown: set[LinkState] = set()

    def look() -> Machine | None:
        machine = finding.machine(session.store, name)
        if before is not None and _link(machine) == _link(before):
            return None
        if machine.link in _SETTLED:
            return machine
        if machine.link is not LinkState.NEVER and machine.link not in shown:
            shown.add(machine.link)
            warn(f"{name}: {machine.link.value} {machine.link_reason}".rstrip())
        return None

    try:
        return until(session.store, look, seconds)
    except TimeoutError:
        raise ClearqError(
            f"{name} is not online after {seconds:g} s; the controller goes on trying. "
            f"`clearq machine show {name}` says how it stands."
        ) from None


def _link(machine: Machine) -> tuple[LinkState, str, float | None]:
    return machine.link, machine.link_reason, machine.link_since


def _accepted(session: Session, machine: Machine) -> bool:
    key = host_key.pending_key(machine)
    question = host_key.question(machine, key)
    if not (is_terminal(sys.stdin) and is_terminal(sys.stderr)):
        warn(f"{question} Compare it, then accept it: clearq machine trust {machine.name}")
        return False
    warn(question)
    if not click.confirm("Is that the fingerprint of the machine's key?", err=True):
        warn(f"Not accepted. {machine.name} stays registered; `clearq machine trust` accepts.")
        return False
    host_key.accept(session, machine, time.time())
    return True

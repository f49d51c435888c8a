"""Keeps one machine linked: connects, brings its agent there, converses, waits, begins again."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clearq_tui.controller.back_off import count_failures, next_delay
from clearq_tui.controller.desk import Arrived, Desk, Wanted
from clearq_tui.controller.leases.maker import LeaseMaker
from clearq_tui.controller.output_keeper import OutputKeeper
from clearq_tui.controller.secret_bringer import SecretBringer
from clearq_tui.fleet.agent_door import AgentDoor, Entered
from clearq_tui.fleet.bootstrap import BootstrapFailed, BootstrapInterrupted
from clearq_tui.fleet.destination import BadDestination
from clearq_tui.fleet.failures import (
    AuthenticationFailed,
    BadConfiguration,
    HostKeyFailed,
    OfferedHostKey,
    UnknownHostKey,
)
from clearq_tui.fleet.link import Link, LinkEnded
from clearq_tui.fleet.output_effects import OutputEffect
from clearq_tui.model import ClearqError, LinkState, Machine
from remote_agent.messages import Event, Uninstall, Upgrade, Welcome
from remote_agent.records import ENDED, STARTED

UNTIL_CHANGED = 60.0
"""Seconds after which a machine that needs the operator is looked at again all the same."""


@dataclass(frozen=True)
class _Pause:
    """What a link that ended, or never came to be, leaves behind."""

    state: LinkState
    reason: str
    host_key: OfferedHostKey | None = None
    at_once: bool = False

    @property
    def needs_operator(self) -> bool:
        return self.state in (LinkState.FAILED, LinkState.HOST_KEY)


class MachineLoop:
    """One machine's side of the controller; the owner of its link."""

    def __init__(self, machine: Machine, desk: Desk, door: AgentDoor) -> None:
        self._machine = machine
        self._desk = desk
        self._door = door
        self._outputs = OutputKeeper(desk.home, machine.id, desk.outputs)
        self._link: Link | None = None
        self._welcome: Welcome | None = None
        self._stands_since: float | None = None
        self._asks_for_key = False
        self._entered: Entered | None = None
        self._leases = LeaseMaker(desk)
        self._secrets = SecretBringer(desk, machine.id)
        self._upgrading = False
        self._uninstalling = False
        self._uninstalled = False
        self._wake = asyncio.Event()
        self._background: set[asyncio.Task[None]] = set()

    @property
    def is_online(self) -> bool:
        """The agent is there and listens."""
        return self._link is not None and self._welcome is not None

    @property
    def takes_leases(self) -> bool:
        """The agent may be given new attempts."""
        return self.is_online and not self._machine.removing

    async def run(self) -> None:
        """Keep the machine linked until cancelled."""
        failures = 0
        while True:
            self._stands_since = None
            self._asks_for_key = self._upgrading = False
            pause = await self._one_link()
            failures = count_failures(failures, self._stood())
            if self._uninstalled:
                self._desk.removed(self._machine.id)
                return
            if pause.host_key is not None:
                self._desk.ask_about_host_key(self._machine.id, pause.host_key)
                self._asks_for_key = True
            else:
                self._desk.set_link(self._machine.id, pause.state, pause.reason)
            if not pause.at_once:
                await self._rest(pause, failures)

    def _stood(self) -> float | None:
        """For how many seconds the agent was there; None: it never was."""
        return None if self._stands_since is None else time.monotonic() - self._stands_since

    def update(self, machine: Machine) -> None:
        """The store's row of the machine may have changed; how to reach it is looked at again."""
        reached_otherwise = _way_to(machine) != _way_to(self._machine)
        accepted = self._asks_for_key and not machine.host_key
        # Only the operator puts a machine back to the beginning: it is to be tried at once.
        asked_again = machine.link is LinkState.NEVER
        self._machine = machine
        if reached_otherwise and self._link is not None:
            self._link.end("The way to the machine was changed.")
        if reached_otherwise or accepted or asked_again:
            self._wake.set()

    def desire(self, wanted: Wanted) -> None:
        """Tell the agent what the store wants of it now; when that is nothing any more, to go."""
        self._leases.keep_only({view.name for view in wanted.attempts if view.wants_lease})
        if self._link is None or self._welcome is None:
            return
        self._link.desire(wanted.attempts, wanted.slots)
        if self._machine.removing and not wanted.attempts:
            self._uninstalling = True
            self._link.say(Uninstall())

    def want_outputs(self) -> None:
        """Tell the agent what the store wants of its outputs now."""
        if self._link is not None and self._welcome is not None:
            self._link.want_outputs(self._desk.outputs.wishes(self._machine.id))

    # One link

    async def _one_link(self) -> _Pause:
        self._desk.set_link(self._machine.id, LinkState.CONNECTING, "")
        try:
            async with self._door.enter(
                self._machine, self._desk.agent(self._machine.id), installing=self._installing
            ) as there:
                self._entered = there
                opening = self._desk.open(self._machine.id, self._door.build)
                self._link = Link(there.stream, opening, self)
                return self._after(await self._link.run())
        except (ClearqError, OSError) as error:
            return _failed(error)
        finally:
            was_online = self.is_online
            self._link = self._welcome = self._entered = None
            self._outputs.link_ended()
            self._secrets.link_is(None)
            if was_online:
                self._desk.changed()

    def _installing(self) -> None:
        self._desk.set_link(self._machine.id, LinkState.INSTALLING, "")

    def _after(self, ended: LinkEnded) -> _Pause:
        self._uninstalled = self._uninstalling and not ended.final
        state = LinkState.FAILED if ended.final else LinkState.OFFLINE
        # An agent that becomes another build closes its links, and is there again in a moment.
        return _Pause(state, ended.reason, at_once=self._upgrading and not ended.final)

    async def _rest(self, pause: _Pause, failures: int) -> None:
        delay = next_delay(failures, random.random())  # noqa: S311 - spreads retries, hides nothing
        self._wake.clear()
        try:
            async with asyncio.timeout(UNTIL_CHANGED if pause.needs_operator else delay):
                await self._wake.wait()
        except TimeoutError:
            return

    # What the link asks of its owner

    def welcomed(self, welcome: Welcome, *, journal_replaced: bool) -> None:
        """See `LinkOwner.welcomed`."""
        assert self._link is not None
        assert self._entered is not None
        self._welcome = welcome
        self._stands_since = time.monotonic()
        self._leases.welcomed(welcome)
        self._secrets.link_is(self._link)
        self._desk.welcomed(
            self._machine.id, welcome, self._entered, journal_replaced=journal_replaced
        )
        if welcome.build != self._door.build:
            self._in_background(self._upgrade(self._link))
        self.desire(self._desk.wanted_of(self._machine.id))
        self.want_outputs()

    def build_lease(self, attempt: str) -> None:
        """See `LinkOwner.build_lease`."""
        assert self._link is not None
        self._leases.make(self._link, self._machine, attempt)

    def bring_secrets(self, attempt: str) -> None:
        """See `LinkOwner.bring_secrets`."""
        self._secrets.bring(attempt)

    def look_for_secrets(self) -> None:
        """Secrets that could not be read perhaps can be now."""
        self._secrets.look_again()

    def take_events(self, journal: str, events: tuple[Event, ...]) -> None:
        """See `LinkOwner.take_events`."""
        assert self._link is not None
        self._desk.take_events(Arrived(self._machine.id, journal, events, self._link))
        for event in events:
            if event.kind in (STARTED, ENDED):
                self._leases.note(event)

    def write_stream(
        self, attempt: str, stream: str, offset: int, data: bytes, *, last: bool
    ) -> None:
        """See `LinkOwner.write_stream`."""
        self._desk.write_stream(self._machine.id, attempt, stream, offset, data, last=last)

    def show(self, sample: Mapping[str, Any]) -> None:
        """See `LinkOwner.show`."""
        self._desk.show(self._machine.id, sample)

    def act_on_outputs(self, effect: OutputEffect) -> None:
        """See `LinkOwner.act_on_outputs`."""
        assert self._link is not None
        self._outputs.act(self._link, effect)

    def blob_path(self, sha256: str) -> Path | None:
        """See `LinkOwner.blob_path`."""
        return self._desk.blob_path(sha256)

    # What takes longer

    async def _upgrade(self, link: Link) -> None:
        """Put the new agent beside the running one, then let that one go on as the new one."""
        assert self._entered is not None
        try:
            directory = await self._door.install(self._machine, self._entered)
        except (ClearqError, OSError) as error:
            if self._link is link:
                reason = f"The agent could not be upgraded: {error}"
                self._desk.set_link(self._machine.id, LinkState.ONLINE, reason)
            return
        if self._link is link:
            self._upgrading = True
            link.say(Upgrade(directory))

    def _in_background(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)


def _way_to(machine: Machine) -> tuple[object, ...]:
    """Everything that decides how the machine is reached."""
    return (
        machine.target,
        machine.transport,
        machine.user,
        machine.port,
        machine.identity,
        machine.jump,
        machine.interpreter,
    )


_FOR_THE_OPERATOR = (
    AuthenticationFailed,
    BadConfiguration,
    BadDestination,
    BootstrapFailed,
    HostKeyFailed,
)
"""Failures that trying again soon would only repeat."""


def _failed(error: Exception) -> _Pause:
    """What a failure to get a link means for the next try."""
    if isinstance(error, UnknownHostKey):
        return _Pause(LinkState.HOST_KEY, str(error), error.key)
    if isinstance(error, _FOR_THE_OPERATOR) and not isinstance(error, BootstrapInterrupted):
        return _Pause(LinkState.FAILED, str(error))
    return _Pause(LinkState.OFFLINE, str(error) or type(error).__name__)

"""The way in to a machine's agent: its socket where that is open, a bootstrap where it is not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clearq_tui.fleet.bootstrap import BootstrapRequest, bootstrap, install
from clearq_tui.fleet.destination import destination_of
from clearq_tui.fleet.payload import Payloads
from clearq_tui.fleet.ssh_settings import Surroundings
from clearq_tui.fleet.transports.base import ByteStream, StreamRefused, Transport
from clearq_tui.fleet.transports.bastions import Bastions
from clearq_tui.fleet.transports.connect import connect
from clearq_tui.model import AgentRecord, Machine
from clearq_tui.paths import Home

if TYPE_CHECKING:
    from clearq_tui.fleet.transports.asyncssh_transport import AsyncsshBastions


@dataclass(frozen=True)
class Entered:
    """A stream on which the next bytes, either way, are frames."""

    transport: Transport
    stream: ByteStream
    socket_path: str
    python: str


class AgentDoor:
    """Knows how machines are reached and what is pushed to them; bastions are shared by all."""

    def __init__(self, surroundings: Surroundings, home: Home, store: str) -> None:
        self._surroundings = surroundings
        self._store = store
        self._payloads = Payloads(home.wheels)
        self._bastions: AsyncsshBastions = Bastions()

    @property
    def build(self) -> str:
        """The agent that this laptop would push."""
        return self._payloads.build

    @asynccontextmanager
    async def enter(
        self,
        machine: Machine,
        record: AgentRecord,
        *,
        installing: Callable[[], None] = lambda: None,
    ) -> AsyncIterator[Entered]:
        """Connect, and be attached to the agent, pushed and started first where it is missing.

        `installing` is called where a machine that is new lets us in and gets its agent.

        Raises:
            ConnectFailed: no connection.
            BootstrapFailed: the agent cannot work there.
            StreamRefused: the machine starts no command.
            BadDestination: the store's row makes no sense.
        """
        transport = await connect(destination_of(machine), self._surroundings, self._bastions)
        try:
            if not record.socket_path:
                installing()
            yield await self._attach(transport, machine, record)
        finally:
            await transport.close()

    async def install(self, machine: Machine, entered: Entered) -> str:
        """Put the agent beside the running one, and return its directory.

        Raises:
            BootstrapFailed: the agent cannot be put there.
            StreamRefused: the machine starts no command.
        """
        request = self._request(machine, entered.python)
        installed = await install(entered.transport, self._payloads.payload_for, request)
        return installed.directory

    async def _attach(self, transport: Transport, machine: Machine, record: AgentRecord) -> Entered:
        if record.socket_path:
            try:
                stream = await transport.open_socket(record.socket_path)
            except StreamRefused:
                pass  # no daemon there, or forwarding is forbidden: the next way tells which
            else:
                return Entered(transport, stream, record.socket_path, record.python)
        request = self._request(machine, record.python)
        installed = await bootstrap(transport, self._payloads.payload_for, request)
        return Entered(transport, installed.stream, installed.socket_path, installed.python)

    def _request(self, machine: Machine, remembered: str) -> BootstrapRequest:
        return BootstrapRequest(
            store=self._store,
            build=self._payloads.build,
            python=machine.interpreter or "",
            remembered_python=remembered,
        )

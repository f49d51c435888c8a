"""From a destination to a live transport, whichever kind it asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clearq_tui.fleet.destination import Destination
from clearq_tui.fleet.ssh_settings import Surroundings
from clearq_tui.fleet.transports.base import Transport
from clearq_tui.fleet.transports.bastions import Bastions

if TYPE_CHECKING:
    from clearq_tui.fleet.transports.asyncssh_transport import AsyncsshBastions


async def connect(
    destination: Destination,
    surroundings: Surroundings,
    bastions: AsyncsshBastions | None = None,
) -> Transport:
    """Connect to a machine. Give the same `bastions` to all calls, so that they are shared.

    Raises:
        ConnectFailed: one of its kinds, with a sentence for the operator.
    """
    if destination.transport == "local":
        from clearq_tui.fleet.transports.local_transport import LocalTransport

        return LocalTransport()
    if destination.transport == "openssh":
        from clearq_tui.fleet.transports.openssh_transport import connect_openssh

        return await connect_openssh(destination, surroundings)
    from clearq_tui.fleet.transports.asyncssh_transport import connect_asyncssh

    return await connect_asyncssh(
        destination, surroundings, bastions if bastions is not None else Bastions()
    )

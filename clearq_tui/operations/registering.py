"""From what the operator typed to a machine that can be registered."""

from __future__ import annotations

from clearq_tui.model import Refused
from clearq_tui.operations.machines import NewMachine


def machine_from(
    target: str,
    *,
    name: str = "",
    identity: str = "",
    jump: str = "",
    interpreter: str = "",
    transport: str = "asyncssh",
) -> NewMachine:
    """Check how a machine is to be reached; without a name it is called like its host.

    Raises:
        Refused: a part is malformed; the sentence says which.
    """
    from clearq_tui.fleet.destination import BadDestination, parse_destination

    try:
        there = parse_destination(
            target.strip(), identity=identity or None, jump=jump or None, transport=transport
        )
    except BadDestination as error:
        raise Refused(str(error)) from error
    return NewMachine(
        name=name.strip() or there.host,
        target=target.strip(),
        transport=transport,
        identity=identity or None,
        jump=jump or None,
        interpreter=interpreter or None,
    )

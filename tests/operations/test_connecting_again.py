"""A machine that waits for the operator is tried again at once when they have done their part."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import pytest

from clearq_tui.controller.desk import Desk
from clearq_tui.controller.machine_loop import MachineLoop
from clearq_tui.fleet.agent_door import AgentDoor, Entered
from clearq_tui.fleet.failures import AuthenticationFailed, OfferedHostKey, UnknownHostKey
from clearq_tui.model import AgentRecord, ClearqError, LinkState, Machine, Refused
from clearq_tui.operations import links
from clearq_tui.operations.host_keys import accept_host_key
from clearq_tui.operations.machines import NewMachine, add_machine, reconnect
from clearq_tui.paths import Home
from clearq_tui.store import Store, machines
from tests.store.fresh import fresh_store

_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIH4UgqP2rVzuZ1pXOd5lAbUG5o2IoK2yXHfLhVY5M1fW"
_OFFERED = OfferedHostKey("gpu1", 22, "ssh-ed25519", "SHA256:x", _KEY)


class ClosedDoor:
    """Lets nobody in, and counts who came."""

    build = "b"

    def __init__(self, failure: ClearqError) -> None:
        self.failure = failure
        self.tries = 0

    @asynccontextmanager
    async def enter(
        self, machine: Machine, record: AgentRecord, *, installing: Callable[[], None]
    ) -> AsyncIterator[Entered]:
        self.tries += 1
        raise self.failure
        yield  # type: ignore[unreachable] # what makes it a generator


async def reached(true: Callable[[], bool]) -> None:
    """Wait until something is true."""
    async with asyncio.timeout(30):
        while not true():  # noqa: ASYNC110 - what is waited for is in a store
            await asyncio.sleep(0.005)


@asynccontextmanager
async def looping(
    store: Store, home: Home, failure: ClearqError
) -> AsyncIterator[tuple[MachineLoop, ClosedDoor]]:
    """The loop of `gpu1` before a door that stays closed."""
    add_machine(store, NewMachine("gpu1", "gpu1"), now=1.0)
    door = ClosedDoor(failure)
    desk = Desk(store, home, changed=lambda *_, **__: None, tell=lambda _: None)
    loop = MachineLoop(present(store), desk, cast(AgentDoor, door))
    running = asyncio.create_task(loop.run())
    try:
        await reached(lambda: present(store).link not in (LinkState.NEVER, LinkState.CONNECTING))
        yield loop, door
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def present(store: Store) -> Machine:
    """`gpu1` as the store has it."""
    found = machines.by_name(store, "gpu1")
    assert found is not None
    return found


async def test_an_accepted_key_is_tried_at_once(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with fresh_store() as store:
        async with looping(store, home, UnknownHostKey(_OFFERED)) as (loop, door):
            assert present(store).link is LinkState.HOST_KEY
            # The loop hears of nothing until the operator has acted: its own question changed the
            # store, and that alone makes nobody read it again.
            assert door.tries == 1
            accept_host_key(store, "gpu1", home, compared="SHA256:x", now=2.0)
            loop.update(present(store))
            await reached(lambda: door.tries == 2)
    assert home.known_hosts.read_text() == f"gpu1 {_KEY}\n"


async def test_reconnect_tries_at_once_what_waits_for_the_operator(tmp_path: Path) -> None:
    with fresh_store() as store:
        async with looping(store, Home(tmp_path), AuthenticationFailed("No.")) as (loop, door):
            assert present(store).link is LinkState.FAILED
            reconnect(store, "gpu1", now=2.0)
            loop.update(present(store))
            await reached(lambda: door.tries == 2)


def test_reconnect_leaves_alone_what_is_online_or_asks(tmp_path: Path) -> None:
    with fresh_store() as store:
        add_machine(store, NewMachine("gpu1", "gpu1"), now=1.0)
        links.set_link(store, present(store).id, LinkState.ONLINE, now=2.0)
        with pytest.raises(Refused, match="is online already"):
            reconnect(store, "gpu1", now=3.0)
        links.set_host_key(store, present(store).id, json.dumps({"line": "x"}), now=4.0)
        with pytest.raises(Refused, match="accept its host key"):
            reconnect(store, "gpu1", now=5.0)


def test_only_the_key_that_was_compared_is_accepted(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with fresh_store() as store:
        add_machine(store, NewMachine("gpu1", "gpu1"), now=1.0)
        waiting = {"host": "gpu1", "port": 22, "public_key": _KEY, "fingerprint": "SHA256:y"}
        links.set_host_key(store, present(store).id, json.dumps(waiting), now=2.0)
        with pytest.raises(Refused, match="another key meanwhile: SHA256:y"):
            accept_host_key(store, "gpu1", home, compared="SHA256:x", now=3.0)
        assert not home.known_hosts.exists()
        assert present(store).link is LinkState.HOST_KEY

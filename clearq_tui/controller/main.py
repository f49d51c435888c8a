"""Starts a controller: takes the store's lock, opens the store, reconciles until told to stop."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import time

from clearq_tui.controller.controller import Controller
from clearq_tui.fleet.agent_door import AgentDoor
from clearq_tui.fleet.ssh_settings import surroundings_of_operator
from clearq_tui.operations.first_start import prepare_first_start
from clearq_tui.paths import Home
from clearq_tui.store import Store
from clearq_tui.store.lock import ControllerLock
from remote_agent.core_dumps import forbid_core_dumps


def run(home: Home) -> None:
    """Be the controller of the store in `home`, in the foreground, until SIGTERM, ^C or `down`.

    Raises:
        Refused: another controller holds the store; the sentence names its pid.
        StoreError: the store cannot be opened.
        OSError: the home cannot be written.
    """
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)
    # It would log every command whole, the agent's first stage included, at each reconnect.
    logging.getLogger("asyncssh").setLevel(logging.WARNING)
    forbid_core_dumps()  # the key of the operator's secrets may come to be in memory
    home.create()
    with ControllerLock(home.lock), Store.open(home.database) as store:
        prepare_first_start(store, now=time.time())
        asyncio.run(_reconcile(store, home))


async def _reconcile(store: Store, home: Home) -> None:
    surroundings = surroundings_of_operator(home.known_hosts)
    controller = Controller(store, home, AgentDoor(surroundings, home, store.identity))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, controller.stop)
    # What is loaded by now stays: spare the collector from looking at it again and again.
    gc.freeze()
    await controller.run()

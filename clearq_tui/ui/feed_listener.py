"""Listens to the controller for as long as the interface is open, and starts one where none is."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from clearq_tui import feed
from clearq_tui.feed.messages import Notice
from clearq_tui.model import ClearqError
from clearq_tui.ui.cluster import Cluster
from clearq_tui.ui.controller_state import ControllerPhase, ControllerState

_FIRST_PAUSE: Final = 0.25
_LONGEST_PAUSE: Final = 15.0
"""Seconds between two tries to start a controller."""


async def listen(cluster: Cluster) -> None:
    """Never ends; every change of how things stand is told to `cluster.set_controller`."""
    failures = 0
    while True:
        sentence = ""
        try:
            async for notice in feed.subscribe(cluster.home):
                failures = 0
                take(cluster, notice)
            if cluster.controller.phase is ControllerPhase.RUNNING:
                _say(cluster, ControllerPhase.GONE, "The controller ended; starting it again.")
        except feed.NobodyListens:
            pass
        except ClearqError as error:
            sentence = str(error)
        if sentence or not await _started(cluster):
            if sentence:
                _say(cluster, ControllerPhase.GONE, sentence)
            failures += 1
        if failures:
            await asyncio.sleep(min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**failures))


def take(cluster: Cluster, notice: Notice) -> None:
    """What a notice means for the interface."""
    match notice["type"]:
        case "hello":
            _say(cluster, ControllerPhase.RUNNING, "")
            cluster.store_changed()
        case "changed":
            cluster.store_changed()
        case "sample":
            cluster.take_sample(notice["machine"], notice["sample"])
        case "log":
            cluster.log_grew.publish(notice["attempt"])
        case "scalars":
            cluster.scalars_grew.publish(notice["attempt"])
        case "fetch":
            cluster.fetched.publish(notice)


async def _started(cluster: Cluster) -> bool:
    if cluster.controller.phase is ControllerPhase.RUNNING:
        _say(cluster, ControllerPhase.GONE, "The controller is gone; starting it again.")
    try:
        await _in_thread(lambda: feed.start_controller(cluster.home))
    except (ClearqError, OSError) as error:
        _say(cluster, ControllerPhase.GONE, f"No controller: {error}")
        return False
    return True


def _say(cluster: Cluster, phase: ControllerPhase, sentence: str) -> None:
    cluster.set_controller(ControllerState(phase, sentence))


async def _in_thread(work: Callable[[], None]) -> None:
    """Do blocking work elsewhere; unlike an executor's, its thread never delays leaving."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def finish(error: BaseException | None) -> None:
        if not done.done():
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(error)

    def run() -> None:
        failure: BaseException | None = None
        try:
            work()
        except Exception as error:  # noqa: BLE001 - handed to whoever waits
            failure = error
        with suppress(RuntimeError):  # the interface was left meanwhile, and its loop with it
            loop.call_soon_threadsafe(finish, failure)

    threading.Thread(target=run, daemon=True, name="start-controller").start()
    await done

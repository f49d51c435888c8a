"""The terminal interface asks for the passphrase when a task waits for it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from clearq_tui.controller.feed_server import FeedServer
from clearq_tui.model import TaskState
from clearq_tui.operations import attempts as attempt_operations
from clearq_tui.operations.tasks import NewTask, enqueue
from clearq_tui.paths import Home
from clearq_tui.secrets import SecretKeeping, Vault
from clearq_tui.store import Store, queues, tasks, workers
from clearq_tui.ui.dialogs.unlock import UnlockDialog
from tests.ui.conftest import OpenApp, home, open_app, scene_store
from tests.ui.screen_text import until, until_shown

__all__ = ["home", "open_app", "scene_store"]

WHY = "waits for secret TOKEN: `clearq secret unlock`"


@pytest_asyncio.fixture
async def vault(home: Home) -> AsyncIterator[Vault]:
    """What a controller would unlock, with one secret in it; the passphrase is `horse`."""
    keeping = SecretKeeping(home)
    keeping.keep_in_file("TOKEN", "value", keeping.key("horse"), now=1.0)
    vault = Vault(home)
    server = FeedServer(home, nudged=lambda: None, stopped=lambda: None, unlocked=vault.unlock)
    await server.start()
    yield vault
    await server.close()


def held_up_task(store: Store) -> int:
    """A task that was leased and waits for its secret."""
    paused = {row.queue.name for row in queues.rows(store) if row.queue.paused}
    seat, queue = next(
        (row.worker, queue)
        for row in workers.rows(store)
        for queue in row.queues
        if queue not in paused and not row.tasks and not row.worker.draining
    )
    task = enqueue(store, NewTask(("train",)), queue, at_top=True, now=1.0)
    (attempt,) = attempt_operations.lease(store, [(task, seat.id)], now=2.0)
    assert attempt_operations.say_why(store, task, attempt.number, WHY)
    assert not attempt_operations.say_why(store, task, attempt.number, WHY)
    assert not attempt_operations.say_why(store, task, attempt.number + 1, "")
    return task


async def test_it_asks_once_for_a_task_that_waits(
    open_app: OpenApp, scene_store: Store, vault: Vault
) -> None:
    async with open_app() as (app, pilot):
        task = held_up_task(scene_store)
        app.cluster.store_changed()
        await until_shown(pilot, "Unlock secrets", f"#{task} waits for secret TOKEN.")
        await pilot.press(*"hors", "enter")
        await until_shown(pilot, "That is not the passphrase")
        await pilot.press(*"horse", "enter")
        await until(pilot, lambda: not isinstance(app.screen, UnlockDialog), "the end of it")
        assert vault.is_open
        await until_shown(pilot, "The encrypted secrets can be read.")
        app.cluster.store_changed()
        await pilot.pause(0.2)
        assert not isinstance(app.screen, UnlockDialog)


async def test_who_types_something_else_is_told_and_not_interrupted(
    open_app: OpenApp, scene_store: Store, vault: Vault
) -> None:
    async with open_app() as (app, pilot):
        await pilot.press("e")
        task = held_up_task(scene_store)
        app.cluster.store_changed()
        await until_shown(pilot, f"#{task} waits for secret TOKEN; U unlocks secrets.")
        await pilot.press("escape", "U")
        await until_shown(pilot, "Unlock secrets")
        await pilot.press("escape")
        assert not vault.is_open


async def test_where_nothing_is_encrypted_nobody_is_asked(open_app: OpenApp) -> None:
    async with open_app() as (_, pilot):
        await pilot.press("U")
        await until_shown(pilot, "No secret is encrypted")


def test_a_reason_goes_with_the_lease(scene_store: Store) -> None:
    task = held_up_task(scene_store)
    assert (task, WHY) in tasks.held_up(scene_store)
    with scene_store.transaction():
        tasks.set_waiting_again(scene_store, task, 3.0)
    found = tasks.get(scene_store, task)
    assert found is not None
    assert (found.state, found.reason) == (TaskState.QUEUED, "")
    assert tasks.held_up(scene_store) == []

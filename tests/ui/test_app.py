"""What every view shares: moving between views, help, palette, colours, the feed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.binding import Binding

from clearq_tui import feed
from clearq_tui.model import NotFound
from clearq_tui.operations import workers as worker_operations
from clearq_tui.operations.first_start import prepare_first_start
from clearq_tui.paths import Home
from clearq_tui.store import Store, machines
from clearq_tui.ui.app import ClearqApp
from clearq_tui.ui.controller_state import ControllerPhase, ControllerState
from clearq_tui.ui.dialogs.help import HelpDialog
from tests.ui.conftest import OpenApp
from tests.ui.screen_text import screen_text, until, until_shown


def header(app: ClearqApp) -> str:
    """The first line."""
    return screen_text(app).splitlines()[0]


async def test_views_and_the_last_view(open_app: OpenApp) -> None:
    async with open_app() as (app, pilot):
        for key, view in (("2", "queues"), ("3", "tasks"), ("1", "workers"), ("minus", "tasks")):
            await pilot.press(key)
            await until(pilot, lambda view=view: f" {view} " in header(app), view)  # type: ignore[misc]


async def test_a_view_keeps_what_was_opened_in_it(open_app: OpenApp) -> None:
    async with open_app() as (app, pilot):
        await pilot.press("j", "j", "enter")
        await until_shown(pilot, "task #6")
        await pilot.press("3")
        await until(pilot, lambda: " tasks " in header(app), "tasks")
        await pilot.press("1")
        await until_shown(pilot, "task #6")
        await pilot.press("escape")
        await until(pilot, lambda: " workers " in header(app), "workers")
        await pilot.press("escape")
        assert " workers " in header(app)


async def test_help_lists_the_keys_of_the_view(open_app: OpenApp) -> None:
    async with open_app() as (app, pilot):
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpDialog), "help")
        await until_shown(pilot, "Add machine", "Drain", "Mark all")
        await pilot.press("2")
        assert isinstance(app.screen, HelpDialog)
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, HelpDialog), "the end of help")


async def test_palette_does_what_keys_do(open_app: OpenApp) -> None:
    async with open_app() as (app, pilot):
        await pilot.press("ctrl+p")
        await pilot.press(*"add machine")
        await until_shown(pilot, "Add machine")
        await until(pilot, lambda: "Key: a" in screen_text(app), "the command")
        await pilot.press("enter")
        await until_shown(pilot, "user@host or host:port")


@pytest.mark.parametrize("key", ["1", "2", "3"])
async def test_every_key_has_an_id_by_which_it_can_be_changed(open_app: OpenApp, key: str) -> None:
    async with open_app() as (app, pilot):
        await pilot.press(key)
        await pilot.pause()
        own = [
            binding
            for node in (app, app.screen, app.screen.focused)
            if node is not None
            for bindings in node._bindings.key_to_bindings.values()
            for binding in bindings
            if not _is_textuals(binding)
        ]
        assert own
        assert not [binding for binding in own if not binding.id]


def _is_textuals(binding: Binding) -> bool:
    return binding.system or binding.action.startswith(
        ("app.", "screen.", "scroll_", "help_quit", "command_palette")
    )


async def test_a_changed_key_works_and_is_shown(open_app: OpenApp) -> None:
    async with open_app() as (app, pilot):
        app.set_keymap({"workers.add_machine": "f2"})
        await pilot.pause()
        await pilot.press("f2")
        await until_shown(pilot, "user@host or host:port")


async def test_states_read_without_colour(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with open_app() as (app, _):
        text = screen_text(app)
        for state in ("● run", "○ idle", "✗ lost", "◐ drain", "? host key"):
            assert state in text


async def test_a_refusal_is_said_and_changes_nothing(open_app: OpenApp) -> None:
    async with open_app() as (app, pilot):
        assert app.cluster.act(worker_operations.drain, "gpu-a1") is None
        await until_shown(pilot, "There is no worker named 'gpu-a1'.")
        with pytest.raises(NotFound):
            app.cluster.do(worker_operations.drain, "gpu-a1")


async def test_changes_are_published_at_most_ten_times_a_second(open_app: OpenApp) -> None:
    async with open_app() as (app, pilot):
        app.cluster.monotonic = time.monotonic
        published: list[float] = []
        app.cluster.changed.subscribe(
            app.screen, lambda _: published.append(time.monotonic()), immediate=True
        )
        began = time.monotonic()
        while time.monotonic() < began + 0.5:
            app.cluster.store_changed()
            await asyncio.sleep(0.001)
        await pilot.pause(0.15)
        assert 3 <= len(published) <= 7
        assert published[-1] > began + 0.4


async def test_what_keeps_the_controller_from_working_is_said(open_app: OpenApp) -> None:
    async with open_app() as (app, pilot):
        gone = ControllerState(ControllerPhase.GONE, "No controller: the disk is full.")
        app.cluster.set_controller(gone)
        await until_shown(pilot, "✗ no controller", "No controller: the disk is full.")
        app.cluster.set_controller(ControllerState(ControllerPhase.RUNNING))
        await until(pilot, lambda: "disk is full" not in screen_text(app), "the end of the trouble")
        assert "● controller" in header(app)


async def test_a_store_that_cannot_be_read_is_said_and_survived(open_app: OpenApp) -> None:
    async with open_app() as (app, pilot):
        with app.cluster.store.transaction():
            app.cluster.store.change("ALTER TABLE workers RENAME TO hidden")
        app.cluster.store_changed()
        await until_shown(pilot, "✗", "no such table: ")
        with app.cluster.store.transaction():
            app.cluster.store.change("ALTER TABLE hidden RENAME TO workers")
        app.cluster.store_changed()
        await until(pilot, lambda: "no such table" not in screen_text(app), "the recovery")


@pytest.fixture
def bare_home(tmp_path: Path) -> Iterator[Home]:
    """A home as at the first start; its controller is stopped afterwards."""
    home = Home(tmp_path / "bare")
    home.create()
    yield home
    feed.stop(home)
    deadline = time.monotonic() + 40
    while feed.controller_pid(home) is not None and time.monotonic() < deadline:
        time.sleep(0.02)


@asynccontextmanager
async def listening(home: Home) -> AsyncIterator[ClearqApp]:
    """The app with the real controller."""
    with Store.open(home.database) as store:
        prepare_first_start(store, now=time.time())
        app = ClearqApp(home, store)
        async with app.run_test(size=(120, 40)) as pilot:
            await until(
                pilot,
                lambda: app.cluster.controller.phase is ControllerPhase.RUNNING,
                "a controller",
                seconds=30,
            )
            yield app


async def test_starts_a_controller_and_shows_its_samples(
    bare_home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    async with listening(bare_home) as app:
        machine = machines.by_name(app.cluster.store, "local")
        assert machine is not None
        deadline = time.monotonic() + 30
        while machine.id not in app.cluster.histories or (
            app.cluster.histories[machine.id].latest is None
        ):
            assert time.monotonic() < deadline, "no sample of this machine came"
            await asyncio.sleep(0.05)
        assert app.cluster.histories[machine.id].readings.memory_total


async def test_a_controller_that_cannot_start_is_explained(tmp_path: Path) -> None:
    home = Home(tmp_path / "h")
    home.create()
    home.controller_log.mkdir()
    with Store.open(home.database) as store:
        app = ClearqApp(home, store)
        async with app.run_test(size=(120, 40)) as pilot:
            await until_shown(
                pilot, "✗ no controller", "No controller:", str(home.controller_log)[:20]
            )

"""The Workers view on a whole cluster, through its keys."""

from __future__ import annotations

import pytest

from clearq_tui.model import LinkState, TaskState
from clearq_tui.operations import links
from clearq_tui.store import Store, machines, tasks, workers
from clearq_tui.ui.app import ClearqApp
from clearq_tui.ui.dialogs.link_progress import LinkProgressDialog
from clearq_tui.ui.screens.workers import WorkersScreen
from clearq_tui.ui.widgets.virtual_table import VirtualTable
from tests.ui import scene
from tests.ui.conftest import OpenApp
from tests.ui.screen_text import screen_text, until, until_shown


def line_of(text: str, name: str) -> str:
    """The row of a worker."""
    return next(line for line in text.splitlines() if line[2:].startswith(f"{name} "))


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (99, 30), (120, 40), (160, 50), (200, 50)])
async def test_every_worker_says_how_it_stands(open_app: OpenApp, size: tuple[int, int]) -> None:
    async with open_app(size) as (app, _):
        text = screen_text(app)
        assert "● run" in line_of(text, "gpu-a01")
        assert "✗ lost" in line_of(text, "gpu-a03")
        assert "◐ drain" in line_of(text, "gpu-b03")
        assert "○ idle" in line_of(text, "gpu-c02")
        if size[1] > 15:
            assert "? host key" in line_of(text, "gpu-e01")
            assert "✗ failed" in line_of(text, "gpu-e02")
        assert all(len(line) == size[0] for line in text.splitlines())


async def test_rows_show_what_machines_do(open_app: OpenApp) -> None:
    async with open_app((200, 50)) as (app, pilot):
        await until_shown(pilot, "8×H100")  # noqa: RUF001
        row = line_of(screen_text(app), "gpu-a01")
        assert "#6 resnet50/lr.3e-4" in row
        assert "74%" in row
        assert "1h02" in row
        assert "▇" in row


async def test_too_small_a_terminal_says_so(open_app: OpenApp) -> None:
    async with open_app((59, 20)) as (app, _):
        assert "clearq needs 60 columns" in screen_text(app)


async def test_header_counts_workers_tasks_and_failures(open_app: OpenApp) -> None:
    async with open_app() as (app, _):
        header = screen_text(app).splitlines()[0]
        for piece in (
            "●6 run",
            "○3 idle",
            "✗3 lost",
            "◐1 drain",
            "queue 90",
            "active 8",
            "fail/1h 2",
        ):
            assert piece in header


async def test_preview_gives_the_reason_of_a_lost_link(open_app: OpenApp) -> None:
    async with open_app() as (app, pilot):
        table = app.screen.query_one("#workers")
        await pilot.press("j", "j", "j", "j")
        assert table.has_focus
        await until_shown(pilot, "✗ offline for 42s", "No answer from gpu-a03:22 within 15 s.")
        await pilot.press("p")
        await until(pilot, lambda: "No answer from" not in screen_text(app), "the preview's end")
        await pilot.press("p")
        await until_shown(pilot, "No answer from gpu-a03:22 within 15 s.")


async def test_a_link_that_breaks_shows_at_once(open_app: OpenApp, scene_store: Store) -> None:
    async with open_app() as (app, pilot):
        machine = machines.by_name(scene_store, "gpu-b01")
        assert machine is not None
        links.set_link(scene_store, machine.id, LinkState.OFFLINE, "cut off", now=scene.NOW)
        app.cluster.store_changed()
        await until(pilot, lambda: "✗ lost" in line_of(screen_text(app), "gpu-b01"), "lost")


async def test_values_without_samples_are_stale_and_say_their_age(open_app: OpenApp) -> None:
    async with open_app() as (app, pilot):
        app.cluster.monotonic = lambda: scene.NOW + 42
        await until(pilot, lambda: "~42s" in line_of(screen_text(app), "gpu-a01"), "the age")
        await until_shown(pilot, "no sample for 42s")


async def test_drain_and_undrain(open_app: OpenApp, scene_store: Store) -> None:
    async with open_app() as (app, pilot):

        def draining() -> bool:
            worker = workers.by_name(scene_store, "cpu-d01")
            assert worker is not None
            return worker.draining

        await pilot.press("D")
        assert draining()
        await until(pilot, lambda: "◐ drain" in line_of(screen_text(app), "cpu-d01"), "drain")
        await pilot.press("D")
        assert not draining()


async def test_marked_workers_drain_together(open_app: OpenApp, scene_store: Store) -> None:
    async with open_app() as (_, pilot):
        await pilot.press("space", "space", "D")
        drained = {worker.name for worker in workers.all_workers(scene_store) if worker.draining}
        assert drained == {"cpu-d01", "cpu-d02", "gpu-b03"}


async def test_filter_sort_and_back(open_app: OpenApp) -> None:
    async with open_app() as (app, pilot):
        await pilot.press("slash", *"lost")
        await until(pilot, lambda: "gpu-a01" not in screen_text(app), "the filtered list")
        assert "gpu-a03" in screen_text(app)
        await pilot.press("escape")
        await until_shown(pilot, "gpu-a01")
        await pilot.press("o")
        await until_shown(pilot, "Sort by")
        await pilot.press("c")
        await until(
            pilot,
            lambda: "CPU▼" in screen_text(app) and "cpu-d01" in screen_text(app).splitlines()[7],
            "sorted by CPU",
        )


async def test_removing_a_worker_asks_and_cancel_has_the_focus(
    open_app: OpenApp, scene_store: Store
) -> None:
    async with open_app() as (app, pilot):
        move_to(app, _worker(scene_store, "gpu-c02"))
        await pilot.press("delete")
        await until_shown(pilot, "machine gpu-c02", "worker gpu-c02")
        await pilot.press(*"worker", "enter")
        await until_shown(pilot, "Remove worker gpu-c02")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, WorkersScreen), "the end of the question")
        assert workers.by_name(scene_store, "gpu-c02") is not None
        await pilot.press("delete", *"worker", "enter")
        await until_shown(pilot, "Remove worker gpu-c02")
        await pilot.press("y")
        await until(pilot, lambda: workers.by_name(scene_store, "gpu-c02") is None, "the removal")
        assert machines.by_name(scene_store, "gpu-c02") is not None


async def test_removing_a_machine_that_holds_tasks_names_them(
    open_app: OpenApp, scene_store: Store
) -> None:
    async with open_app() as (app, pilot):
        move_to(app, _worker(scene_store, "gpu-a03"))
        await pilot.press("delete", *"machine", "enter")
        await until_shown(pilot, "give up 1 task", "#8.1", "count as lost")
        await pilot.press("y")
        await until(pilot, lambda: machines.by_name(scene_store, "gpu-a03") is None, "the removal")
        lost = tasks.get(scene_store, 8)
        assert lost is not None
        assert lost.state is TaskState.LOST


async def test_reconnect_is_offered_only_where_a_link_is_broken(
    open_app: OpenApp, scene_store: Store
) -> None:
    async with open_app() as (app, pilot):
        await pilot.press("r")
        assert _link(scene_store, "cpu-d01") is LinkState.ONLINE
        move_to(app, _worker(scene_store, "gpu-e02"))
        await pilot.pause()
        await pilot.press("r")
        assert _link(scene_store, "gpu-e02") is LinkState.NEVER


async def test_host_key_question_opens_from_the_list(open_app: OpenApp, scene_store: Store) -> None:
    async with open_app() as (app, pilot):
        move_to(app, _worker(scene_store, "gpu-e01"))
        await pilot.pause()
        await pilot.press("y")
        await until(pilot, lambda: isinstance(app.screen, LinkProgressDialog), "the question")
        await until_shown(pilot, "SHA256:Zx3vW8QmJ1c0Yt5kK9nB2hLrXo7uAeDfGiHpNqRsTw")


async def test_hostile_names_and_reasons_stay_text(open_app: OpenApp, scene_store: Store) -> None:
    async with open_app((200, 50)) as (app, pilot):
        machine = machines.by_name(scene_store, "gpu-a01")
        assert machine is not None
        evil = "\x1b]0;owned\x07\x1b[2J[bold red]x[/] \u202edesrever"
        links.set_link(scene_store, machine.id, LinkState.OFFLINE, evil, now=scene.NOW)
        app.cluster.store_changed()
        move_to(app, _worker(scene_store, "gpu-a01"))
        await until_shown(pilot, r"\x1b]0;owned", r"\x1b[2J[bold red]x[/]")
        assert "\x1b" not in screen_text(app)
        assert "\u202e" not in screen_text(app)


async def test_charts_of_one_machine_or_all(open_app: OpenApp) -> None:
    async with open_app() as (app, pilot):
        await until_shown(pilot, "─ all machines ─")
        await pilot.press("t")
        await until_shown(pilot, "─ cpu-d01 ─")
        await pilot.press("j")
        await until_shown(pilot, "─ cpu-d02 ─")
        await pilot.press("t")
        await until_shown(pilot, "─ all machines ─")
        assert app.screen.query_one("#workers").has_focus


def move_to(app: ClearqApp, worker: int) -> None:
    """Put the cursor on a worker."""
    assert app.screen.query_one("#workers", VirtualTable).move_to(worker)


def _worker(store: Store, name: str) -> int:
    found = workers.by_name(store, name)
    assert found is not None
    return found.id


def _link(store: Store, machine: str) -> LinkState:
    found = machines.by_name(store, machine)
    assert found is not None
    return found.link

"""The scene's cluster in an app, without a controller and at one moment."""

from __future__ import annotations

import functools
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from clearq_tui.paths import Home
from clearq_tui.store import Store
from clearq_tui.ui.app import ClearqApp
from tests.ui import scene

Opened = tuple[ClearqApp, Pilot[None]]
OpenApp = Callable[..., AbstractAsyncContextManager[Opened]]


@functools.cache
def _template() -> tuple[tempfile.TemporaryDirectory[str], Home]:
    """The scene is made once and copied."""
    directory = tempfile.TemporaryDirectory(prefix="clearq-scene-")
    home = Home(Path(directory.name) / "clearq")
    scene.fill(home).close()
    return directory, home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home of the test's own, with the scene in it."""
    _, template = _template()
    shutil.copytree(template.root, tmp_path / "clearq")
    return Home(tmp_path / "clearq")


@pytest.fixture
def scene_store(home: Home) -> Iterator[Store]:
    """The scene's store."""
    with Store.open(home.database) as store:
        yield store


@pytest.fixture
def open_app(home: Home, scene_store: Store) -> OpenApp:
    """Opens the app on the scene: `async with open_app((80, 24)) as (app, pilot):`."""

    @asynccontextmanager
    async def opened(size: tuple[int, int] = (120, 40)) -> AsyncIterator[Opened]:
        app = ClearqApp(
            home,
            scene_store,
            with_controller=False,
            now=lambda: scene.NOW,
            monotonic=lambda: scene.NOW,
        )
        async with app.run_test(size=size, notifications=True) as pilot:
            scene.go_live(app.cluster)
            await pilot.pause()
            yield app, pilot

    return opened

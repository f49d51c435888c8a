"""Adding a machine: choosing or typing it, and what its steps say and ask."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from clearq_tui.model import LinkState, Machine
from clearq_tui.operations import links
from clearq_tui.paths import Home
from clearq_tui.store import Store, machines, workers
from clearq_tui.ui.app import ClearqApp
from clearq_tui.ui.dialogs.link_progress import LinkProgressDialog
from clearq_tui.ui.screens.workers import WorkersScreen
from tests.ui import scene
from tests.ui.conftest import OpenApp
from tests.ui.screen_text import screen_text, until, until_shown

_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIH4UgqP2rVzuZ1pXOd5lAbUG5o2IoK2yXHfLhVY5M1fW"
_FINGERPRINT = "SHA256:YdA6rN3o1o1JXjzT3rGz6Q3p8Xk0q2mE0cX1mS5s0aU"


@pytest.fixture
def ssh_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The operator's configuration, with another file included."""
    included = tmp_path / "more"
    included.write_text("Host lab-x1\n  HostName 10.0.0.9\n")
    config = tmp_path / "ssh_config"
    config.write_text(
        f"Host *\n  User ops\nHost lab-a1 lab-a2 !lab-a3\nHost *.example\nInclude {included}\n"
    )
    monkeypatch.setenv("CLEARQ_SSH_CONFIG", str(config))
    return config


def machine_named(store: Store, name: str) -> Machine:
    """The machine, which must be there."""
    found = machines.by_name(store, name)
    assert found is not None
    return found


async def add(pilot: Pilot[None], target: str) -> None:
    """Type a target and add it."""
    await pilot.press("a", *target, "enter")
    await until(
        pilot, lambda: isinstance(pilot.app.screen, LinkProgressDialog), "the steps of the machine"
    )


def become(app: ClearqApp, name: str, link: LinkState, reason: str = "") -> None:
    """The controller says how it stands with the machine."""
    store = app.cluster.store
    links.set_link(store, machine_named(store, name).id, link, reason, now=scene.NOW)
    app.cluster.store_changed()


async def test_hosts_of_ssh_config_are_offered(
    open_app: OpenApp, ssh_config: Path, scene_store: Store
) -> None:
    async with open_app() as (app, pilot):
        await pilot.press("a")
        await until_shown(pilot, "lab-a1", "lab-a2", "lab-x1")
        assert "example" not in screen_text(app)
        await pilot.press(*"x1")
        await until(pilot, lambda: "lab-a1" not in screen_text(app), "fewer hosts")
        await pilot.press("down", "enter")
        await until_shown(pilot, "Machine lab-x1")
        assert machine_named(scene_store, "lab-x1").target == "lab-x1"


async def test_every_field_reaches_the_store(
    open_app: OpenApp, ssh_config: Path, scene_store: Store
) -> None:
    async with open_app() as (_, pilot):
        await pilot.press("a", *"me@[::1]:2222", "tab", *"six", "tab", *"train, hpo", "tab", "4")
        await pilot.press("tab", *"bastion", "tab", *"/k/id", "tab", *"/opt/py", "enter")
        await until_shown(pilot, "Machine six")
        machine = machine_named(scene_store, "six")
        assert machine.target == "me@[::1]:2222"
        assert (machine.jump, machine.identity) == ("bastion", "/k/id")
        assert machine.interpreter == "/opt/py"
        seat = workers.by_name(scene_store, "six")
        assert seat is not None
        assert seat.slots == 4
        assert len(seat.queues) == 2


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("", "names no host"),
        ("gpu-a01", "already is a machine named"),
        ("h:99999", "is not a port"),
        ("-oProxyCommand=x", "starts with a dash"),
    ],
)
async def test_nonsense_is_refused_in_the_dialog(
    open_app: OpenApp, ssh_config: Path, scene_store: Store, target: str, sentence: str
) -> None:
    async with open_app() as (_, pilot):
        before = machines.names(scene_store)
        await pilot.press("a", *target, "enter")
        await until_shown(pilot, "Add machine", sentence)
        assert machines.names(scene_store) == before


async def test_steps_follow_the_link_until_it_is_online(
    open_app: OpenApp, ssh_config: Path
) -> None:
    async with open_app() as (app, pilot):
        await add(pilot, "lab-a1")
        await until_shown(pilot, "◌ Connect", "waiting for the controller")
        become(app, "lab-a1", LinkState.CONNECTING)
        await until_shown(pilot, "◌ Connect", "connecting to lab-a1")
        become(app, "lab-a1", LinkState.INSTALLING)
        await until_shown(pilot, "✓ Connect", "✓ Host key", "◌ Agent")
        become(app, "lab-a1", LinkState.ONLINE)
        await until_shown(pilot, "✓ Agent", "✓ Online")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, WorkersScreen), "the list")


async def test_failure_says_at_which_step_and_why_and_r_tries_again(
    open_app: OpenApp, ssh_config: Path, scene_store: Store
) -> None:
    async with open_app() as (app, pilot):
        await add(pilot, "lab-a1")
        become(app, "lab-a1", LinkState.INSTALLING)
        await until_shown(pilot, "◌ Agent")
        become(app, "lab-a1", LinkState.FAILED, "The agent needs a Python 3.8 or newer.")
        await until_shown(pilot, "✗ Agent", "The agent needs a Python 3.8 or newer.", "r retry")
        await pilot.press("r")
        assert machine_named(scene_store, "lab-a1").link is LinkState.NEVER
        await until_shown(pilot, "◌ Connect", "connecting again")


async def test_host_key_is_shown_and_only_y_accepts_it(
    open_app: OpenApp, ssh_config: Path, scene_store: Store, home: Home
) -> None:
    async with open_app() as (app, pilot):
        await add(pilot, "lab-a1")
        offer_key(app, "lab-a1", _FINGERPRINT)
        await until_shown(pilot, "? Host key", "ssh-ed25519 of lab-a1", _FINGERPRINT)
        await pilot.press("enter", "r")
        assert machine_named(scene_store, "lab-a1").link is LinkState.HOST_KEY
        assert not home.known_hosts.exists()
        await pilot.press("y")
        assert machine_named(scene_store, "lab-a1").link is LinkState.OFFLINE
        assert home.known_hosts.read_text() == f"lab-a1 {_KEY}\n"
        assert home.known_hosts.stat().st_mode & 0o777 == 0o600


async def test_a_key_that_changed_after_it_was_shown_is_not_accepted(
    open_app: OpenApp, ssh_config: Path, scene_store: Store, home: Home
) -> None:
    async with open_app() as (app, pilot):
        await add(pilot, "lab-a1")
        offer_key(app, "lab-a1", _FINGERPRINT)
        await until_shown(pilot, _FINGERPRINT)
        machine = machine_named(scene_store, "lab-a1")
        other = machine.host_key.replace(_FINGERPRINT, "SHA256:other")
        links.set_host_key(scene_store, machine.id, other, now=scene.NOW)
        await pilot.press("y")
        assert machine_named(scene_store, "lab-a1").link is LinkState.HOST_KEY
        assert not home.known_hosts.exists()
        await until_shown(pilot, "shown another key")


async def test_leaving_a_machine_that_never_was_online_asks_what_becomes_of_it(
    open_app: OpenApp, ssh_config: Path, scene_store: Store
) -> None:
    async with open_app() as (app, pilot):
        await add(pilot, "lab-a1")
        become(app, "lab-a1", LinkState.OFFLINE, "No answer.")
        await until_shown(pilot, "✗ Connect", "No answer.", "tried again by itself")
        await pilot.press("escape")
        await until_shown(pilot, "never was online", "remove it", "keep it")
        await pilot.press("escape", "escape")
        await pilot.press(*"keep", "enter")
        await until(pilot, lambda: isinstance(app.screen, WorkersScreen), "the list")
        machine_named(scene_store, "lab-a1")
        await add(pilot, "lab-a2")
        await pilot.press("escape", *"remove", "enter")
        await until(pilot, lambda: isinstance(app.screen, WorkersScreen), "the list")
        assert machines.by_name(scene_store, "lab-a2") is None


async def test_a_wrong_target_can_be_changed_where_it_failed(
    open_app: OpenApp, ssh_config: Path, scene_store: Store
) -> None:
    async with open_app() as (app, pilot):
        await add(pilot, "lab-a9")
        become(app, "lab-a9", LinkState.FAILED, "Name not found.")
        await until_shown(pilot, "Name not found.")
        await pilot.press("b")
        await until_shown(pilot, "Reach lab-a9 otherwise")
        await pilot.press("backspace", "1", "enter")
        await until(pilot, lambda: isinstance(app.screen, LinkProgressDialog), "the steps")
        assert machine_named(scene_store, "lab-a9").target == "lab-a1"


def offer_key(app: ClearqApp, name: str, fingerprint: str) -> None:
    """The controller met an unknown host key."""
    store = app.cluster.store
    key = (
        f'{{"host":"{name}","port":22,"key_type":"ssh-ed25519","public_key":"{_KEY}",'
        f'"fingerprint":"{fingerprint}","line":"{name} {_KEY}"}}'
    )
    links.set_host_key(store, machine_named(store, name).id, key, now=scene.NOW)
    app.cluster.store_changed()

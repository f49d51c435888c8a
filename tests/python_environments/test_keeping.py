"""What of environments is kept, what goes, and what is no longer trusted."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from remote_agent.layout import Layout
from remote_agent.python_environments.intact import cut_packages
from remote_agent.python_environments.locking import locked
from remote_agent.python_environments.pins import CannotTell, pin, pinned
from remote_agent.python_environments.resolutions import FRESH, Resolutions
from remote_agent.python_environments.shared import Shared, SharedEnvironments
from remote_agent.python_environments.sweep import BROUGHT_LOCK, Bounds, sweep_environments
from remote_agent.removal import remove_tree
from tests.python_environments.machine import Machine
from tests.python_environments.wheels import Package, sealed

NOW = 2_000_000_000.0
DAY = 86400.0
PACKAGES = "lib/python3/site-packages"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(str(tmp_path / "root"))
    layout.make_directories()
    return layout


def build(size: int = 0) -> Callable[[str], str]:
    """Builds an environment of about so many bytes."""

    def built(place: str) -> str:
        packages = Path(place, PACKAGES)
        (packages / "package").mkdir(parents=True)
        (packages / "package" / "data").write_bytes(b"x" * size)
        Path(place, "bin").mkdir()
        return PACKAGES

    return built


def take(layout: Layout, key: str, *, boot: str = "b", size: int = 0, days: float = 0) -> Shared:
    """Have the environment, last used so many days ago, by no attempt."""
    environments = SharedEnvironments(layout.cache, boot)

    def is_pinned(name: str) -> bool:
        return name in pinned(layout)

    shared = environments.take(key, lambda _: None, is_pinned, build(size), lambda: None)
    used = Path(environments.directory, shared.name + ".used")
    os.utime(used, (NOW - days * DAY, NOW - days * DAY))
    return shared


def stand_on(layout: Layout, attempt: str, *names: str) -> Path:
    directory = Path(layout.attempt(attempt))
    directory.mkdir()
    pin(str(directory), list(names))
    return directory


def kept(layout: Layout, size: int = 1 << 30, days: float = 30) -> list[str]:
    """What a sweep leaves."""
    said: list[str] = []
    sweep_environments(layout, NOW, said.append, Bounds(size, days * DAY))
    return SharedEnvironments(layout.cache, "").names()


def test_those_not_used_for_long_go(layout: Layout) -> None:
    for key, days in (("new", 1.0), ("old", 31.0), ("needed", 400.0)):
        take(layout, key, days=days)
    stand_on(layout, "1.1", "needed")
    assert kept(layout) == ["needed", "new"]


def test_the_room_goes_to_those_used_last(layout: Layout) -> None:
    for number in range(5):
        take(layout, f"e{number}", size=100_000, days=number)
    stand_on(layout, "1.1", "e4")
    assert kept(layout, size=350_000) == ["e0", "e1", "e4"]
    assert kept(layout, size=0) == ["e4"]
    left = {path.name for path in Path(layout.cache, "environments").iterdir()}
    assert left == {"e4", "e4.lock", "e4.used"}


def test_what_two_environments_share_counts_once(layout: Layout) -> None:
    first = take(layout, "first", size=400_000)
    data = Path(first.place, PACKAGES, "package/data")

    def same(place: str) -> str:
        build()(place)
        (Path(place) / PACKAGES / "package/data").unlink()
        os.link(data, Path(place) / PACKAGES / "package/data")
        return PACKAGES

    environments = SharedEnvironments(layout.cache, "b")
    environments.take("second", lambda _: None, lambda _: False, same, lambda: None)
    os.utime(Path(environments.directory, "second.used"), (NOW, NOW))
    assert kept(layout, size=500_000) == ["first", "second"]


def test_one_that_is_just_being_chosen_stays(layout: Layout) -> None:
    take(layout, "old", days=99)
    with locked(f"{layout.cache}/environments/old.lock", lambda: None):
        assert kept(layout) == ["old"]
    assert kept(layout) == []


def test_nothing_goes_when_it_cannot_be_told_what_is_in_use(layout: Layout) -> None:
    take(layout, "old", days=99)
    directory = stand_on(layout, "1.1", "something")
    (directory / "environments.json").write_text("damaged")
    with pytest.raises(CannotTell):
        pinned(layout)
    said: list[str] = []
    sweep_environments(layout, NOW, said.append)
    assert "cannot be told which are in use" in said[0]
    assert SharedEnvironments(layout.cache, "").names() == ["old"]


def test_leftovers_go_but_not_those_of_a_build_at_work(layout: Layout) -> None:
    place = Path(SharedEnvironments(layout.cache, "b").directory)
    for name in (".building-dead-x", ".building-alive-x", ".doomed-y"):
        (place / name / "bin").mkdir(parents=True)
    with locked(str(place / "alive.lock"), lambda: None):
        kept(layout)
        assert sorted(path.name for path in place.iterdir()) == [".building-alive-x", "alive.lock"]


@pytest.mark.parametrize("cleaner", ["uv", "none"])
def test_the_cache_of_uv_shrinks_to_what_is_shared(
    machine: Machine, cleaner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, line in (("1.1", "alpha"), ("2.1", "gamma")):
        machine.run(name, "", lines=[line])
    layout = machine.forker.layout
    for path in Path(layout.attempt("2.1")).glob("environments.json"):
        path.unlink()
    if cleaner == "none":
        (machine.cache / "tools" / "uv-0000000000000000" / "uv").unlink()
        monkeypatch.setenv("PATH", "/nowhere")
    assert len(kept(layout)) == 1
    unpacked = {path.name for path in (machine.cache / "uv").glob("archive-*/*/*.dist-info")}
    assert unpacked == ({"alpha-1.0.dist-info", "beta-2.0.dist-info"} if cleaner == "uv" else set())
    machine.run("3.1", "import alpha, gamma", lines=["alpha", "gamma"])


def test_what_was_brought_goes_when_nobody_stands_on_it(layout: Layout) -> None:
    names = "pythons/used pythons/unused tools/uv-1 tools/.x pip/pip-1 notes/n pip-cache/http"
    for name in names.split():
        path = Path(layout.cache, name)
        path.mkdir(parents=True)
        for one in (path, path.parent):
            os.utime(one, (NOW - 40 * DAY, NOW - 40 * DAY))
    Path(layout.cache, "pip/pip-2").mkdir()
    os.utime(Path(layout.cache, "pip/pip-2"), (NOW, NOW))
    stand_on(layout, "1.1", "used", "pip-1")
    with locked(f"{layout.cache}/{BROUGHT_LOCK}", lambda: None):
        kept(layout)
        assert Path(layout.cache, "pythons/unused").exists()
    kept(layout)
    left = {path.name for path in Path(layout.cache).glob("*/*") if path.is_dir()}
    assert left == {"used", "pip-1", "pip-2"}


def test_after_a_power_cut_a_cut_file_is_found(layout: Layout) -> None:
    shared = take(layout, "key", size=1000)
    again = take(layout, "key", boot="next")
    assert again == shared
    data = Path(shared.place, PACKAGES, "package/data")
    data.chmod(0o600)
    os.truncate(data, 10)
    assert take(layout, "key", boot="next", size=1000) == shared  # looked through once a boot
    assert data.stat().st_size == 10
    rebuilt = take(layout, "key", boot="after", size=1000)
    assert rebuilt.name == "key"
    assert data.stat().st_size == 1000


def test_one_that_a_task_has_changed_is_not_given_to_another(layout: Layout) -> None:
    """Only root can. Who stands on the changed one keeps it, and the next has a new one."""
    shared = take(layout, "key")
    directory = stand_on(layout, "1.1", "key")
    planted = Path(shared.place, PACKAGES, "package", "planted.py")
    planted.parent.chmod(0o700)
    planted.write_text("")
    second = take(layout, "key")
    assert second.name == "key-2"
    assert planted.exists()
    assert take(layout, "key") == second
    for path in directory.iterdir():
        path.unlink()
    assert take(layout, "key").name == "key"
    assert not planted.exists()


def test_a_damaged_manifest_is_none(layout: Layout) -> None:
    shared = take(layout, "key", size=10)
    manifest = Path(shared.place, "complete.json")
    for text in ("", "{}", '{"name": "key"}', '{"name": "key", "contents": {"bodies": []}}'):
        manifest.chmod(0o600)
        manifest.write_text(text)
        assert take(layout, "key", size=10).contents == shared.contents._replace(
            directories=take(layout, "key").contents.directories
        )


def test_resolutions_are_remembered_for_a_day_and_for_the_task(tmp_path: Path) -> None:
    now = [NOW]
    resolutions = Resolutions(str(tmp_path), lambda: now[0])
    count = iter(range(9))

    def ask(task: str) -> list[str]:
        return resolutions.resolved("k", task, lambda: [f"a=={next(count)}"], lambda: None)

    assert ask("1") == ask("1") == ask("2") == ["a==0"]
    now[0] += FRESH + 1
    assert ask("3") == ["a==1"]
    assert ask("1") == ask("2") == ["a==0"]
    assert ask("4") == ["a==1"]
    now[0] -= 10 * FRESH  # a clock set back makes nothing fresh for ever
    assert ask("5") == ["a==2"]
    resolutions.sweep(2**40)
    assert ask("1") == ["a==3"]


def test_a_package_cut_in_the_cache_is_fetched_anew(machine: Machine) -> None:
    delta = Package("delta", files={"delta.py": "value = 'whole'\n", "more.py": "x = 1\n"})
    line = sealed(delta.wheel(machine.index.files))
    machine.run("1.1", "import delta", lines=[line], locked=True)
    (cached,) = (machine.cache / "uv").glob("archive-*/*/delta.py")
    cached.chmod(0o600)
    os.truncate(cached, 0)
    gamma = sealed(machine.index.files / "gamma-1.0-py3-none-any.whl")
    look = "import delta; print(delta.value)"
    assert machine.run("2.1", look, lines=[line, gamma], locked=True) == "whole"
    assert "Fetching anew what was cut in the cache: delta." in machine.forker.log("2.1")


def test_a_cache_with_a_hole_is_done_without(machine: Machine) -> None:
    paths = [machine.index.files / f"{name}-1.0-py3-none-any.whl" for name in ("beta", "gamma")]
    beta, gamma = map(sealed, paths)
    more: dict[str, Any] = {"wheels": machine.wheels(paths), "offline": True, "locked": True}
    machine.run("1.1", "import beta", lines=[beta], **more)
    (unpacked,) = (machine.cache / "uv").glob("archive-*/*")
    remove_tree(str(unpacked))
    narrow = {"COLUMNS": "40"}  # a task may want its own lines so
    machine.run("2.1", "import beta, gamma", lines=[beta, gamma], environment=narrow, **more)
    assert "uv's cache on this machine is damaged" in machine.forker.log("2.1")


def test_a_package_whose_own_list_is_wrong_is_taken_all_the_same(machine: Machine) -> None:
    record = "odd-1.0.dist-info/RECORD"
    wheel = Package("odd").wheel(machine.index.files)
    with zipfile.ZipFile(wheel) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    content[record] = f"odd.py,,9999\nnot-there.py,,5\n{record},,\n".encode()
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    machine.run("1.1", "import odd", lines=[sealed(wheel)], locked=True)
    assert "Fetching anew" in machine.forker.log("1.1")


def test_what_counts_as_cut(tmp_path: Path) -> None:
    information = tmp_path / "some_name-1.0.dist-info"
    information.mkdir()
    (tmp_path / "some.py").write_text("12345")
    for rows, is_cut in (
        ("some.py,sha256=x,5\n", False),
        ("some.py,sha256=x,4\n", False),
        ("some.py,sha256=x,6\n", True),
        ("gone.py,sha256=x,0\n", True),
        ("gone.py,,\n", False),
        ("\n\n", False),
    ):
        (information / "RECORD").write_text(rows)
        assert cut_packages(str(tmp_path)) == (["some_name"] if is_cut else [])

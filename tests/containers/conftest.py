"""Engines and images, made once for all tests of this part; attempts that run with them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.agent.forker import Forker
from tests.containers.accounts import Account, made_account
from tests.containers.engines import (
    OwnEngine,
    own_dockerd,
    own_podman,
    why_no_docker,
    why_no_podman,
)
from tests.containers.images import BUSYBOX, DEBIAN, busybox_tar, debian_tar, why_no_debian


@pytest.fixture(scope="session")
def dockerd() -> Iterator[OwnEngine]:
    """A docker with the image that has only busybox."""
    if why := why_no_docker():
        pytest.skip(why)
    with own_dockerd() as engine:
        if engine is None:
            pytest.skip(
                "dockerd does not come up on this system; containers are NOT tested with it"
            )
        engine.run("import", "-", BUSYBOX, text=busybox_tar())
        skip_unless_it_runs(engine)
        yield engine


@pytest.fixture(scope="session")
def podman() -> Iterator[OwnEngine]:
    """A podman with the image that has only busybox."""
    if why := why_no_podman():
        pytest.skip(why)
    with own_podman() as engine:
        engine.run("import", "-", BUSYBOX, text=busybox_tar())
        skip_unless_it_runs(engine)
        yield engine


def skip_unless_it_runs(engine: OwnEngine) -> None:
    """Not every system that has an engine lets it run a container: one in a container, say."""
    tried = engine.run("run", "--rm", "--network=none", BUSYBOX, "sh", "-c", ":", check=False)
    if tried.returncode != 0:
        pytest.skip(f"{engine.kind} runs no container here, and is NOT tested: {tried.stderr!r}")


@pytest.fixture
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> OwnEngine:
    """The engine that processes of this test find: docker, or what `on_both_engines` says."""
    kind = getattr(request, "param", "docker")
    engine = request.getfixturevalue("dockerd" if kind == "docker" else "podman")
    assert isinstance(engine, OwnEngine)
    for name, text in engine.environment.items():
        monkeypatch.setenv(name, text)
    return engine


@pytest.fixture
def python() -> str:
    """The agent's Python in a test that does not ask for every one."""
    return sys.executable


@pytest.fixture
def forker(engine: OwnEngine, python: str, tmp_path: Path) -> Iterator[Forker]:
    """Forks runners that use the engine; nothing of theirs may be left in it."""
    with Forker(python, tmp_path / "root") as forker:
        yield forker
    left = engine.containers()
    for name in left:
        engine.run("rm", "--force", name, check=False)
    assert left == [], "containers were left behind"


@pytest.fixture(scope="session", autouse=True)
def debian_in_the_making(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Future[Path] | None]:
    """Has a Debian made beside the tests that come before those which need it."""
    is_needed = any("debian_archive" in _fixtures_of(item) for item in request.session.items)
    if not is_needed or why_no_debian():
        yield None
        return
    with ThreadPoolExecutor(1) as threads:
        yield threads.submit(debian_tar, tmp_path_factory.mktemp("debian") / "debian.tar")


def _fixtures_of(item: pytest.Item) -> list[str]:
    return list(getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session")
def debian_archive(debian_in_the_making: Future[Path] | None) -> Path:
    """A Debian with Python, made once."""
    if debian_in_the_making is None:
        pytest.skip(why_no_debian())
    try:
        return debian_in_the_making.result()
    except subprocess.CalledProcessError as error:
        pytest.skip(f"debootstrap cannot make a Debian here: {error.output[-300:]}")


@pytest.fixture
def debian(engine: OwnEngine, debian_archive: Path) -> str:
    """The name of the image, in the engine of the test."""
    if engine.run("image", "inspect", DEBIAN, check=False).returncode != 0:
        engine.run("import", str(debian_archive), DEBIAN)
    return DEBIAN


@pytest.fixture
def account() -> Iterator[Account]:
    """An account without rights, with a copy of the agent."""
    with made_account() as account:
        yield account

"""Which Python is chosen, on every version there is, and what is said where there is none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from clearq_tui.fleet.bootstrap import BootstrapFailed, bootstrap
from tests.bootstrap.echo_agent import Shell, echo_payload, request, script
from tests.fleet_of_namespaces.pythons import find_python

VERSIONS = ["3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14"]


def python(version: str) -> Path:
    found = find_python(version) if version != "2.7" else _oldest()
    if found is None:
        pytest.skip(f"there is no Python {version} here; the agent is NOT tested with it")
    return found


def _oldest() -> Path | None:
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    return next(root.glob("versions/2.7.*/bin/python2.7"), None)


@pytest.mark.parametrize("version", VERSIONS)
async def test_every_python(version: str, tmp_path: Path) -> None:
    named = request(tmp_path, python=str(python(version)))
    there = await bootstrap(Shell(tmp_path), echo_payload, named)
    assert there.python_version.startswith(version + ".")
    there.stream.write(b"x")
    assert await there.stream.read(1) == b"x"
    await there.stream.close()


@pytest.mark.parametrize("version", ["2.7", "3.6", "3.7"])
async def test_too_old(version: str, tmp_path: Path) -> None:
    old = python(version)
    named = request(tmp_path, python=str(old))
    with pytest.raises(BootstrapFailed) as failure:
        await bootstrap(Shell(tmp_path), echo_payload, named)
    assert f"The Python named for this machine, {old}, is no Python 3.8 or newer" in str(
        failure.value
    )
    assert f"It is: {old} (Python {version}." in str(failure.value)


async def test_named_python_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BootstrapFailed, match="Nothing executable is there"):
        await bootstrap(Shell(tmp_path), echo_payload, request(tmp_path, python="/no/py thon"))


async def test_named_python_is_found_on_path_or_behind_spaces(tmp_path: Path) -> None:
    place = tmp_path / "it's a \\ $place"
    place.mkdir()
    (place / "my python").symlink_to("/usr/bin/python3")
    for named in (str(place / "my python"), "python3"):
        there = await bootstrap(Shell(tmp_path), echo_payload, request(tmp_path, python=named))
        await there.stream.close()


async def test_remembered_python_comes_first_and_may_be_gone(tmp_path: Path) -> None:
    first = python("3.9")
    for remembered, expected in ((str(first), "3.9."), ("/gone/python3", "3.")):
        there = await bootstrap(
            Shell(tmp_path), echo_payload, request(tmp_path, remembered_python=remembered)
        )
        assert there.python_version.startswith(expected)
        await there.stream.close()


class Machine:
    """A machine's own view of the file system: only what is put there, and no other Python."""

    def __init__(self, tmp_path: Path) -> None:
        self.bin = tmp_path / "bin"
        self.home = tmp_path / "home"
        self.home.mkdir()
        script(self.bin / "nothing", "")

    def shell(self) -> Shell:
        """Other directories of the command are mapped below the home."""
        return MappedShell(self.home, environment={"PATH": str(self.bin)})


class MappedShell(Shell):
    async def execute(self, command: str):  # type: ignore[no-untyped-def]  # noqa: ANN201
        for place in ("/usr/bin", "/usr/local/bin", "/opt"):
            command = command.replace(place, f"{self.home}{place}")
        return await super().execute(command)


async def test_nothing_but_old_ones(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    (machine.home / "usr/bin").mkdir(parents=True)
    (machine.home / "usr/bin/python3").symlink_to(python("3.6"))
    script(machine.bin / "python", "echo Python 2.7.18 >&2; exit 1")
    script(machine.bin / "python3", "echo 'pyenv: python3: command not found' >&2; exit 127")
    with pytest.raises(BootstrapFailed) as failure:
        await bootstrap(machine.shell(), echo_payload, request(tmp_path))
    said = str(failure.value)
    assert f"{machine.home}/usr/bin/python3 (Python 3.6." in said
    assert f"{machine.bin}/python (Python 2.7.18)" in said
    assert f"{machine.bin}/python3 (pyenv: python3: command not found)" in said
    assert said.count("/usr/bin/python3 (") == 1
    assert "Install one" in said


async def test_no_python_at_all(tmp_path: Path) -> None:
    with pytest.raises(BootstrapFailed, match="None was found"):
        await bootstrap(Machine(tmp_path).shell(), echo_payload, request(tmp_path))


@pytest.mark.parametrize(
    "place",
    [
        "usr/local/bin/python3.12",
        ".pyenv/versions/3.9.1/bin/python3",
        "miniconda3/bin/python3",
        "mambaforge/bin/python3",
        ".local/bin/python3.11",
        "opt/python/bin/python3",
    ],
)
async def test_known_places(place: str, tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    script(machine.bin / "python3", "exit 1")
    script(machine.home / place, f'exec {python("3.9")} "$@"')
    there = await bootstrap(machine.shell(), echo_payload, request(tmp_path))
    assert there.python_version.startswith("3.9.")
    await there.stream.close()

"""Which Python a task gets: one of the machine's, or a build that is brought there."""

from __future__ import annotations

import hashlib
import io
import json
import os
import platform
import re
import sys
import tarfile
from pathlib import Path

import pytest

from remote_agent.environments.interface import StepFailed
from remote_agent.layout import Layout
from remote_agent.python_environments.find_python import find_python
from remote_agent.python_environments.interpreter import ask, interpreter_from_json
from remote_agent.python_environments.interpreters_here import candidates
from remote_agent.python_environments.python_builds import unpack_build
from tests.agent.interpreters import interpreters
from tests.python_environments.machine import Machine

WHICH = "import sys; print(*sys.version_info[:2])"
LEFT_OUT = ("test", "idlelib", "lib2to3", "tkinter", "config-", "__pycache__", "site-packages")


def test_the_version_that_is_asked_for(machine: Machine) -> None:
    versions = list(interpreters())
    oldest, newest = versions[0], versions[-1]
    if oldest == newest:
        pytest.skip("there is only one Python here")
    for attempt, (wanted, version) in enumerate(
        ((oldest, oldest), (newest, newest), (f">={oldest},<{newest}", None)), start=1
    ):
        said = machine.run(f"{attempt}.1", WHICH, python=wanted).replace(" ", ".")
        assert said == version or version is None
    log = machine.forker.log("1.1")
    assert f"Python {oldest}." in log


def test_none_is_there(machine: Machine) -> None:
    machine.python("1.1", "", python=">=3.99", offline=True)
    reason = machine.failure("1.1")
    start = "packages: the task asks for Python >=3.99, and this machine has only: "
    assert reason.startswith(start)
    end = "; the laptop brought none. Install one, or ask for a version that is there."
    assert reason.endswith(end)
    version = ".".join(map(str, sys.version_info[:3]))
    assert f"{version} (" in reason


def test_nonsense_is_refused(machine: Machine) -> None:
    machine.python("1.1", "", python="snake")
    assert "'snake' is no version of Python; expected something like" in machine.failure("1.1")


def relocatable(program: bytes, base: Path) -> bytes:
    """The program as uv's makers link it: its shared library is where it is, not where it was."""
    search = f"{base}/lib".encode() + b"\0"
    here = b"$ORIGIN/../lib"
    return (
        program.replace(search, here.ljust(len(search), b"\0"))
        if len(search) > len(here)
        else program
    )


def archive(directory: Path, version: tuple[int, int]) -> Path:
    """A build of Python as uv's makers pack it, made of one that is here."""
    found = ask(str(interpreters()[f"{version[0]}.{version[1]}"]))
    assert found is not None
    name = f"python{found.short_version}"
    base = Path(found.base)
    path = directory / f"cpython-{found.version}-install_only.tar.gz"
    directory.mkdir(exist_ok=True)

    def wanted(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
        return None if Path(entry.name).name.startswith(LEFT_OUT) else entry

    with tarfile.open(path, "w:gz", compresslevel=1) as packed:
        program = tarfile.TarInfo(f"python/bin/{name}")
        content = relocatable(Path(found.program).read_bytes(), base)
        program.size, program.mode = len(content), 0o755
        packed.addfile(program, io.BytesIO(content))
        for kind, other, target in (
            (tarfile.SYMTYPE, "python3", name),
            (tarfile.LNKTYPE, "python3-same", f"python/bin/{name}"),
        ):
            link = tarfile.TarInfo(f"python/bin/{other}")
            link.type, link.linkname, link.mode = kind, target, 0o755
            packed.addfile(link)
        packed.add(base / "lib" / name, f"python/lib/{name}", filter=wanted)
        for library in base.glob("lib/libpython*"):
            packed.add(library, f"python/lib/{library.name}")
    return path


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of Python 3.9, which the machines of these tests do not have otherwise."""
    if "3.9" not in interpreters():
        pytest.skip("there is no Python 3.9 here to make a build of")
    return archive(tmp_path_factory.mktemp("build"), (3, 9))


def hidden(machine: Machine) -> dict[str, str]:
    """Variables under which no Python 3.9 of this machine is found."""
    return {
        "PATH": "/usr/bin:/bin",
        "PYENV_ROOT": "/nowhere",
        "HOME": str(machine.forker.root),
        "PYTHONHOME": "/nowhere",
    }


def test_a_build_that_the_laptop_brought(machine: Machine, build: Path) -> None:
    if Path("/usr/bin/python3.9").exists():
        pytest.skip("this machine has a Python 3.9 of its own")
    brought = {**machine.put_blob(build), "version": "3.9.18"}
    for attempt in ("1.1", "2.1"):
        where = machine.run(
            attempt,
            "import sys; print(sys.base_prefix, sys.version_info[:2]); import ssl, json",
            python="3.9",
            python_build=brought,
            offline=True,
            environment=hidden(machine),
        )
        place = machine.cache / "pythons" / f"cpython-3.9.18-{brought['sha256'][:16]}"
        assert where == f"{place} (3, 9)"
        pins = json.loads(
            Path(machine.forker.layout.attempt(attempt), "environments.json").read_text()
        )
        assert place.name in pins["names"]
    assert "Unpacked" in machine.forker.log("1.1")
    assert "Unpacked" not in machine.forker.log("2.1")


@pytest.mark.parametrize(
    ("name", "link", "said"),
    [
        ("README", "", "is no build of Python: it has no python/bin"),
        ("../../escape", "", "'../../escape' would be put elsewhere"),
        ("python/bin/python3", "../../../etc", "'python/bin/python3' would be put elsewhere"),
        ("python/bin/python3", "/etc", "'python/bin/python3' would be put elsewhere"),
    ],
)
def test_an_archive_that_is_no_build(tmp_path: Path, name: str, link: str, said: str) -> None:
    layout = Layout(str(tmp_path / "root"))
    layout.make_directories()
    with tarfile.open(Path(layout.kept, "a" * 64), "w:gz") as packed:
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname = (tarfile.SYMTYPE, link) if link else (tarfile.REGTYPE, "")
        packed.addfile(entry)
    build = {"name": "build.tar.gz", "sha256": "a" * 64, "version": "3.99/../.."}
    with pytest.raises(StepFailed, match=re.escape(said)):
        unpack_build(build, layout)
    assert list(Path(layout.cache, "pythons").iterdir()) == []
    Path(layout.kept, "a" * 64).write_bytes(b"damaged")
    with pytest.raises(StepFailed, match="cannot be unpacked"):
        unpack_build(build, layout)


def test_a_build_that_uv_fetches(machine: Machine, build: Path) -> None:
    """From a list and an archive on this disk: uv takes both from wherever it is told."""
    if Path("/usr/bin/python3.9").exists():
        pytest.skip("this machine has a Python 3.9 of its own")
    libc = "gnu" if platform.libc_ver()[0] == "glibc" else "musl"
    facts = {
        "name": "cpython",
        "arch": {"family": platform.machine(), "variant": None},
        "os": "linux",
        "libc": libc,
        "major": 3,
        "minor": 9,
        "patch": 18,
        "prerelease": "",
        "url": build.as_uri(),
        "sha256": hashlib.sha256(build.read_bytes()).hexdigest(),
        "variant": None,
        "build": "20240101",
    }
    listed = build.with_name("downloads.json")
    listed.write_text(json.dumps({f"cpython-3.9.18-linux-{platform.machine()}-{libc}": facts}))
    variables = {**hidden(machine), "UV_PYTHON_DOWNLOADS_JSON_URL": str(listed)}
    said = machine.run("1.1", WHICH, python="3.9", environment=variables)
    assert said == "3 9"
    assert "Fetching a Python for 3.9 with uv" in machine.forker.log("1.1")
    assert not (machine.forker.root / ".local").exists()


def test_uv_has_none(machine: Machine) -> None:
    variables = {**hidden(machine), "UV_PYTHON_DOWNLOADS_JSON_URL": "/nowhere.json"}
    machine.python("1.1", "", python="3.98", environment=variables)
    assert "uv could not fetch one: " in machine.failure("1.1")


def pretend(path: Path, version: str = "") -> Path:
    """A program that is, or is not, a Python of this version."""
    path.parent.mkdir(parents=True, exist_ok=True)
    answer = "exit 1"
    if version:
        facts = {
            "program": str(path),
            "version": version,
            "is_final": True,
            "implementation": "cpython",
            "base": "/",
            "platform": "",
            "site_packages": "lib/x",
        }
        answer = f"echo '{json.dumps(facts)}'"
    path.write_text(f"#!/bin/sh\necho ran >> {path}.runs\n{answer}\n")
    path.chmod(0o700)
    return path


def runs(path: Path) -> int:
    log = Path(f"{path}.runs")
    return len(log.read_text().splitlines()) if log.exists() else 0


def test_a_choice_is_remembered_until_the_program_changes(tmp_path: Path) -> None:
    chosen = pretend(tmp_path / "bin/python3.97", "3.97.2")
    other = pretend(tmp_path / "bin/python3", "3.96.0")
    variables = {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path)}
    for _ in range(3):
        search = find_python("3.97", variables, str(tmp_path))
        assert search.found is not None
        assert search.found.program == str(chosen)
    assert (runs(chosen), runs(other)) == (1, 1)
    usual = find_python("", variables, str(tmp_path)).found
    assert usual is not None
    assert usual.program == str(other)
    pretend(chosen, "3.97.3")
    os.utime(chosen, (1, 1))
    again = find_python("3.97", variables, str(tmp_path)).found
    assert again is not None
    assert again.version == "3.97.3"


def test_the_newest_of_those_that_fit(tmp_path: Path) -> None:
    pretend(tmp_path / "a/python3.95", "3.95.9")
    pretend(tmp_path / "b/python3.96", "3.96.0")
    pretend(tmp_path / "a/python3")
    versions = tmp_path / ".pyenv/versions"
    pretend(versions / "3.94.0/bin/python3", "3.94.0")
    pretend(versions / "3.97.5/bin/python3", "")
    pretend(versions / "3.96.8/bin/python3", "3.96.8")
    shim = pretend(tmp_path / ".pyenv/shims/python3")
    (tmp_path / ".pyenv/version").write_text("3.94.0\n")
    variables = {
        "PATH": f"{shim.parent}:{tmp_path}/a:{tmp_path}/b",
        "HOME": str(tmp_path),
    }
    search = find_python(">=3.95", variables, str(tmp_path))
    assert search.found is not None
    assert search.found.version == "3.96.8"
    assert runs(shim) == 0
    assert [one.version for one in search.others if one.version.startswith("3.9")] == []
    usual = find_python("", variables, str(tmp_path)).found
    assert usual is not None
    assert usual.version == "3.94.0"
    first = next(iter(candidates(variables, "/nowhere", lambda _: True)))
    assert first == str(versions / "3.94.0/bin/python3")


def test_a_python_in_an_environment_tells_of_the_one_below() -> None:
    found = ask(sys.executable)
    assert found is not None
    assert found.base == sys.base_prefix
    assert interpreter_from_json(found.to_json()) == found
    nonsense: object
    for nonsense in (None, [], {}, {"program": 3}, {**found.to_json(), "base": 3}):
        assert interpreter_from_json(nonsense) is None
    assert ask("/bin/true") is None
    assert ask("/nowhere") is None

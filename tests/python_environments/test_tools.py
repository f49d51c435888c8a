"""Which program installs, and where it is told to look."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from remote_agent.environments.interface import Site, StepFailed
from remote_agent.layout import Layout
from remote_agent.python_environments import pip_place
from remote_agent.python_environments.build import build
from remote_agent.python_environments.index_settings import pip_settings, settings_for_uv
from remote_agent.python_environments.interpreter import Interpreter, ask
from remote_agent.python_environments.pip_place import Pip, find_pip
from remote_agent.python_environments.pip_tool import PipTool
from remote_agent.python_environments.request import read_request
from remote_agent.python_environments.resolve import resolved, sources_for
from remote_agent.python_environments.tools import choose_tool, find_uv
from remote_agent.python_environments.work import Work
from tests.agent.interpreters import interpreters
from tests.python_environments.machine import Machine, uv_program
from tests.python_environments.wheels import as_uv_wheel

SCRIPT = '#!/bin/sh\necho "{}"\nexit {}\n'


def program(path: Path, says: str, code: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SCRIPT.format(says, code))
    path.chmod(0o700)
    return path


def site(tmp_path: Path, spec: dict[str, Any], **variables: str) -> Site:
    layout = Layout(str(tmp_path / "root"))
    layout.make_directories()
    variables = {"HOME": str(tmp_path), "PATH": "/nowhere", **variables}
    return Site(layout, str(tmp_path), spec, variables, lambda _: None, 1)


def brought(tmp_path: Path, uv: Path) -> dict[str, Any]:
    (tmp_path / "root" / "kept").mkdir(parents=True, exist_ok=True)
    as_uv_wheel(uv, tmp_path / "root" / "kept" / ("a" * 64))
    return {"tools": {"uv": {"name": "uv.whl", "sha256": "a" * 64, "size": 1}}}


def test_the_uv_from_the_laptop(tmp_path: Path) -> None:
    here = site(tmp_path, brought(tmp_path, program(tmp_path / "uv", "uv 0.9.1 (x)")))
    reasons: list[str] = []
    found = find_uv(here, reasons)
    assert found is not None
    assert (found.title, reasons) == ("uv 0.9.1 from the laptop", [])
    assert found.program == f"{here.layout.cache}/tools/uv-{'a' * 16}/uv"
    Path(here.layout.blob("a" * 64)).unlink()  # it is unpacked once
    assert find_uv(here, reasons) is not None


def test_a_uv_that_does_not_run_here(tmp_path: Path) -> None:
    here = site(tmp_path, brought(tmp_path, program(tmp_path / "x", "wrong processor", 1)))
    own = program(tmp_path / ".local/bin/uv", "uv 0.7.0")
    for _ in range(2):
        reasons: list[str] = []
        found = find_uv(here, reasons)
        assert found is not None
        assert found.title == f"uv 0.7.0 of this machine, {own}"
        assert reasons[0] == "the uv that the laptop brought does not run here (wrong processor)"
    note = Path(here.layout.cache, "tools", f"uv-{'a' * 16}", "uv.json")
    said = json.loads(note.read_text())
    note.write_text(json.dumps({**said, "at": time.time() - 90_000}))
    brought(tmp_path, program(tmp_path / "x", "uv 0.9.1"))
    again = find_uv(here, [])
    assert again is not None
    assert again.title == "uv 0.9.1 from the laptop"


def test_a_uv_that_is_too_old(tmp_path: Path) -> None:
    old = program(tmp_path / "bin/uv", "uv 0.4.30")
    reasons: list[str] = []
    assert find_uv(site(tmp_path, {}, PATH=str(old.parent)), reasons) is None
    assert reasons == [
        "the laptop brought no uv",
        f"{old} does not do (version 0.4.30 is older than 0.5.0)",
    ]
    program(old, "uv 0.5.1")
    assert find_uv(site(tmp_path, {}, PATH=str(old.parent)), []) is not None


def test_the_real_uv_is_unpacked(machine: Machine, tmp_path: Path) -> None:
    wheel = machine.put_blob(as_uv_wheel(uv_program(), tmp_path / "uv-9.9.9-py3-none-any.whl"))
    machine.run("1.1", "import gamma", lines=["gamma"], tools={"uv": wheel})
    assert "from the laptop" in machine.forker.log("1.1")
    assert os.access(machine.cache / "tools" / f"uv-{wheel['sha256'][:16]}" / "uv", os.X_OK)


@pytest.mark.parametrize("tool", ["pip"])
def test_pip_says_why_it_is_not_uv(machine: Machine) -> None:
    machine.run("1.1", "import gamma", lines=["gamma"])
    said = "(the laptop brought no uv; the machine has none)"
    assert "Building an environment of 1 package with pip 2" in machine.forker.log("1.1")
    assert said in machine.forker.log("1.1")


def test_nothing_can_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python without pip, on a machine without uv."""
    monkeypatch.setattr(pip_place, "_SYSTEM_WHEELS", "/nowhere")
    found = ask(sys.executable)
    assert found is not None
    bare = found._replace(base=str(tmp_path), program="/bare/python3")
    with pytest.raises(StepFailed) as failure:
        choose_tool(site(tmp_path, {}), bare)
    assert str(failure.value) == (
        "nothing on this machine can install packages: the laptop brought no uv; the machine has "
        "none, and the Python /bare/python3 has no pip. Install pip there (Debian: apt-get install "
        "python3-venv)."
    )


def test_a_pip_that_is_only_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is copied without what lies beside it."""
    monkeypatch.setattr(pip_place, "_SYSTEM_WHEELS", "/nowhere")
    found = ask(sys.executable)
    assert found is not None
    packages = tmp_path / found.site_packages
    (packages / "pip/_vendor/requests").mkdir(parents=True)
    (packages / "pip-24.1.dist-info").mkdir()
    (packages / "other").mkdir()
    pip = find_pip(found._replace(base=str(tmp_path)), str(tmp_path))
    assert pip is not None
    assert pip.version == (24, 1)
    assert {path.name for path in Path(pip.directory).iterdir()} == {"pip", "pip-24.1.dist-info"}


def test_a_pip_that_cannot_tell_what_it_would_install(machine: Machine, tmp_path: Path) -> None:
    """Its environment is made of the requirements as they are, and anew on another day."""
    found = ask(str(next(iter(interpreters().values()))))
    assert found is not None
    work = work_for(machine, tmp_path, found, "alpha")
    new = find_pip(found, str(tmp_path))
    assert new is not None
    old = Pip(new.directory)
    old.version = (22, 0, 4)
    tool = PipTool(old, "old")
    assert not tool.can_resolve
    request = read_request(work.site.spec)
    lines = resolved(work, tool, request, [], sources_for(work, tool, request))
    assert lines[0] == "alpha"
    assert lines[1].startswith("# as of 2")
    assert lines == resolved(work, tool, request, [], sources_for(work, tool, request))
    place = tmp_path / "place"
    place.mkdir()
    build(work, tool, lines, str(place))
    assert {path.name for path in place.glob("lib/*/site-packages/*.py")} == {"beta.py"}


def work_for(machine: Machine, tmp_path: Path, python: Interpreter, line: str) -> Work:
    here = site(
        tmp_path,
        {"packages": {"kind": "python", "lines": [line]}, "task": 1},
        PIP_CONFIG_FILE=os.devnull,
        PIP_INDEX_URL=machine.index.url,
        PIP_FIND_LINKS="",
    )
    here.log = os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT)
    for name in ("workspace", "desk"):
        (tmp_path / name).mkdir()
    desk = str(tmp_path / "desk")
    return Work(here, python, desk, (line,), (), ("--pre",), False, (), {})


def test_the_settings_of_pip(tmp_path: Path) -> None:
    variables = {"HOME": str(tmp_path), "XDG_CONFIG_DIRS": str(tmp_path / "xdg")}
    files = {
        "xdg/pip/pip.conf": "[global]\nindex-url = http://127.0.0.1/1\ntimeout = 3\n",
        ".config/pip/pip.conf": "[global]\nfind-links = /a\n    /b\nextra-index-url = http://127.0.0.1/2\n",
        "base/pip.conf": "[install]\nindex-url = http://127.0.0.1/3\n",
        ".pip/pip.conf": "not a file of settings",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    base = str(tmp_path / "base")
    found = pip_settings({**variables, "PIP_TRUSTED_HOST": "one two", "PIP_CERT": "/c"}, base)
    assert found["index-url"] == "http://127.0.0.1/3"
    for_uv = settings_for_uv(variables, found, [])
    assert for_uv == {
        "UV_INDEX_URL": "http://127.0.0.1/3",
        "UV_EXTRA_INDEX_URL": "http://127.0.0.1/2",
        "UV_FIND_LINKS": "/a,/b",
        "UV_INSECURE_HOST": "one two",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "SSL_CERT_FILE": "/c",
    }
    option = ["--index-url http://127.0.0.1/9"]
    assert "UV_INDEX_URL" not in settings_for_uv(variables, found, option)
    assert "UV_EXTRA_INDEX_URL" not in settings_for_uv(variables, found, ["--no-index"])
    own = {**variables, "UV_INDEX_URL": "http://127.0.0.1/4", "UV_INDEX_STRATEGY": "first-index"}
    assert settings_for_uv(own, found, []) == {"SSL_CERT_FILE": "/c"}
    assert pip_settings({**variables, "PIP_CONFIG_FILE": os.devnull}, base) == {
        "config-file": os.devnull
    }


def test_options_of_the_requirements(machine: Machine) -> None:
    """An index of the task's own, an environment variable in its address, and a preference."""
    port = machine.index.url.split(":")[2].split("/")[0]
    said = machine.run(
        "1.1",
        "import beta; print(beta.version)",
        lines=["beta"],
        constraints=["beta<2"],
        options=["--index-url http://127.0.0.1:${MY_PORT}/simple", "--pre", "--prefer-binary"],
        environment={"PIP_INDEX_URL": "http://127.0.0.1:1/simple", "MY_PORT": port},
    )
    assert said == "1.0"

"""Environments are installed for real, through rattler, from a channel that the test makes."""

from __future__ import annotations

import json
import os
import subprocess
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from clearq_tui.conda.packages import CondaPackages
from clearq_tui.paths import Home
from remote_agent.conda_environments.rattler_tool import find_rattler
from remote_agent.conda_environments.store import MANIFEST
from remote_agent.environments.interface import StepFailed
from tests.conda.archives import PLACEHOLDER, Channel, File, Package, script
from tests.conda.conftest import DATA, TOOL
from tests.conda.machine import Machine, Rattler, brought, environments_in

WARM_SECONDS = 0.1


def asking(channel: Channel, *specs: str) -> dict[str, object]:
    return CondaPackages("environment.yml", (channel.url,), False, specs).to_json()


def output_of(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_installs_and_finds_again(channel: Channel, home: Home, machine: Machine) -> None:
    packages = brought(home, asking(channel, "tool"))
    first = machine.attempt(packages, home=home, offline=True)
    place = first.obtain().place
    assert output_of(f"{place}/bin/tool") == "first\n"
    binary = Path(place, "lib", "place.bin").read_bytes()
    assert binary.startswith(b"\0" + os.fsencode(place) + b"/lib\0")
    assert len(binary) == len(b"\0" + PLACEHOLDER.encode() + b"/lib\0end")
    record = json.loads(Path(place, "conda-meta", f"{TOOL.stem}.json").read_text())
    assert record["url"] == channel.url_of(TOOL)

    second = machine.attempt(packages, home=home, offline=True)
    begun = time.monotonic()
    assert second.obtain().place == place
    assert time.monotonic() - begun < WARM_SECONDS
    assert second.log == ""
    assert "found in the cache" in second.said[-1]


def test_a_python_and_its_module(channel: Channel, home: Home, machine: Machine) -> None:
    built = machine.attempt(brought(home, asking(channel, "module")), home=home).obtain()
    assert built.python is not None
    assert built.python.base == built.place
    assert built.scripts == ["module-says"]
    module = Path(built.place, built.python.site_packages, "module.py")
    assert output_of(f"{built.place}/bin/module-says") == f"module {module}\n"
    assert list(module.parent.glob("__pycache__/module.*.pyc"))


def test_is_read_only(channel: Channel, home: Home, machine: Machine) -> None:
    place = machine.attempt(brought(home, asking(channel, "tool")), home=home).obtain().place
    for path in [Path(place), *Path(place).rglob("*")]:
        if path.name != MANIFEST:
            assert path.is_symlink() or not path.stat().st_mode & 0o222, path


def test_shares_bytes_between_environments(channel: Channel, home: Home, machine: Machine) -> None:
    one = machine.attempt(brought(home, asking(channel, "tool")), home=home).obtain()
    two = machine.attempt(brought(home, asking(channel, "data")), home=home).obtain()
    assert one.place != two.place
    files = [Path(built.place, "share", "data.txt") for built in (one, two)]
    assert files[0].samefile(files[1])


def test_post_link_scripts_run(channel: Channel, home: Home, machine: Machine) -> None:
    post = script('#!/bin/sh\necho "$PREFIX" > "$PREFIX/share/posted"\n')
    channel.add(Package("posts", "1.0", {"bin/.posts-post-link.sh": post}, depends=["data"]))
    place = machine.attempt(brought(home, asking(channel, "posts")), home=home).obtain().place
    assert Path(place, "share", "posted").read_text().strip() == place


def test_no_packages_at_all(channel: Channel, home: Home, machine: Machine) -> None:
    built = machine.attempt(brought(home, asking(channel)), home=home).obtain()
    assert (built.python, built.scripts) == (None, [])


def test_fetches_by_url_what_was_not_brought(
    served: str, channel: Channel, home: Home, machine: Machine
) -> None:
    asked = CondaPackages("environment.yml", (served,), False, ("tool",)).to_json()
    packages = brought(home, asked, offline=False)
    assert packages["archives"] == []
    place = machine.attempt(packages).obtain().place
    assert output_of(f"{place}/bin/tool") == "first\n"


def test_refuses_what_the_channel_has_instead(
    served: str, channel: Channel, home: Home, machine: Machine
) -> None:
    asked = CondaPackages("environment.yml", (served,), False, ("data",)).to_json()
    packages = brought(home, asked, offline=False)
    changed = Package("data", "1.0", {"share/data.txt": File(b"evil\n")}, noarch="generic")
    channel.add(changed)
    attempt = machine.attempt(packages)
    with pytest.raises(StepFailed, match="hash mismatch"):
        attempt.obtain()
    assert environments_in(machine.layout) == []


def test_a_channel_that_cannot_be_reached(
    served: str, channel: Channel, home: Home, machine: Machine
) -> None:
    asked = CondaPackages("environment.yml", (served,), False, ("data",)).to_json()
    packages = brought(home, asked, offline=False)
    for package in packages["lock"]["packages"]:
        package["url"] = package["url"].replace(served, "http://127.0.0.1:9")
    with pytest.raises(StepFailed, match=r"environment.yml cannot be installed: .*via-laptop"):
        machine.attempt(packages).obtain()


def test_a_damaged_archive(channel: Channel, home: Home, machine: Machine) -> None:
    packages = brought(home, asking(channel, "data"))
    attempt = machine.attempt(packages, home=home)
    path = Path(machine.layout.blob(str(channel.entry_of(DATA)["sha256"])))
    damaged = path.read_bytes()[:-1] + b"?"
    path.unlink()
    path.write_bytes(damaged)
    with pytest.raises(StepFailed, match=r"data-1.0-0.conda is damaged on this machine's disk"):
        attempt.obtain()


def test_an_archive_that_did_not_come(channel: Channel, home: Home, machine: Machine) -> None:
    packages = brought(home, asking(channel, "tool"))
    with pytest.raises(StepFailed, match="has not arrived"):
        machine.attempt(packages).obtain()
    packages["archives"].pop()
    with pytest.raises(StepFailed, match="was not brought along"):
        machine.attempt(packages, home=home, offline=True).obtain()


def test_a_python_of_another_machine(channel: Channel, home: Home, machine: Machine) -> None:
    channel.add(Package("python", "3.99.1", {"bin/python3.99": script("#!/nowhere/at/all\n")}))
    packages = brought(home, asking(channel, "python =3.99"))
    with pytest.raises(StepFailed, match=r"the Python 3\.99\.1 .* does not run"):
        machine.attempt(packages, home=home).obtain()
    assert environments_in(machine.layout) == []


def test_without_any_tool(channel: Channel, home: Home, machine: Machine) -> None:
    packages = brought(home, asking(channel, "data"))
    with pytest.raises(StepFailed, match="neither micromamba nor mamba nor conda"):
        machine.attempt(packages, home=home, tools={}).obtain()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"sha256": "x"}, "sha256 is 'x'"),
        ({"url": "ftp://host/a-1-0.conda"}, "url is 'ftp"),
        ({"url": "https://host/c/linux-64/../../x"}, "url is"),
        ({"subdir": "../up"}, "subdir is '../up'"),
        ({"site_packages": "lib/../../x"}, "site_packages is"),
        ({"name": "a/b"}, "name is 'a/b'"),
        ({"size": -1}, "size is -1"),
        ({"depends": "python"}, "depends is 'python'"),
    ],
)
def test_refuses_specs_that_make_no_sense(
    channel: Channel, home: Home, machine: Machine, change: dict[str, Any], said: str
) -> None:
    packages = brought(home, asking(channel, "data"))
    packages["lock"]["packages"][0].update(change)
    with pytest.raises(StepFailed) as caught:
        machine.attempt(packages, home=home).obtain()
    assert said in str(caught.value)


def test_unpacks_the_rattler_that_came_along_once(rattler: Rattler, machine: Machine) -> None:
    attempt = machine.attempt({})
    place = Path(find_rattler(attempt.site))
    place.unlink()  # what the fixture put there
    assert Path(find_rattler(attempt.site)) == place
    library = next(place.glob("rattler/*.so"))
    assert library.stat().st_size == next(rattler.unpacked.glob("rattler/*.so")).stat().st_size
    first = library.stat()
    find_rattler(attempt.site)
    assert library.stat() == first
    with library.open("r+b") as file:
        file.truncate(1000)  # as a power cut may leave it
    find_rattler(attempt.site)
    assert library.stat().st_size == first.st_size


def test_refuses_another_wheel(machine: Machine, tmp_path: Path) -> None:
    path = tmp_path / "other.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("other/__init__.py", "")
    tool = {"sha256": machine.keep(path), "size": 1, "name": "x.whl"}
    with pytest.raises(StepFailed, match="is no wheel of it"):
        find_rattler(machine.attempt({}, tools={"rattler": tool}).site)

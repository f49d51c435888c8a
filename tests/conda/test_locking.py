"""Solved for real, with channels that the tests make: once, and kept with the task."""

from __future__ import annotations

from pathlib import Path

import pytest

from clearq_tui.conda import CondaError, Target, carry, find_conda_packages, lock_for, target_of
from clearq_tui.conda.packages import CondaPackages, packages_from_json
from clearq_tui.paths import Home
from tests.conda.archives import Channel, File, Package
from tests.conda.conftest import DATA, TOOL

FACTS = {"system": "Linux", "architecture": "x86_64", "release": "6.1.0", "libc": "glibc 2.36"}
TARGET = target_of(FACTS)
NEWER = Package("data", "2.0", {"share/data.txt": File(b"second\n")}, noarch="generic")


def silent(_text: str) -> None:
    """Say nothing."""


def asking(channel: Channel, *specs: str) -> dict[str, object]:
    asked = CondaPackages("environment.yml", (channel.url,), False, specs)
    return asked.to_json()


def versions(packages: dict[str, object], target: Target = TARGET) -> dict[str, str]:
    lock = packages_from_json(packages).lock(target.subdir)
    assert lock is not None
    return {package.name: package.version for package in lock.packages}


def test_a_clone_gets_what_the_first_got(channel: Channel, home: Home) -> None:
    packages = lock_for(asking(channel, "tool"), TARGET, home, silent)
    assert versions(packages) == {"tool": "1.0", "data": "1.0"}
    channel.add(NEWER)
    again = lock_for(packages, TARGET, home, silent)
    assert again == packages
    assert versions(lock_for(asking(channel, "tool"), TARGET, home, silent))["data"] == "2.0"


def test_another_question_is_solved_anew(channel: Channel, home: Home) -> None:
    packages = lock_for(asking(channel, "data"), TARGET, home, silent)
    packages["specs"] = ["tool"]
    assert versions(lock_for(packages, TARGET, home, silent)) == {"tool": "1.0", "data": "1.0"}


def test_each_platform_has_its_lock(channel: Channel, home: Home) -> None:
    arm = target_of({**FACTS, "architecture": "aarch64"})
    packages = lock_for(asking(channel, "data"), TARGET, home, silent)
    (channel.directory / "linux-aarch64").mkdir()
    (channel.directory / "linux-aarch64" / "repodata.json").write_text('{"packages": {}}')
    both = lock_for(packages, arm, home, silent)
    assert versions(both) == versions(both, arm) == {"data": "1.0"}


@pytest.mark.parametrize(
    ("specs", "said"),
    [
        (["tool >=3"], "tool >=3"),
        (["no-such-package"], "no-such-package"),
        (["data =1.0", "data =2.0"], "data"),
        (["data >=", "tool"], "'data >=' is no conda package"),
    ],
)
def test_what_has_no_solution(channel: Channel, home: Home, specs: list[str], said: str) -> None:
    with pytest.raises(CondaError) as caught:
        lock_for(asking(channel, *specs), TARGET, home, silent)
    sentence = str(caught.value)
    assert sentence.startswith(
        f"The conda environment of environment.yml cannot be solved for linux-64 with {channel.url}"
    )
    assert said in sentence
    assert "\n" not in sentence


def test_the_machine_decides_too(channel: Channel, home: Home) -> None:
    old = target_of({**FACTS, "libc": "glibc 2.12"})
    with pytest.raises(CondaError, match=r"__glibc >=2\.17"):
        lock_for(asking(channel, "tool"), old, home, silent)
    packages = lock_for(asking(channel, "tool"), TARGET, home, silent)
    with pytest.raises(CondaError, match=r"and the machine has 2\.12"):
        lock_for(packages, old, home, silent)


def test_a_channel_that_is_not_there(tmp_path: Path, home: Home) -> None:
    packages = CondaPackages("environment.yml", ((tmp_path / "no").as_uri(),), False, ("a",))
    with pytest.raises(CondaError, match="could not find subdir"):
        lock_for(packages.to_json(), TARGET, home, silent)


def test_order_of_channels_is_strict_at_first(tmp_path: Path, home: Home) -> None:
    """A later channel's newer version counts only where nothing else fits, as with conda."""
    first, second = Channel(tmp_path / "first"), Channel(tmp_path / "second")
    first.add(DATA)
    second.add(NEWER, Package("user", "1.0", depends=["data >=2"]))
    said: list[str] = []
    channels = (first.url, second.url)
    old = CondaPackages("e", channels, False, ("data",)).to_json()
    assert versions(lock_for(old, TARGET, home, said.append)) == {"data": "1.0"}
    new = CondaPackages("e", channels, False, ("user",)).to_json()
    assert versions(lock_for(new, TARGET, home, said.append))["data"] == "2.0"
    assert any("channel priority" in text for text in said)


def test_strict_by_the_operators_settings(tmp_path: Path, home: Home, own_home: Path) -> None:
    (own_home / ".condarc").write_text("channel_priority: strict\n")
    first, second = Channel(tmp_path / "first"), Channel(tmp_path / "second")
    first.add(DATA)
    second.add(NEWER, Package("user", "1.0", depends=["data >=2"]))
    asked = CondaPackages("e", (first.url, second.url), False, ("user",)).to_json()
    with pytest.raises(CondaError, match="data"):
        lock_for(asked, TARGET, home, silent)


def test_the_operators_channels_and_their_alias(
    tmp_path: Path, home: Home, own_home: Path, channel: Channel
) -> None:
    (own_home / ".condarc").write_text(
        f"channels: [channel]\nchannel_alias: {channel.directory.parent.as_uri()}\n"
    )
    other = Channel(tmp_path / "other")
    asked = CondaPackages("e", (other.url,), True, ("channel::data",)).to_json()
    assert versions(lock_for(asked, TARGET, home, silent)) == {"data": "1.0"}
    with pytest.raises(CondaError, match="data"):
        lock_for({**asked, "own_channels": False, "specs": ["data"]}, TARGET, home, silent)


def explicit(channel: Channel, tmp_path: Path, *lines: str) -> dict[str, object]:
    (tmp_path / "explicit.txt").write_text("\n".join(["# platform: linux-64", "@EXPLICIT", *lines]))
    found = find_conda_packages(tmp_path)
    assert found is not None
    return found


def test_an_explicit_list(channel: Channel, tmp_path: Path, home: Home) -> None:
    md5 = channel.entry_of(TOOL)["md5"]
    urls = (f"{channel.url_of(TOOL)}#{md5}", channel.url_of(DATA))
    packages = lock_for(explicit(channel, tmp_path, *urls), TARGET, home, silent)
    assert versions(packages) == {"tool": "1.0", "data": "1.0"}
    lock = packages_from_json(packages).lock("linux-64")
    assert lock is not None
    assert [one.sha256 for one in lock.packages] == [
        channel.entry_of(TOOL)["sha256"],
        channel.entry_of(DATA)["sha256"],
    ]


def test_an_explicit_list_of_what_no_index_has(
    channel: Channel, tmp_path: Path, home: Home
) -> None:
    entry = channel.entry_of(TOOL)
    url = f"{channel.url_of(TOOL)}#{entry['md5']}"
    for index in channel.directory.rglob("repodata.json"):
        index.write_text('{"packages": {}, "packages.conda": {}}')
    packages = lock_for(explicit(channel, tmp_path, url), TARGET, home, silent)
    lock = packages_from_json(packages).lock("linux-64")
    assert lock is not None
    (package,) = lock.packages
    assert (package.sha256, package.depends) == (entry["sha256"], tuple(TOOL.depends))


def test_an_explicit_list_of_something_else(channel: Channel, tmp_path: Path, home: Home) -> None:
    with pytest.raises(CondaError, match=r"is not what the list means: its md5 there is 0000"):
        lock_for(
            explicit(channel, tmp_path, f"{channel.url_of(TOOL)}#{'0' * 32}"), TARGET, home, silent
        )


def test_an_explicit_list_for_another_platform(
    channel: Channel, tmp_path: Path, home: Home
) -> None:
    arm = target_of({**FACTS, "architecture": "aarch64"})
    packages = explicit(channel, tmp_path, channel.url_of(TOOL))
    with pytest.raises(
        CondaError, match="lists packages for linux-64, and the machine is linux-aa"
    ):
        lock_for(packages, arm, home, silent)


def test_archives_become_blobs_once(channel: Channel, home: Home) -> None:
    packages = lock_for(asking(channel, "tool"), TARGET, home, silent)
    said: list[str] = []
    carried = carry(packages, TARGET, home, said.append, offline=True)
    assert {blob["sha256"] for blob in carried.blobs} == {
        channel.entry_of(one)["sha256"] for one in (TOOL, DATA)
    }
    assert all(
        (home.blobs / blob["sha256"]).stat().st_size == blob["size"] for blob in carried.blobs
    )
    assert all(blob["keep"] for blob in carried.blobs)
    assert len(said) == 1
    for archive in channel.directory.rglob("*.conda"):
        archive.unlink()
    assert carry(packages, TARGET, home, said.append, offline=True) == carried
    assert len(said) == 1


def test_an_archive_that_was_replaced(channel: Channel, home: Home) -> None:
    packages = lock_for(asking(channel, "data"), TARGET, home, silent)
    (channel.directory / "noarch" / DATA.file_name).write_bytes(b"something else")
    with pytest.raises(CondaError, match=r"data-1.0-0.conda is not the package that was locked"):
        carry(packages, TARGET, home, silent, offline=True)


def test_a_machine_with_a_network_gets_urls(served: str, home: Home) -> None:
    asked = CondaPackages("e", (served,), False, ("tool",)).to_json()
    packages = lock_for(asked, TARGET, home, silent)
    direct = carry(packages, TARGET, home, silent, offline=False)
    assert direct.blobs == ()
    assert all(one["url"].startswith(served) for one in direct.packages["lock"]["packages"])
    assert len(carry(packages, TARGET, home, silent, offline=True).blobs) == 2


def test_a_package_that_has_gone(served: str, channel: Channel, home: Home) -> None:
    asked = CondaPackages("e", (served,), False, ("tool",)).to_json()
    packages = lock_for(asked, TARGET, home, silent)
    gone = channel.directory / "noarch" / DATA.file_name
    gone.rename(f"{gone}.away")
    with pytest.raises(CondaError, match=r"cannot be fetched: .*404"):
        carry(packages, TARGET, home, silent, offline=True)
    Path(f"{gone}.away").rename(gone)
    said: list[str] = []
    carry(packages, TARGET, home, said.append, offline=True)
    assert said == ["Fetching conda packages: 1, 0.0 MiB."]  # the other one had come


def test_a_package_that_has_gone_from_the_laptop(channel: Channel, home: Home) -> None:
    packages = lock_for(asking(channel, "data"), TARGET, home, silent)
    (channel.directory / "noarch" / DATA.file_name).unlink()
    with pytest.raises(CondaError, match=r"data-1.0-0.conda is not there any more"):
        carry(packages, TARGET, home, silent, offline=True)

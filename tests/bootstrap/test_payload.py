"""The same contents give the same block; what is compiled goes only where it loads."""

from __future__ import annotations

import json
import zipfile
import zlib
from pathlib import Path

import pytest

from clearq_tui.fleet.payload import Payloads, agent_files, announce, pack, psutil_files
from clearq_tui.fleet.platform import Platform, own_platform, platform_of, wheel_fits

ARM = Platform("Linux", "aarch64", "glibc")
WHEEL = "psutil-7.2.2-cp36-abi3-manylinux2014_aarch64.manylinux_2_17_aarch64.whl"


def paths(payload: bytes) -> list[str]:
    return [path for path, _, _ in json.loads(zlib.decompress(payload).partition(b"\n")[0])]


def make_wheel(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("psutil/__init__.py", "arm")
        archive.writestr("psutil/_psutil_linux.abi3.so", "elf")
        archive.writestr("psutil/_pswindows.py", "")
        archive.writestr("psutil/tests/test_all.py", "")
        archive.writestr("psutil/../../evil.py", "")
        archive.writestr("psutil-7.2.2.dist-info/METADATA", "")


def test_same_contents_same_block(tmp_path: Path) -> None:
    one, other = Payloads(tmp_path), Payloads(tmp_path)
    assert one.build == other.build
    assert one.payload_for(own_platform()) == other.payload_for(own_platform())
    assert pack({"b": b"1", "a": b"2"}) == pack({"a": b"2", "b": b"1"})


def test_own_platform_gets_psutil_and_nvml(tmp_path: Path) -> None:
    found = paths(Payloads(tmp_path).payload_for(own_platform()))
    assert "remote_agent/core.py" in found
    assert "pynvml.py" in found
    assert any(path.startswith("psutil/") and ".abi3." in path for path in found)
    assert "psutil/_pswindows.py" not in found
    assert not any(path.endswith(".pyc") for path in found)


def test_other_platforms_get_a_wheel_or_nothing(tmp_path: Path) -> None:
    assert psutil_files(ARM, tmp_path) == {}
    without = Payloads(tmp_path)
    make_wheel(tmp_path / WHEEL)
    assert psutil_files(ARM, tmp_path) == {
        "psutil/__init__.py": b"arm",
        "psutil/_psutil_linux.abi3.so": b"elf",
    }
    assert Payloads(tmp_path).build != without.build, "machines that lack it must get it"


@pytest.mark.parametrize(
    ("name", "platform", "fits"),
    [
        (WHEEL, ARM, True),
        (WHEEL, Platform("Linux", "x86_64", "glibc"), False),
        (WHEEL, Platform("Linux", "aarch64", ""), False),
        ("psutil-7-cp36-abi3-musllinux_1_2_aarch64.whl", Platform("Linux", "aarch64", ""), True),
        ("psutil-7-cp36-abi3-macosx_11_0_arm64.whl", Platform("Darwin", "arm64", ""), True),
        ("psutil-7-cp36-abi3-macosx_11_0_arm64.whl", ARM, False),
        ("psutil-7-cp313-cp313t-manylinux2014_aarch64.whl", ARM, False),
        ("psutil.whl", ARM, False),
    ],
)
def test_wheels(name: str, platform: Platform, fits: bool) -> None:
    assert wheel_fits(name, platform) is fits


def test_narrow_interpreter_on_a_wide_kernel() -> None:
    uname = ["Linux", "host", "6", "#1", "aarch64"]
    assert platform_of(uname, 64, "glibc 2.36") == ARM
    assert platform_of(uname, 32, "").architecture == "armv7l"


def test_announcement_has_the_length_that_the_first_stage_reads() -> None:
    assert len(announce(b"")) == len(announce(bytes(10_000_000))) == 80


def test_agent_needs_nothing_but_its_sources() -> None:
    assert all(path.startswith("remote_agent/") for path in agent_files())

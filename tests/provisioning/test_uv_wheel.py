"""uv for a machine: from an index, from what is kept, or the laptop's own."""

from __future__ import annotations

import hashlib
import subprocess
import zipfile
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import pytest

from clearq_tui.provisioning import Errand, Target, own_target, uv_wheel
from clearq_tui.provisioning.own_uv import as_uv_wheel, is_static, runs_there
from clearq_tui.provisioning.uv_calls import uv_program
from tests.provisioning.conftest import Told
from tests.provisioning.package_index import PackageIndex
from tests.provisioning.small_wheels import write_wheel

VERSION = metadata.version("uv")


def asking(errand: Errand, address: str) -> Errand:
    return Errand(
        errand.home,
        errand.machine,
        errand.say,
        environment={**errand.environment, "PIP_INDEX_URL": address},
    )


@pytest.mark.parametrize(
    ("target", "tag"),
    [
        (Target("Linux", "x86_64", "glibc", (2, 17)), "musllinux_1_1_x86_64"),
        (Target("Linux", "aarch64", "musl", (1, 1)), "musllinux_1_1_aarch64"),
        (Target("Darwin", "arm64", "", (14, 0)), "macosx_11_0_arm64"),
    ],
)
def test_the_static_wheel_of_the_laptops_version_is_fetched_once(
    index: PackageIndex, told: Told, target: Target, tag: str
) -> None:
    for each in ("manylinux_2_17_x86_64", "musllinux_1_1_x86_64", "macosx_11_0_arm64"):
        write_wheel(index.directory, "uv", VERSION, f"py3-none-{each}")
    both = "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64"
    write_wheel(index.directory, "uv", VERSION, f"py3-none-{both}")
    write_wheel(index.directory, "uv", "99.0", f"py3-none-{tag}")
    errand = asking(told.errand, index.url)
    wheel, why = uv_wheel(target, errand)
    assert why == ""
    assert wheel is not None
    assert wheel["name"].startswith(f"uv-{VERSION}-py3-none-")
    assert wheel["name"].removesuffix(".whl").endswith(tag)
    content = (errand.home.blobs / wheel["sha256"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == wheel["sha256"]
    assert len(content) == wheel["size"]
    asked = len(index.requests)
    assert uv_wheel(target, errand) == (wheel, "")
    assert uv_wheel(replace(target, release=(99, 0)), errand) == (wheel, "")
    (errand.home.blobs / wheel["sha256"]).unlink()
    assert uv_wheel(target, errand) == (wheel, ""), "kept for good, beside the blobs"
    assert len(index.requests) == asked


def test_without_an_index_the_laptops_own_serves_its_like(told: Told) -> None:
    errand = asking(told.errand, "http://127.0.0.1:9/simple")
    wheel, why = uv_wheel(own_target(), errand)
    assert why == ""
    assert wheel is not None
    with zipfile.ZipFile(errand.home.blobs / wheel["sha256"]) as packed:
        packed.extract(f"uv-{VERSION}.data/scripts/uv", told.errand.home.root)
    program = told.errand.home.root / f"uv-{VERSION}.data/scripts/uv"
    program.chmod(0o700)
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    assert VERSION in said.stdout


def test_without_an_index_others_get_none_and_a_reason_and_it_is_not_asked_for_long(
    index: PackageIndex, told: Told
) -> None:
    errand = asking(told.errand, index.url)
    power = Target("Linux", "ppc64le", "glibc", (2, 36))
    wheel, why = uv_wheel(power, errand)
    assert wheel is None
    assert f"uv {VERSION} cannot be had for lab-a (Linux ppc64le with glibc 2.36)" in why
    assert "The machine's own uv or pip is used" in why
    asked = len(index.requests)
    assert uv_wheel(power, errand) == (None, why)
    assert len(index.requests) == asked


def test_a_program_runs_where_its_c_library_is_or_needs_none(tmp_path: Path) -> None:
    own = own_target()
    program = Path(uv_program())
    newer = replace(own, release=(own.release[0], own.release[1] + 1))
    older = replace(own, release=(own.release[0], own.release[1] - 1))
    assert runs_there(program, newer)
    assert runs_there(program, older) is is_static(program)
    assert not runs_there(program, replace(own, architecture="ppc64le"))
    static = tmp_path / "static"
    static.write_bytes(elf(program_headers=[1, 1]))
    assert is_static(static)
    assert runs_there(static, replace(own, libc="musl", release=(1, 2)))
    static.write_bytes(elf(program_headers=[1, 3, 1]))
    assert not is_static(static)
    for content in (b"", b"#!/bin/sh\n", b"\x7fELF", elf([1])[:70]):
        static.write_bytes(content)
        assert not is_static(static)


def test_the_same_program_makes_the_same_wheel(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_bytes(b"program")
    wheels = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        wheels.append(as_uv_wheel(program, "1.0", own_target(), tmp_path / name).read_bytes())
    assert wheels[0] == wheels[1]


def elf(program_headers: list[int]) -> bytes:
    """The beginning of a 64-bit program with program headers of these kinds."""
    head = bytearray(64)
    head[:5] = b"\x7fELF\x02"
    head[32:40] = (64).to_bytes(8, "little")
    head[54:56] = (56).to_bytes(2, "little")
    head[56:58] = len(program_headers).to_bytes(2, "little")
    return bytes(head) + b"".join(
        kind.to_bytes(4, "little") + bytes(52) for kind in program_headers
    )

"""Builds of Python from a mirror on this machine."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from clearq_tui.provisioning import (
    Errand,
    ProvisionError,
    Target,
    bring_python,
    bring_python_environment,
)
from clearq_tui.provisioning.bring import python_there
from clearq_tui.provisioning.target import FoundPython
from clearq_tui.provisioning.versions import fits
from tests.provisioning.conftest import Told
from tests.provisioning.package_index import PackageIndex
from tests.provisioning.small_wheels import write_wheel
from tests.provisioning.wishes import names_of, wish

_SYSCONFIG = (
    b"# system configuration generated and used by the sysconfig module\nbuild_time_vars = {}\n"
)


def archive(version: str) -> bytes:
    """What uv takes for a build of CPython."""
    minor = version.rpartition(".")[0]
    members = {
        f"python/bin/python{minor}": b"#!/bin/sh\n",
        f"python/lib/python{minor}/os.py": b"",
        f"python/lib/python{minor}/_sysconfigdata__linux_.py": _SYSCONFIG,
    }
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as packed:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o755
            packed.addfile(entry, io.BytesIO(content))
    return data.getvalue()


class Mirror:
    """A directory with archives, and uv's list of what there is."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir()
        self.directory = directory
        self.list: dict[str, Any] = {}

    def add(self, version: str, arch: str, libc: str, digest: str = "", **other: object) -> Path:
        path = self.directory / f"cpython-{version}+20260101-{arch}-{libc}-install_only.tar.gz"
        path.write_bytes(archive(version))
        major, minor, patch = map(int, version.split("."))
        self.list[f"cpython-{version}-linux-{arch}-{libc}"] = {
            "name": "cpython", "os": "linux", "libc": libc, "variant": None, "prerelease": "",
            "arch": {"family": arch, "variant": None},
            "major": major, "minor": minor, "patch": patch, "build": "20260101",
            "url": path.as_uri().replace("+", "%2B"),
            "sha256": digest or hashlib.sha256(path.read_bytes()).hexdigest(),
            **other,
        }  # fmt: skip
        return path

    def errand(self, told: Told) -> Errand:
        listing = self.directory / "list.json"
        listing.write_text(json.dumps(self.list))
        variables = {**told.errand.environment, "UV_PYTHON_DOWNLOADS_JSON_URL": listing.as_uri()}
        return Errand(told.errand.home, "lab-a", told.errand.say, environment=variables)


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    mirror = Mirror(tmp_path / "mirror")
    for version in ("3.11.8", "3.11.9", "3.12.1"):
        mirror.add(version, "aarch64", "gnu")
    mirror.add("3.11.10", "x86_64", "gnu")
    mirror.add("3.11.11", "aarch64", "musl")
    mirror.add("3.11.12", "aarch64", "gnu", variant="freethreaded")
    return mirror


def test_the_newest_build_that_is_wanted_comes_once(
    mirror: Mirror, told: Told, arm: Target
) -> None:
    errand = mirror.errand(told)
    build = bring_python("3.11", arm, errand)
    path = mirror.directory / "cpython-3.11.9+20260101-aarch64-gnu-install_only.tar.gz"
    content = path.read_bytes()
    assert build == {
        "name": path.name.replace("+", "-"),
        "sha256": hashlib.sha256(content).hexdigest(),
        "size": len(content),
        "keep": True,
        "version": "3.11.9",
    }
    assert (errand.home.blobs / build["sha256"]).read_bytes() == content
    assert told.said == ["fetching Python 3.11.9 for lab-a"]
    # What is here and fits is taken again, though there is a newer one now.
    mirror.add("3.11.13", "aarch64", "gnu")
    path.unlink()
    assert bring_python(">=3.10,<3.12", arm, mirror.errand(told)) == build
    assert len(told.said) == 1


def test_a_build_that_is_not_what_uv_knows_is_refused(
    mirror: Mirror, told: Told, arm: Target
) -> None:
    mirror.add("3.11.9", "aarch64", "gnu", "ab" * 32)
    with pytest.raises(ProvisionError, match=r"Python 3\.11\.9 for lab-a cannot be fetched") as no:
        bring_python("3.11", arm, mirror.errand(told))
    assert "hash" in str(no.value).lower()
    assert not any(told.errand.home.blobs.iterdir())


def test_a_mirror_that_lacks_it_is_said(mirror: Mirror, told: Told, arm: Target) -> None:
    mirror.add("3.11.9", "aarch64", "gnu").unlink()
    with pytest.raises(ProvisionError, match=r"Python 3\.11\.9 for lab-a cannot be fetched"):
        bring_python("3.11", arm, mirror.errand(told))


@pytest.mark.parametrize("wanted", ["3.13", ">=3.9,<3.10"])
def test_a_version_that_uv_has_not_is_said(
    mirror: Mirror, told: Told, arm: Target, wanted: str
) -> None:
    with pytest.raises(ProvisionError, match=r"uv knows no build of it for Linux aarch64"):
        bring_python(wanted, arm, mirror.errand(told))


def test_the_operators_mirror_is_where_uv_fetches(
    mirror: Mirror, told: Told, arm: Target, tmp_path: Path
) -> None:
    """That it is asked is all that counts: no file made here has a hash that uv knows."""
    variables = {**told.errand.environment, "UV_PYTHON_INSTALL_MIRROR": tmp_path.as_uri()}
    errand = Errand(told.errand.home, "lab-a", environment=variables)
    with pytest.raises(ProvisionError, match="cannot be fetched") as refused:
        bring_python("3.12", arm, errand)
    assert str(tmp_path) in str(refused.value)


def test_an_environment_comes_with_a_python_only_where_none_fits(
    mirror: Mirror, told: Told, arm: Target, index: PackageIndex
) -> None:
    for python in ("cp310", "cp312"):
        write_wheel(index.directory, "beta", "1", f"{python}-{python}-manylinux_2_17_aarch64")
    errand = mirror.errand(told)
    packages = wish(index, "beta")
    here = bring_python_environment("", packages, arm, errand)
    assert (here.python, here.python_build) == ("3.10", None)
    there = bring_python_environment(">=3.12", packages, arm, errand)
    assert there.python == "3.12"
    assert there.python_build is not None
    assert there.packages is not None
    assert names_of(there.packages) == ["beta-1-cp312-cp312-manylinux_2_17_aarch64.whl"]
    assert [blob["sha256"] for blob in there.blobs][-1] == there.python_build["sha256"]
    assert len(there.blobs) == 2
    nothing = bring_python_environment("3.10", None, arm, errand)
    assert (nothing.packages, nothing.blobs) == (None, ())


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [("", "3.7"), ("3.11", "3.11"), (">=3.10.5", "3.11"), ("3.9.18", "3.9.18"), ("3.12", "")],
)
def test_the_first_python_that_fits_is_the_one(wanted: str, expected: str) -> None:
    pythons = tuple(FoundPython(version, "/p") for version in ("3.7", "3.11", "3.9.18"))
    target = Target("Linux", "x86_64", "glibc", (2, 36), pythons)
    if expected == "3.7":
        expected = "3.11"  # older ones than the oldest that clearq works with do not count
    assert python_there(wanted, target) == expected


@pytest.mark.parametrize(
    ("version", "wanted", "expected"),
    [
        ("3.11.7", "3.11", True),
        ("3.11.7", "3.11.7", True),
        ("3.11.7", "3.11.8", False),
        ("3.11", ">=3.11.4", True),
        ("3.11", ">=3.12", False),
        ("3.10.1", "~=3.10", True),
        ("3.10.1", "", True),
    ],
)
def test_which_versions_fit(version: str, wanted: str, expected: bool) -> None:
    assert fits(version, wanted) is expected


def test_a_version_that_makes_no_sense_is_said() -> None:
    with pytest.raises(ProvisionError, match="'three' is no version of Python"):
        fits("3.11.1", "three")

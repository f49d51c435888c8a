"""System packages in an image, from an archive of the test's own."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.agent.forker import Forker
from tests.containers.specs import in_image, scripts

SOURCES = scripts(
    worker="rm -rf /etc/apt/sources.list*\n"
    "echo 'deb [trusted=yes] file:/archive ./' >/etc/apt/sources.list"
)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """An archive with one package."""
    if shutil.which("dpkg-deb") is None:
        pytest.skip("there is no dpkg-deb")
    content, place = tmp_path / "content", tmp_path / "archive"
    (content / "DEBIAN").mkdir(parents=True)
    (content / "usr/bin").mkdir(parents=True)
    place.mkdir()
    control = "Package: clearq-hello\nVersion: 1.2\nArchitecture: all\nMaintainer: t <t@t>\n"
    (content / "DEBIAN/control").write_text(f"{control}Description: says it\n")
    program = content / "usr/bin/clearq-hello"
    program.write_text("#!/bin/sh\necho hello from $(id -u)\n")
    program.chmod(0o755)
    package = place / "clearq-hello.deb"
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "--build", content, package],
        check=True,
        capture_output=True,
    )
    data = package.read_bytes()
    (place / "Packages").write_text(
        f"{control}Filename: ./{package.name}\nSize: {len(data)}\n"
        f"SHA256: {hashlib.sha256(data).hexdigest()}\nDescription: says it\n"
    )
    return place


def test_what_is_missing_is_installed(forker: Forker, debian: str, archive: Path) -> None:
    image = in_image(debian, arguments=["--volume", f"{archive}:/archive:ro"])
    forker.start(
        "1.1", "clearq-hello", setup=SOURCES, system_packages=["clearq-hello", "bash"], **image
    )
    assert forker.result("1.1") == ("completed", 0, None, ""), forker.log("1.1")
    log = forker.log("1.1")
    assert "[clearq] Installing clearq-hello.\n" in log
    assert "\nhello from 0\n" in log


def test_what_is_there_passes_and_what_is_nowhere_is_named(forker: Forker, debian: str) -> None:
    forker.start("1.1", "true", system_packages=["bash", "coreutils"], **in_image(debian))
    assert forker.result("1.1") == ("completed", 0, None, "")
    assert "[clearq] All there: bash, coreutils.\n" in forker.log("1.1")
    forker.start("2.1", "true", system_packages=["no-such"], setup=SOURCES, **in_image(debian))
    assert forker.result("2.1")[3].startswith(
        "system packages: no-such could not be installed in the image (exit code 100)"
    )
    forker.start("3.1", "true", system_packages=["a; b"], **in_image(debian))
    assert "'a; b' is not the name of a system package" in forker.result("3.1")[3]

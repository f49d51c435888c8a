"""Images that the tests make themselves."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

from tests.containers.engines import short_place

BUSYBOX = "localhost/clearq-tests/busybox:1"
DEBIAN = "localhost/clearq-tests/debian:1"
_APPLETS = ("sh", "cat", "echo", "ls", "mkdir", "mkfifo", "sleep", "touch", "id", "stat", "ps")


def busybox_tar(*programs: str | Path) -> bytes:
    """A file system with busybox, what it needs to run, and nothing else.

    `programs`: of the machine, which are not in it, but would run there.
    """
    program = shutil.which("busybox")
    assert program is not None
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        tar.add(Path(program).resolve(), "bin/busybox")
        for library in sorted(_libraries(program, *programs)):
            tar.add(Path(library).resolve(), library.lstrip("/"))
        for applet in _APPLETS:
            link = tarfile.TarInfo(f"bin/{applet}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
        scratch = tarfile.TarInfo("tmp")
        scratch.type, scratch.mode = tarfile.DIRTYPE, 0o1777
        tar.addfile(scratch)
    return content.getvalue()


def _libraries(*programs: str | Path) -> set[str]:
    said = [
        subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=False).stdout
        for program in programs
    ]
    return {path for path in re.findall(r"(/\S+)", "".join(said)) if Path(path).is_file()}


def why_no_debian() -> str:
    """What is missing for `debian_tar`; empty: nothing but perhaps a network."""
    if os.geteuid() != 0:
        return "debootstrap needs root"
    found = shutil.which("debootstrap", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    return "" if found else "there is no debootstrap"


def debian_tar(archive: Path) -> Path:
    """Make an archive of a Debian with Python, by debootstrap; returns its path.

    Raises:
        subprocess.CalledProcessError: it cannot, as where there is no network.
    """
    with short_place() as place:
        root = place / "debian"
        _run("debootstrap", "--variant=minbase", "--include=python3", _release(), str(root))
        left_out = ["var/cache/apt/archives/*.deb", "usr/share/doc", "usr/share/locale"]
        without = [f"--exclude=./{one}" for one in left_out]
        _run("tar", "-C", str(root), "--one-file-system", *without, "-cf", str(archive), ".")
    return archive


def _release() -> str:
    """That of the machine, for which there is a script and a key here."""
    said = Path("/etc/os-release").read_text()
    found = re.search(r"^VERSION_CODENAME=(\w+)", said, re.MULTILINE)
    return found.group(1) if found and re.search(r"^ID=debian", said, re.MULTILINE) else "stable"


def _run(*command: str) -> None:
    subprocess.run(
        command, check=True, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=110
    )

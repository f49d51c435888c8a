"""Images that the tests make themselves."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

BUSYBOX = "localhost/clearq-tests/busybox:1"
DEBIAN = "localhost/clearq-tests/debian:1"
_APPLETS = ("sh", "cat", "echo", "ls", "mkdir", "mkfifo", "sleep", "touch", "id", "stat", "ps")


def busybox_tar() -> bytes:
    """A file system with busybox, what it needs to run, and nothing else."""
    program = shutil.which("busybox")
    assert program is not None
    needed = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        tar.add(Path(program).resolve(), "bin/busybox")
        for library in re.findall(r"(/\S+)", needed):
            if Path(library).exists():
                tar.add(Path(library).resolve(), library.lstrip("/"))
        for applet in _APPLETS:
            link = tarfile.TarInfo(f"bin/{applet}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
        scratch = tarfile.TarInfo("tmp")
        scratch.type, scratch.mode = tarfile.DIRTYPE, 0o1777
        tar.addfile(scratch)
    return content.getvalue()


def debian_tar(place: Path) -> Path:
    """A Debian that debootstrap makes, as an archive.

    Raises:
        subprocess.CalledProcessError: it cannot, as where there is no network.
    """
    root, archive = place / "debian", place / "debian.tar"
    _run("debootstrap", "--variant=minbase", _release(), str(root))
    _run("tar", "-C", str(root), "--one-file-system", "-cf", str(archive), ".")
    shutil.rmtree(root)
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

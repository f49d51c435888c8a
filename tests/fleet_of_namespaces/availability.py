"""Whether this system can hold a fleet, and why not."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import tempfile

PROGRAMS = ("ip", "iptables", "mount", "nsenter", "setpriv", "ssh-keygen", "sshd", "unshare")

_TRIAL = """
mount -t tmpfs tmpfs "$0" && mkdir "$0"/upper "$0"/work "$0"/merged &&
mount -t overlay overlay -o "lowerdir=/,upperdir=$0/upper,workdir=$0/work" "$0"/merged &&
ip link add trial0 type veth peer name trial1 && iptables -A INPUT -i trial0 -j DROP
"""


def program(name: str) -> str | None:
    """Where the program is; the administrator's directories are looked at too."""
    search = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))
    return shutil.which(name, path=search)


@functools.cache
def why_unavailable() -> str:
    """One sentence; empty where a fleet can be made."""
    if os.getuid() != 0:
        return "making network namespaces needs root"
    if missing := [name for name in PROGRAMS if program(name) is None]:
        return f"these programs are missing: {', '.join(missing)}"
    with tempfile.TemporaryDirectory(prefix="clearq-trial-") as directory:
        kinds = ("--mount", "--net", "--pid", "--propagation", "private")
        trial = subprocess.run(
            ["unshare", "--fork", *kinds, "/bin/sh", "-c", _TRIAL, directory],
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
    if trial.returncode:
        return f"this kernel does not allow it: {trial.stderr.strip()}"
    return ""

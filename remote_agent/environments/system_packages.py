"""System packages: those that are there pass, the others are installed where that is allowed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import Callable, Dict, List, NamedTuple, Optional

from remote_agent.environments.interface import Site, StepFailed

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._:@~=-]{0,199}\Z")
"""What all three know as a package's name, with a version or an architecture, and no option."""


class Installer(NamedTuple):
    """A system's way of knowing and installing packages."""

    program: str
    is_there: Callable[[str], List[str]]
    """The command that succeeds when the package is there."""
    refresh: List[str]
    """Fetches the lists of what there is; empty where installing does."""
    install: List[str]


def _dpkg(name: str) -> List[str]:
    package, _, version = name.partition("=")
    wanted = "ii %s" % version if version else "ii "
    return [
        "sh",
        "-c",
        'dpkg-query -W -f \'${db:Status-Abbrev}${Version}\\n\' "$1" | grep -qF -e "$2"',
        "sh",
        package,
        wanted,
    ]


INSTALLERS = (
    Installer(
        "apt-get",
        _dpkg,
        ["apt-get", "-q", "update"],
        [
            *("apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=600"),
            *("install", "--no-install-recommends"),
        ],
    ),
    Installer(
        "dnf",
        lambda name: ["rpm", "-q", "--whatprovides", name],
        [],
        ["dnf", "-q", "-y", "install"],
    ),
    Installer(
        "apk",
        lambda name: ["apk", "info", "-q", "-e", name],
        [],
        ["apk", "add", "--no-cache", "-q"],
    ),
)


def install(site: Site, names: List[str]) -> None:
    """See to it that the packages are there.

    Raises:
        StepFailed: some are missing and cannot be installed; the sentence names them.
        OSError: the system refuses.
    """
    for name in names:
        if not NAME.match(name):
            raise StepFailed("%.80r is not the name of a system package." % name)
    installer = _installer(site.variables)
    if installer is None:
        raise StepFailed(
            "this machine has none of %s, so nobody can tell whether %s is installed."
            % (", ".join(one.program for one in INSTALLERS), ", ".join(names))
        )
    missing = _missing(installer, names, site.variables)
    if not missing:
        site.say("All there: %s." % ", ".join(names))
        return
    before = _authority(site.variables)
    if before is None:
        raise StepFailed(
            "%s %s missing, and clearq may not install here (no root, no sudo without a password). "
            "Ask the machine's owner for: %s %s"
            % (
                ", ".join(missing),
                "is" if len(missing) == 1 else "are",
                " ".join(installer.install),
                " ".join(missing),
            )
        )
    _install(site, installer, before, missing)


def _install(site: Site, installer: Installer, before: List[str], missing: List[str]) -> None:
    site.say("Installing %s." % ", ".join(missing))
    environment = {**site.variables, "DEBIAN_FRONTEND": "noninteractive"}
    # What is known already may do; fetching the lists takes longer than most packages.
    code = site.run([*before, *installer.install, *missing], environment=environment)
    if code != 0 and installer.refresh:
        site.run([*before, *installer.refresh], environment=environment)
        code = site.run([*before, *installer.install, *missing], environment=environment)
    if code != 0:
        raise StepFailed(
            "%s could not install %s (exit code %d); the log has what it said."
            % (installer.program, ", ".join(missing), code)
        )


def _installer(variables: Dict[str, str]) -> Optional[Installer]:
    for installer in INSTALLERS:
        if shutil.which(installer.program, path=variables.get("PATH")):
            return installer
    return None


def _missing(installer: Installer, names: List[str], variables: Dict[str, str]) -> List[str]:
    return [name for name in names if not _succeeds(installer.is_there(name), variables)]


def _authority(variables: Dict[str, str]) -> Optional[List[str]]:
    """What to put before a command so that it may install; None: nothing helps."""
    if os.geteuid() == 0:
        return []
    return ["sudo", "-n"] if _succeeds(["sudo", "-n", "true"], variables) else None


def _succeeds(command: List[str], variables: Dict[str, str]) -> bool:
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=variables,
            check=False,
        )
    except OSError:
        return False
    return done.returncode == 0

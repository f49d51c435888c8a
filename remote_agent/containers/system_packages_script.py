"""Installs system packages in a container, by whichever installer the image has. Pure."""

from __future__ import annotations

from shlex import quote
from typing import Callable, Iterable, List, Protocol, Sequence

NO_INSTALLER = 77
"""The exit code where the image has none."""


class Installer(Protocol):
    """An installer, as `environments.system_packages` describes them."""

    @property
    def program(self) -> str:
        """Its name."""

    @property
    def is_there(self) -> Callable[[str], List[str]]:
        """The command that succeeds when the package is there."""

    @property
    def refresh(self) -> List[str]:
        """Fetches the lists of what there is; empty where installing does."""

    @property
    def install(self) -> List[str]:
        """Installs the packages whose names follow."""


def system_packages_script(installers: Iterable[Installer], names: Sequence[str]) -> str:
    """For a shell that is root in the container. What is there already is not asked for again.

    `names` have been checked: a shell takes each for one word.
    """
    lines = ["export DEBIAN_FRONTEND=noninteractive", "missing="]
    for installer in installers:
        lines.append("if command -v %s >/dev/null 2>&1; then" % quote(installer.program))
        lines += ["    " + line for line in _with(installer, names)]
        lines.append("fi")
    return "\n".join([*lines, "exit %d" % NO_INSTALLER, ""])


def _with(installer: Installer, names: Sequence[str]) -> List[str]:
    lines = [
        '%s >/dev/null 2>&1 || missing="$missing %s"' % (_words(installer.is_there(name)), name)
        for name in names
    ]
    lines += [
        '[ -n "$missing" ] || { echo "[clearq] All there: %s."; exit 0; }' % ", ".join(names),
        'echo "[clearq] Installing$missing."',
    ]
    install = _words(installer.install) + " $missing"
    if not installer.refresh:
        return [*lines, install, "exit $?"]
    # What is known already may do; fetching the lists takes longer than most packages.
    refresh = _words(installer.refresh)
    return [*lines, "%s && exit 0" % install, "%s && %s" % (refresh, install), "exit $?"]


def _words(command: Sequence[str]) -> str:
    return " ".join(map(quote, command))

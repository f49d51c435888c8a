"""Is it the machine or us? Each step towards it, tried by a second SSH implementation."""

from __future__ import annotations

import contextlib
import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clearq_tui.fleet.destination import Destination
from clearq_tui.fleet.failures import ConnectFailed, Unreachable
from clearq_tui.fleet.host_keys import fingerprint
from clearq_tui.fleet.ssh_settings import Surroundings

if TYPE_CHECKING:
    import paramiko

    from clearq_tui.fleet.paramiko_connection import Socket
    from clearq_tui.fleet.transports.way import Way

_FIND_PYTHON: Final = r"""
echo "clearq-check: shell"
for python in python3 /usr/bin/python3 /usr/local/bin/python3 "$HOME/.pyenv/shims/python3" \
    "$HOME/miniconda3/bin/python3" "$HOME/anaconda3/bin/python3" /opt/conda/bin/python3; do
    said=$("$python" -c 'import sys
print("%d.%d.%d" % sys.version_info[:3], sys.version_info >= (3, 8), sys.executable)' \
        2> /dev/null) || continue
    echo "clearq-check: python $said"
done
"""


_PYTHON: Final = re.compile(r"clearq-check: python ([0-9.]{3,20}) (True|False) (/[ -~]{1,200})")


class NoShell(ConnectFailed):
    """The login works but runs no command."""


class NoPython(ConnectFailed):
    """There is no Python that the agent could run with."""


@dataclass(frozen=True)
class CheckStep:
    """One step and how it went; the steps after a failed one are not tried."""

    name: str
    ok: bool
    sentence: str


def check_machine(destination: Destination, surroundings: Surroundings) -> list[CheckStep]:
    """Try name, TCP, host key, login, command and Python, in this order. Blocks for seconds."""
    return list(_steps(destination, surroundings))


def _steps(destination: Destination, surroundings: Surroundings) -> Iterator[CheckStep]:
    from clearq_tui.fleet.transports.way import find_way

    if destination.transport == "local":
        yield CheckStep("way", ok=True, sentence="This is the laptop itself; no SSH is used.")
        return
    with contextlib.ExitStack() as stack:
        name = "configuration"
        try:
            check = _Check(find_way(destination, surroundings), surroundings, stack)
            yield CheckStep(name, ok=True, sentence=check.configuration())
            for name, step in check.steps():
                yield CheckStep(name, ok=True, sentence=step())
        except ConnectFailed as failure:
            yield CheckStep(name, ok=False, sentence=str(failure))


class _Check:
    """The connection as far as it has got."""

    def __init__(self, way: Way, surroundings: Surroundings, stack: contextlib.ExitStack) -> None:
        self._way = way
        self._settings = way.settings
        self._surroundings = surroundings
        self._stack = stack
        self._socket: Socket
        self._host: paramiko.Transport
        self._answer = ""

    def steps(self) -> Iterator[tuple[str, Callable[[], str]]]:
        """What is tried, in order; each returns its sentence or raises ConnectFailed."""
        if self._way.before is None and self._settings.proxy_command is None:
            yield "name", self._resolve_name
        yield "tcp", self._connect
        yield "host key", self._greet
        yield "login", self._log_in
        yield "command", self._run
        yield "python", self._find_python

    def configuration(self) -> str:
        """What the destination means by the operator's configuration."""
        settings = self._settings
        sentence = f"It means {settings.user} at {settings.hostname}:{settings.port}"
        if self._way.before is not None:
            hops = " and ".join(str(way.hop) for way in self._way.before.hosts())
            sentence += f" through {hops}"
        elif settings.proxy_command is not None:
            sentence += f" through the command {settings.proxy_command}"
        return sentence + "."

    def _resolve_name(self) -> str:
        settings = self._settings
        try:
            found = socket.getaddrinfo(
                settings.hostname, settings.port, settings.family, socket.SOCK_STREAM
            )
        except socket.gaierror as error:
            raise Unreachable(
                f"The name {settings.hostname} cannot be resolved: {error.strerror}."
            ) from error
        addresses = list(dict.fromkeys(str(address[0]) for *_, address in found))
        return f"{settings.hostname} is {', '.join(addresses)}."

    def _connect(self) -> str:
        from clearq_tui.fleet.paramiko_connection import open_socket

        self._socket = self._stack.enter_context(open_socket(self._way, self._surroundings))
        return f"Port {self._settings.port} of {self._settings.hostname} is open."

    def _greet(self) -> str:
        from clearq_tui.fleet.paramiko_connection import greet

        self._host = self._stack.enter_context(greet(self._way, self._socket, self._surroundings))
        key = self._host.get_remote_server_key()
        server = "".join(c for c in self._host.remote_version[:80] if c.isprintable())
        return f"{server} showed the known key {key.get_name()} {fingerprint(key.asbytes())}."

    def _log_in(self) -> str:
        from clearq_tui.fleet.paramiko_connection import log_in_with_keys

        log_in_with_keys(self._host, self._settings)
        return f"{self._settings} may log in with a key."

    def _run(self) -> str:
        from clearq_tui.fleet.paramiko_connection import run_script

        answer = run_script(self._host, _FIND_PYTHON, self._settings)
        self._answer = answer.output
        before, mark, _ = answer.output.partition("clearq-check: shell")
        if not mark:
            said = "".join(c if c.isprintable() else " " for c in answer.errors[-300:]).strip()
            raise NoShell(f"The account runs no command: {said or 'it ended without a word'}.")
        noise = f" after {len(before)} characters that its shell prints" if before else ""
        return f"A command runs{noise}."

    def _find_python(self) -> str:
        found = _PYTHON.findall(self._answer)
        for version, is_new_enough, path in found:
            if is_new_enough == "True":
                return f"Python {version} is at {path}."
        if found:
            raise NoPython(f"Python is too old ({found[0][0]}); the agent needs 3.8 or later.")
        raise NoPython("No python3 was found; install Python 3.8 or later, or name one.")

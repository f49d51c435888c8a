"""A real OpenSSH server on loopback, with its own keys, for tests.

with Sshd(tmp_path) as server:
    destination = server.destination()
    await connect(destination, server.surroundings())
"""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from clearq_tui.fleet.destination import Destination
from clearq_tui.fleet.ssh_config import ConfigFile
from clearq_tui.fleet.ssh_settings import Surroundings

SSHD = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")

needs_sshd = pytest.mark.skipif(
    SSHD is None or shutil.which("ssh-keygen") is None,
    reason="OpenSSH's sshd and ssh-keygen are not installed; SSH is NOT tested",
)


RELAY = """
import os, socket, sys, threading
print("noise", file=sys.stderr, flush=True)
peer = socket.create_connection((sys.argv[1], int(sys.argv[2])))
def send():
    while data := os.read(0, 65536):
        peer.sendall(data)
    peer.shutdown(socket.SHUT_WR)
threading.Thread(target=send, daemon=True).start()
while data := peer.recv(65536):
    os.write(1, data)
"""
"""A ProxyCommand in Python: host and port as arguments, noise on standard error."""


def free_port() -> int:
    """A TCP port of the loopback interface that was free just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_key(path: Path, key_type: str = "ed25519", passphrase: str = "") -> Path:
    """Make a key pair with ssh-keygen; returns the private key's path."""
    bits = ["-b", "2048"] if key_type == "rsa" else []
    subprocess.run(
        ["ssh-keygen", "-q", "-t", key_type, *bits, "-N", passphrase, "-C", "", "-f", str(path)],
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return path


def public_line(private: Path) -> str:
    """The public key that belongs to a private key file, `type base64`."""
    return " ".join(private.with_name(private.name + ".pub").read_text().split()[:2])


@dataclass
class Sshd:
    """One server. Use it as a context manager, or call `start` and `stop`; it can start again."""

    directory: Path
    allow_streamlocal: bool = True
    max_startups: str = "100"
    host_key_types: Sequence[str] = ("ed25519",)
    port: int = field(default_factory=free_port)
    extra: Sequence[str] = ()
    """More lines for sshd_config; they come first, so that they win."""

    def __post_init__(self) -> None:
        if SSHD is None:
            pytest.skip("sshd is not installed; SSH is NOT tested")
        self.user = getpass.getuser()
        self.directory.mkdir(mode=0o755, parents=True, exist_ok=True)
        self.client_key = self.directory / "client_key"
        self.authorized_keys = self.directory / "authorized_keys"
        self.log = self.directory / "sshd.log"
        self._process: subprocess.Popen[bytes] | None = None
        if not self.client_key.exists():
            make_key(self.client_key)
            self.authorized_keys.write_text(public_line(self.client_key) + "\n")
        for key_type in self.host_key_types:
            if not self.host_key(key_type).exists():
                make_key(self.host_key(key_type), key_type)

    def host_key(self, key_type: str = "") -> Path:
        """The private host key file of one type, by default of the first."""
        return self.directory / f"host_{key_type or self.host_key_types[0]}"

    def known_hosts(self, host: str = "127.0.0.1") -> str:
        """Lines for a known_hosts file with all our host keys."""
        lines = [
            f"[{host}]:{self.port} {public_line(self.host_key(t))}" for t in self.host_key_types
        ]
        return "".join(line + "\n" for line in lines)

    def destination(self, *, host: str = "127.0.0.1", user: str | None = None) -> Destination:
        """How a client reaches this server."""
        return Destination(host, user or self.user, self.port, identity=str(self.client_key))

    def surroundings(self, *, config: str = "", known_hosts: str | None = None) -> Surroundings:
        """A client that sees nothing of the operator's; by default it knows our host keys."""
        ssh_config = self.directory / "ssh_config"
        ssh_config.write_text(config)
        operators = self.directory / "known_hosts"
        operators.write_text(self.known_hosts() if known_hosts is None else known_hosts)
        return Surroundings(
            accepted_hosts=self.directory / "accepted" / "known_hosts",
            config_files=[ConfigFile(ssh_config, self.directory)],
            home=self.directory,
            environment={"PATH": os.environ["PATH"], "SHELL": "/bin/sh"},
            known_hosts=[operators],
            config_option=ssh_config,
        )

    @property
    def configuration(self) -> str:
        """The text of sshd_config."""
        return "\n".join(
            [
                *self.extra,
                f"Port {self.port}",
                "ListenAddress 127.0.0.1",
                *(f"HostKey {self.host_key(key_type)}" for key_type in self.host_key_types),
                f"AuthorizedKeysFile {self.authorized_keys}",
                f"AllowStreamLocalForwarding {'yes' if self.allow_streamlocal else 'no'}",
                f"MaxStartups {self.max_startups}",
                f"PidFile {self.directory / 'sshd.pid'}",
                "StrictModes no",
                "UsePAM no",
                "PermitRootLogin yes",
                "PasswordAuthentication no",
                "KbdInteractiveAuthentication no",
                "LogLevel VERBOSE",
                # bash then takes itself for a nested shell and reads no .bashrc of the account that
                # runs the tests; `extra` may say otherwise.
                "SetEnv SHLVL=2",
                "UseDNS no",
                "",
            ]
        )

    def start(self) -> None:
        """Start the server and wait until it greets."""
        assert SSHD is not None
        config = self.directory / "sshd_config"
        config.write_text(self.configuration)
        if os.getuid() == 0:
            # Privilege separation insists on it; packages make it at boot only.
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [SSHD, "-D", "-e", "-f", str(config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait_until_it_listens()

    def _wait_until_it_listens(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + 40
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1) as probe:
                    if probe.recv(4) == b"SSH-":
                        return
            except OSError:
                time.sleep(0.01)
        raise AssertionError(f"sshd did not start:\n{self.log.read_text()}")

    def stop(self) -> None:
        """End the server and every connection to it."""
        if self._process is None:
            return
        self.drop_connections()
        _kill(self._process.pid)
        self._process.wait()
        self._process = None

    def connections(self) -> int:
        """How many connections are open, authenticated or not."""
        assert self._process is not None
        return len(children(self._process.pid))

    def processes(self) -> list[int]:
        """All processes that serve connections, the commands that they run included."""
        assert self._process is not None
        return _descendants(self._process.pid)

    def drop_connections(self) -> None:
        """Cut every connection, as a crash of the other end would; the server stays."""
        for pid in self.processes():
            _kill(pid)

    def logged(self, text: str) -> int:
        """How many lines of the server's log contain a text."""
        return sum(text in line for line in self.log.read_text(errors="replace").splitlines())

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def _descendants(pid: int) -> list[int]:
    own = children(pid)
    return own + [below for child in own for below in _descendants(child)]


def children(pid: int) -> list[int]:
    """The processes that a process started and did not reap yet."""
    try:
        return [
            int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        ]
    except FileNotFoundError:
        return []


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return

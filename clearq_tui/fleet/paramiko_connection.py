"""A second, independent SSH implementation for short jobs: checks and enrolment.

paramiko reads no Include, cannot check certificates, and its ready-made client fails on hardware
keys in the agent. So it gets what our own reading of the configuration says, and each step of a
connection is made here one by one. Everything blocks. Import late: paramiko takes 230 ms.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import paramiko
from paramiko.agent import AgentKey, AgentSSH

from clearq_tui.fleet.failures import (
    AuthenticationFailed,
    ConnectFailed,
    NoCommonAlgorithm,
    Unreachable,
)
from clearq_tui.fleet.host_keys import (
    KnownKey,
    Marker,
    decode_public_key,
    judge,
    key_type,
    offered_key,
)
from clearq_tui.fleet.ssh_settings import SshSettings, Surroundings
from clearq_tui.fleet.transports.way import Way

_ANSWER_KEPT: Final = 64 * 1024
_COMMAND_TIMEOUT: Final = 30.0

Socket = socket.socket | paramiko.Channel


@dataclass(frozen=True)
class Answer:
    """What a command said and how it ended."""

    status: int
    output: str
    errors: str


class _Agent(AgentSSH):
    """The agent that the configuration names; paramiko's own looks into the environment alone."""

    def __init__(self, path: str) -> None:
        super().__init__()
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(path)
            self._connect(connection)  # type: ignore[attr-defined]
        except BaseException:
            connection.close()
            raise

    def close(self) -> None:
        """Let go of the agent."""
        self._close()  # type: ignore[attr-defined]


@contextlib.contextmanager
def open_socket(way: Way, surroundings: Surroundings) -> Iterator[Socket]:
    """Bytes to the host's SSH server: straight, through a ProxyCommand, or through bastions.

    Raises:
        ConnectFailed: of a bastion, or Unreachable.
    """
    settings = way.settings
    if way.before is not None:
        with open_session(way.before, surroundings, log_in_with_keys) as bastion:
            with _explained(settings):
                channel = bastion.open_channel(
                    "direct-tcpip",
                    (settings.hostname, settings.port),
                    ("127.0.0.1", 0),
                    timeout=settings.timeout,
                )
            yield channel
        return
    if settings.proxy_command is not None:
        with _proxy(settings.proxy_command, surroundings) as connection:
            yield connection
        return
    with _explained(settings):
        address = (settings.hostname, settings.port)
        connection = socket.create_connection(address, settings.timeout)
    with connection:
        yield connection


@contextlib.contextmanager
def _proxy(command: str, surroundings: Surroundings) -> Iterator[socket.socket]:
    """The operator's ProxyCommand; paramiko's own class neither reaps nor really ends it."""
    ours, theirs = socket.socketpair()
    with ours:
        shell = surroundings.environment.get("SHELL") or "/bin/sh"
        try:
            with theirs:
                process = subprocess.Popen(
                    [shell, "-c", f"exec {command}"],
                    stdin=theirs.fileno(),
                    stdout=theirs.fileno(),
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                    env=dict(surroundings.environment),
                )
        except OSError as error:
            text = f"ProxyCommand could not run with {shell}: {error.strerror}."
            raise Unreachable(text) from error
        try:
            yield ours
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextlib.contextmanager
def open_session(
    way: Way, surroundings: Surroundings, log_in: Callable[[paramiko.Transport, SshSettings], None]
) -> Iterator[paramiko.Transport]:
    """A host whose key was verified, logged in by `log_in`.

    Raises:
        ConnectFailed: one of its kinds.
    """
    with open_socket(way, surroundings) as connection, greet(way, connection, surroundings) as host:
        log_in(host, way.settings)
        yield host


@contextlib.contextmanager
def greet(way: Way, connection: Socket, surroundings: Surroundings) -> Iterator[paramiko.Transport]:
    """Exchange keys and verify the host's, by the same rules as every other transport.

    Raises:
        ConnectFailed: HostKeyFailed and its kinds, or Unreachable.
    """
    settings, known = way.settings, way.known_keys(surroundings)
    with _explained(settings):
        host = paramiko.Transport(connection)
    try:
        host.banner_timeout = host.auth_timeout = settings.timeout
        _prefer_types_on_file(host, known)
        with _explained(settings):
            host.start_client(timeout=settings.timeout)
            blob = host.get_remote_server_key().asbytes()
        offered = offered_key(settings.key_name, settings.key_port, blob)
        judge(known, offered, hop=str(settings))
        yield host
    finally:
        host.close()


def _prefer_types_on_file(host: paramiko.Transport, known: list[KnownKey]) -> None:
    options = host.get_security_options()
    on_file = {key_type(key.blob) for key in known if key.marker is Marker.PLAIN}
    options.key_types = sorted(
        options.key_types,
        key=lambda name: ("ssh-rsa" if name.startswith("rsa-") else name) not in on_file,
    )


def log_in_with_password(password: str) -> Callable[[paramiko.Transport, SshSettings], None]:
    """Log in by `password`, or by `keyboard-interactive` with the password as the answer."""

    def log_in(host: paramiko.Transport, settings: SshSettings) -> None:
        try:
            with _explained(settings):
                host.auth_password(settings.user, password)
        except paramiko.BadAuthenticationType as error:
            raise _denied(settings, error.allowed_types, "a password") from error
        except paramiko.AuthenticationException as error:
            raise _denied(settings, ["password"], "the password given") from error
        if not host.is_authenticated():
            raise _denied(settings, ["more than a password"], "the password given")

    return log_in


def log_in_with_keys(host: paramiko.Transport, settings: SshSettings) -> None:
    """Offer the keys of the agent and of the identity files.

    Raises:
        AuthenticationFailed: none was taken.
    """
    offered: list[str] = []
    unusable: list[str] = []
    accepted = ["publickey"]
    with contextlib.ExitStack() as stack:
        for name, candidate in _candidates(settings, unusable, stack):
            key = _load(candidate, unusable) if isinstance(candidate, Path) else candidate
            if key is None:
                continue
            offered.append(name)
            try:
                with _explained(settings):
                    host.auth_publickey(settings.user, key)
            except paramiko.BadAuthenticationType as error:
                accepted = error.allowed_types
                break
            except paramiko.AuthenticationException:
                continue
            if host.is_authenticated():
                return
    raise _denied(settings, accepted, ", ".join(offered) or "no key", unusable)


def _candidates(
    settings: SshSettings, unusable: list[str], stack: contextlib.ExitStack
) -> Iterator[tuple[str, paramiko.PKey | Path]]:
    """Names, and keys or the files to load them from, in the order to offer them."""
    in_agent = _agent_keys(settings, unusable, stack)
    named = {blob for path in settings.identity_files if (blob := _public_blob(path))}
    in_agent.sort(key=lambda key: key.blob not in named)
    for key in in_agent:
        if key.blob in named or not settings.identities_only:
            yield f"{key.comment or 'a key'} (ssh-agent)", key
    for path in settings.identity_files:
        if path.exists():
            yield str(path), path
        elif settings.identities_given:
            unusable.append(f"{path} does not exist")


def _agent_keys(
    settings: SshSettings, unusable: list[str], stack: contextlib.ExitStack
) -> list[AgentKey]:
    if settings.identity_agent is None:
        return []
    try:
        agent = _Agent(settings.identity_agent)
    except (OSError, paramiko.SSHException) as error:
        unusable.append(f"ssh-agent at {settings.identity_agent} did not answer: {error}")
        return []
    stack.callback(agent.close)
    # paramiko cannot sign with hardware keys, and has no inner key for them.
    return [key for key in agent.get_keys() if key.inner_key is not None]  # type: ignore[attr-defined]


def _load(path: Path, unusable: list[str]) -> paramiko.PKey | None:
    try:
        return paramiko.PKey.from_path(path)
    except (OSError, ValueError, TypeError, paramiko.SSHException) as error:
        # Both libraries below say "password" where a passphrase is missing.
        if isinstance(error, TypeError | paramiko.PasswordRequiredException):
            unusable.append(f"{path}: has a passphrase; add it to ssh-agent with ssh-add")
        else:
            unusable.append(f"{path}: {error}")
        return None


def _public_blob(path: Path) -> bytes | None:
    try:
        return decode_public_key(path.with_name(path.name + ".pub").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def run_script(host: paramiko.Transport, script: str, settings: SshSettings) -> Answer:
    """Run text by `/bin/sh`, whatever the login shell is: it sees nothing but `exec /bin/sh -s`.

    Raises:
        ConnectFailed: the command could not be started or did not end in time.
    """
    with _explained(settings):
        channel = host.open_session(timeout=settings.timeout)
        with contextlib.closing(channel):
            channel.settimeout(_COMMAND_TIMEOUT)
            channel.exec_command("exec /bin/sh -s")
            channel.sendall(script.encode())
            channel.shutdown_write()
            output = channel.makefile("rb").read(_ANSWER_KEPT)
            errors = channel.makefile_stderr("rb").read(_ANSWER_KEPT)
            return Answer(
                channel.recv_exit_status(),
                output.decode(errors="replace"),
                errors.decode(errors="replace"),
            )


@contextlib.contextmanager
def _explained(settings: SshSettings) -> Iterator[None]:
    """Turn what paramiko and the system raise into our errors; refused logins pass through."""
    where, hop = f"{settings.hostname}:{settings.port}", str(settings)
    try:
        yield
    except (ConnectFailed, paramiko.AuthenticationException):
        raise
    except TimeoutError as error:
        raise Unreachable(f"{where} did not answer within {settings.timeout:g} s.", hop) from error
    except socket.gaierror as error:
        text = f"The name {settings.hostname} cannot be resolved: {error.strerror}."
        raise Unreachable(text, hop) from error
    except paramiko.ssh_exception.IncompatiblePeer as error:
        raise NoCommonAlgorithm(f"{where} shares no algorithm with us: {error}.", hop) from error
    except (OSError, EOFError, paramiko.SSHException) as error:
        number = getattr(error, "errno", None)
        reason = os.strerror(number) if number else str(error) or "it closed the connection"
        reason = "".join(character for character in reason if character.isprintable())
        raise Unreachable(f"{where} cannot be reached: {reason.rstrip('.')}.", hop) from error


def _denied(
    settings: SshSettings, accepted: list[str], offered: str, unusable: list[str] | None = None
) -> AuthenticationFailed:
    notes = f"; not usable: {', '.join(unusable)}" if unusable else ""
    return AuthenticationFailed(
        f"Permission denied for {settings}: the server accepts {', '.join(accepted)}; "
        f"offered {offered}{notes}.",
        str(settings),
    )

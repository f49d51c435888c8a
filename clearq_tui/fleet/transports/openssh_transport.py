"""The OpenSSH client as transport: for ControlMaster, hardware tokens, Kerberos."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
from pathlib import Path
from typing import Final
from weakref import WeakSet

from clearq_tui.fleet.destination import Destination
from clearq_tui.fleet.failures import (
    AuthenticationFailed,
    BadConfiguration,
    ConnectFailed,
    HostKeyFailed,
    NoCommonAlgorithm,
    OfferedHostKey,
    Unreachable,
)
from clearq_tui.fleet.host_keys import decode_public_key, judge, offered_key
from clearq_tui.fleet.ssh_settings import Surroundings
from clearq_tui.fleet.transports.base import StreamRefused
from clearq_tui.fleet.transports.openssh_command import ssh_arguments
from clearq_tui.fleet.transports.process_stream import ProcessStream, start_process
from clearq_tui.fleet.transports.way import Way, find_way

SSH_FAILED: Final = 255
"""The exit status by which ssh says that the failure is its own, not the command's."""


class OpensshTransport:
    """Each command is one `ssh`; they share a connection where ControlMaster is configured."""

    def __init__(self, way: Way, surroundings: Surroundings) -> None:
        self.closed = asyncio.Event()
        self.closed_because = ""
        self._way = way
        self._surroundings = surroundings
        self._streams: WeakSet[ProcessStream] = WeakSet()

    async def open_socket(self, path: str) -> ProcessStream:
        """See `Transport.open_socket`; `ssh -W` reaches TCP ports alone."""
        raise StreamRefused(f"The OpenSSH client cannot connect its input to the socket {path}.")

    async def execute(self, command: str) -> ProcessStream:
        """See `Transport.execute`."""
        if self.closed.is_set():
            raise StreamRefused("The transport is closed.")
        arguments = ssh_arguments(self._way, self._surroundings)
        stream = await start_process(
            *arguments, command, environment=self._surroundings.environment
        )
        self._streams.add(stream)
        return stream

    async def close(self) -> None:
        """See `Transport.close`."""
        self.closed.set()
        await asyncio.gather(*(stream.close() for stream in list(self._streams)))


async def connect_openssh(destination: Destination, surroundings: Surroundings) -> OpensshTransport:
    """Log in once, so that what is wrong is said here and not by the first command.

    Raises:
        ConnectFailed: one of its kinds.
    """
    if shutil.which("ssh", path=surroundings.environment.get("PATH")) is None:
        raise BadConfiguration(
            "There is no ssh on this laptop; install the OpenSSH client, or choose the transport "
            '"asyncssh" for this machine.',
            str(destination),
        )
    way = await asyncio.to_thread(find_way, destination, surroundings)
    # `exit` is a builtin of every login shell.
    status, errors = await _run(way, [*ssh_arguments(way, surroundings), "exit 0"], surroundings)
    if status == SSH_FAILED:
        raise await _explain(errors, way, surroundings)
    return OpensshTransport(way, surroundings)


async def _run(way: Way, arguments: list[str], surroundings: Surroundings) -> tuple[int, str]:
    """Run one ssh to its end; returns its exit status and what it said."""
    timeout = sum(each.settings.timeout for each in way.hosts())
    try:
        stream = await start_process(*arguments, environment=surroundings.environment)
    except StreamRefused as error:
        raise BadConfiguration(str(error), str(way.settings)) from error
    try:
        async with asyncio.timeout(timeout):
            while await stream.read(4096):
                pass
            await stream.ended.wait()
    except TimeoutError as error:
        raise Unreachable(
            f"{way.settings} did not answer within {timeout:g} s.", str(way.settings)
        ) from error
    finally:
        await stream.close()
    return stream.exit_status or 0, stream.errors.decode(errors="replace")


async def _explain(errors: str, way: Way, surroundings: Surroundings) -> ConnectFailed:
    """From what ssh said to one of our errors."""
    lines = ["".join(c for c in line if c.isprintable()) for line in errors.splitlines()]
    said = " ".join(line.strip() for line in lines if line.strip())[-500:].rstrip(".") or "nothing"
    if "Host key verification failed" in errors or "host key" in errors.lower():
        with contextlib.suppress(Unreachable):
            await _judge_host_keys(way, surroundings)
        return HostKeyFailed(f"ssh refused a host key on the way to {way.settings}: {said}.")
    for text, kind in (
        ("Permission denied", AuthenticationFailed),
        ("Too many authentication failures", AuthenticationFailed),
        ("Bad configuration option", BadConfiguration),
        ("terminating, ", BadConfiguration),
        ("no matching ", NoCommonAlgorithm),
    ):
        if text in errors:
            return kind(f"ssh could not log in to {way.settings}: {said}.", str(way.settings))
    return Unreachable(f"ssh could not reach {way.settings}: {said}.", str(way.settings))


async def _judge_host_keys(way: Way, surroundings: Surroundings) -> None:
    """Find the hop whose key was refused, and raise what the operator must know of it."""
    for each in way.hosts():
        offered = await _fetch_host_key(each, surroundings)
        known = await asyncio.to_thread(each.known_keys, surroundings)
        judge(known, offered, hop=str(each.settings))


async def _fetch_host_key(way: Way, surroundings: Surroundings) -> OfferedHostKey:
    """Let ssh note the key in a file that is thrown away, and log in by no method at all."""
    with tempfile.TemporaryDirectory(prefix="clearq-") as directory:
        notes = Path(directory) / "known_hosts"
        arguments = ssh_arguments(
            way,
            surroundings,
            "StrictHostKeyChecking=accept-new",
            "PreferredAuthentications=none",
            "HashKnownHosts=no",
            "ControlPath=none",
            "RevokedHostKeys=none",
            known_hosts=[notes],
        )
        _, errors = await _run(way, [*arguments, "exit 0"], surroundings)
        if not notes.exists():
            raise Unreachable(f"{way.settings} showed no host key: {errors[-300:]}")
        line = notes.read_text().partition(" ")[2].strip()
    settings = way.settings
    return offered_key(settings.key_name, settings.key_port, decode_public_key(line))

"""A ProxyCommand: a program of the operator's whose input and output are the connection."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Mapping
from typing import Final, cast

from clearq_tui.fleet.failures import Unreachable

_ERRORS_KEPT: Final = 4096


class ProxyProcess(asyncio.SubprocessProtocol):
    """The running program. What it says on standard error is kept to explain a failure."""

    def __init__(self) -> None:
        self._errors = bytearray()
        self._ended = asyncio.Event()

    @property
    def last_words(self) -> str:
        """The last line that it wrote to standard error, printable."""
        lines = [
            line for line in self._errors.decode(errors="replace").splitlines() if line.strip()
        ]
        return "".join(c if c.isprintable() else " " for c in lines[-1])[:300] if lines else ""

    async def close(self) -> None:
        """Kill the program and what it started."""
        if not self._ended.is_set():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.get_pid(), signal.SIGKILL)
        await self._ended.wait()
        self._process.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The program was started."""
        self._process = cast(asyncio.SubprocessTransport, transport)

    def pipe_data_received(self, fd: int, data: bytes) -> None:  # noqa: ARG002
        """It wrote to standard error, the only pipe."""
        self._errors += data
        del self._errors[:-_ERRORS_KEPT]

    def process_exited(self) -> None:
        """It was reaped."""
        self._ended.set()


async def start_proxy(
    command: str, environment: Mapping[str, str]
) -> tuple[socket.socket, ProxyProcess]:
    """Run the command by the operator's shell; returns our end of its input and output.

    Raises:
        Unreachable: it could not be started.
    """
    ours, theirs = socket.socketpair()
    shell = environment.get("SHELL") or "/bin/sh"
    try:
        with theirs:
            _, process = await asyncio.get_running_loop().subprocess_exec(
                ProxyProcess,
                shell,
                "-c",
                # As ssh does, so that no shell stays between us and the program.
                f"exec {command}",
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                start_new_session=True,
                env=environment,
            )
    except BaseException as error:
        ours.close()
        if not isinstance(error, OSError):
            raise  # cancelled in the middle of the start: asyncio has ended the program
        raise Unreachable(f"ProxyCommand could not run with {shell}: {error.strerror}.") from error
    ours.setblocking(False)
    return ours, process

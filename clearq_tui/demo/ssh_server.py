"""The SSH server of one embedded machine: runs commands and reaches Unix sockets, nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import asyncssh

from clearq_tui.demo.machines import LOOPBACK

_NO_SHELL: Final = b"This embedded machine runs single commands; it has no interactive shell.\n"


class _Server(asyncssh.SSHServer):
    def unix_connection_requested(self, _dest_path: str) -> bool:
        """Streamlocal: the way to the agent that needs no process."""
        return True


async def serve(
    home: Path, environment: Mapping[str, str], host_key: asyncssh.SSHKey, client: asyncssh.SSHKey
) -> asyncssh.SSHAcceptor:
    """Listen on a free port of the loopback interface for whoever holds the client's key.

    Raises:
        OSError: no port can be had.
    """

    async def run(process: asyncssh.SSHServerProcess[bytes]) -> None:
        await _run(process, home, environment)

    authorized = asyncssh.import_authorized_keys(client.export_public_key().decode())
    return await asyncssh.listen(
        LOOPBACK,
        0,
        server_factory=_Server,
        server_host_keys=[host_key],
        authorized_client_keys=authorized,
        password_auth=False,
        kbdint_auth=False,
        gss_host=None,
        process_factory=run,
        encoding=None,
        allow_pty=False,
    )


async def _run(
    process: asyncssh.SSHServerProcess[bytes], home: Path, environment: Mapping[str, str]
) -> None:
    """One command, as sshd runs it with the account's shell."""
    if process.command is None:
        process.stderr.write(_NO_SHELL)
        process.exit(1)
        return
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        "/bin/sh", "-c", process.command,
        stdin=pipe, stdout=pipe, stderr=pipe,
        cwd=home, env=environment, start_new_session=True,
    )  # fmt: skip
    await process.redirect(child.stdin, child.stdout, child.stderr)
    left = asyncio.create_task(process.channel.wait_closed())
    ended = asyncio.create_task(child.wait())
    await asyncio.wait((left, ended), return_when=asyncio.FIRST_COMPLETED)
    if not ended.done():  # whoever asked for it has left
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
        await ended
        return
    left.cancel()
    await process.stdout.drain()
    status = ended.result()
    if status < 0:
        process.exit_with_signal(signal.Signals(-status).name.removeprefix("SIG"))
    else:
        process.exit(status)

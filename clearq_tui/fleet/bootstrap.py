"""Brings the agent to a machine over any transport: one command, and the payload where it lacks.

bootstrap(transport, payloads.payload_for, BootstrapRequest(store=…, build=payloads.build))
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from clearq_tui.fleet.exec_line import BootstrapRequest, exec_line
from clearq_tui.fleet.first_words import (
    PATIENCE,
    BootstrapFailed,
    BootstrapInterrupted,
    FirstWords,
    parsed,
)
from clearq_tui.fleet.payload import announce
from clearq_tui.fleet.platform import Platform, platform_of
from clearq_tui.fleet.transports.base import ByteStream, StreamBroken, Transport
from clearq_tui.safe_text import one_line

__all__ = [
    "BootstrapFailed",
    "BootstrapInterrupted",
    "BootstrapRequest",
    "Installed",
    "bootstrap",
    "install",
]

_PIECE: Final = 64 * 1024
_LONGEST: Final = 4096

PayloadFor = Callable[[Platform], bytes]


@dataclass(frozen=True)
class Installed:
    """An agent that is where it should be."""

    stream: ByteStream
    """Attached: the next bytes either way are frames. Closed already after `install`."""
    directory: str
    """The agent's files; what `Upgrade` names."""
    socket_path: str
    """Where its daemon listens."""
    python: str
    """The interpreter that runs it; worth remembering."""
    python_version: str
    platform: Platform
    pushed: bool
    """It was not there before."""


async def bootstrap(
    transport: Transport, payload_for: PayloadFor, request: BootstrapRequest
) -> Installed:
    """Have the agent on the machine, its daemon running, and a stream attached to it.

    Raises:
        BootstrapFailed: the sentence says what is missing on the machine and what to do.
        StreamRefused: the machine starts no command.
    """
    return await _bring(transport, payload_for, request, "attach")


async def install(
    transport: Transport, payload_for: PayloadFor, request: BootstrapRequest
) -> Installed:
    """Put the agent's files beside those of the running one, and leave that one alone.

    Raises:
        BootstrapFailed: the sentence says what is missing on the machine and what to do.
        StreamRefused: the machine starts no command.
    """
    installed = await _bring(transport, payload_for, request, "install")
    await installed.stream.close()
    return installed


async def _bring(
    transport: Transport, payload_for: PayloadFor, request: BootstrapRequest, mode: str
) -> Installed:
    nonce = secrets.token_hex(8)
    stream = await transport.execute(exec_line(request, nonce, mode))
    try:
        words = FirstWords(stream)
        await words.skip_to(nonce)
        there = _first_line(await words.line(), request)
        platform = _platform(there)
        if there.get("have") is not True:
            await _push(stream, payload_for(platform))
        ready = await words.words()
        return Installed(
            stream=words.rest(),
            directory=_text(ready, "directory"),
            socket_path=_text(ready, "socket"),
            python=_text(there, "python"),
            python_version=_text(there, "version"),
            platform=platform,
            pushed=there.get("have") is not True,
        )
    except BaseException:
        await stream.close()
        raise


def _first_line(line: bytes, request: BootstrapRequest) -> dict[str, Any]:
    if line.startswith(b"no"):
        raise BootstrapFailed(_no_python(line[2:], request.python))
    return parsed(line)


async def _push(stream: ByteStream, payload: bytes) -> None:
    stream.write(announce(payload))
    try:
        for start in range(0, len(payload), _PIECE):
            stream.write(payload[start : start + _PIECE])
            async with asyncio.timeout(PATIENCE):
                await stream.drain()
    except TimeoutError:
        raise BootstrapInterrupted(
            f"The machine took no more of the agent for {PATIENCE:.0f} s: look at its disk."
        ) from None
    except StreamBroken:
        return  # what it said before it stopped listening is read next


def _no_python(found: bytes, named: str) -> str:
    """`found` is `; PATH (what it says of its version)` repeated."""
    too_old = one_line(found.decode(errors="replace")[:2000]).removeprefix("; ").strip()
    seen = f"Found: {too_old}." if too_old else "None was found."
    if named:
        seen = f"It is: {too_old}." if too_old else "Nothing executable is there."
        return f"The Python named for this machine, {named}, is no Python 3.8 or newer. {seen}"
    return (
        f"The agent needs a Python 3.8 or newer on the machine. {seen} "
        "Install one (no root is needed: conda, pyenv or uv will do), or name where it is."
    )


def _platform(there: Mapping[str, Any]) -> Platform:
    uname, bits, libc = there.get("uname"), there.get("bits"), there.get("libc")
    if not (
        isinstance(uname, list)
        and len(uname) == 5
        and all(isinstance(word, str) for word in uname)
        and isinstance(bits, int)
        and isinstance(libc, str)
    ):
        raise BootstrapFailed("The machine's first words do not say what kind of machine it is.")
    return platform_of(uname, bits, libc)


def _text(words: Mapping[str, Any], name: str) -> str:
    value = words.get(name)
    if not isinstance(value, str) or not value or len(value) > _LONGEST or not value.isprintable():
        raise BootstrapFailed(f"The machine's first words lack a usable {name}: {value!r:.100}.")
    return value

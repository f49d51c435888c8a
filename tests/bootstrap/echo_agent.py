"""An agent that arrives as the real one does, and then repeats what it hears: no daemon needed."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import shlex
from collections.abc import Mapping
from pathlib import Path

import remote_agent
from clearq_tui.fleet.bootstrap import BootstrapRequest
from clearq_tui.fleet.payload import pack
from clearq_tui.fleet.platform import Platform
from clearq_tui.fleet.transports.process_stream import ProcessStream, start_process

_ATTACH = """
import os
from remote_agent.first_stage import say, write

def attach(directory, ask):
    say(directory=directory, socket="/run/nowhere")
    while ask["mode"] == "attach":
        data = os.read(0, 65536)
        if not data:
            break
        write(data)
"""


def echo_payload(_platform: Platform, extra: Mapping[str, bytes] | None = None) -> bytes:
    package = Path(remote_agent.__file__).parent
    files = {
        f"remote_agent/{name}": (package / name).read_bytes()
        for name in ("__init__.py", "first_stage.py", "install.py")
    }
    return pack(files | {"remote_agent/attach.py": _ATTACH.encode()} | dict(extra or {}))


@dataclasses.dataclass
class Shell:
    """A transport: every command goes through one login shell with one home."""

    home: Path
    words: tuple[str, ...] = ("/bin/sh", "-c")
    environment: Mapping[str, str] = dataclasses.field(default_factory=dict)
    before: str = ""
    """What a start-up file does first."""
    closed: asyncio.Event = dataclasses.field(default_factory=asyncio.Event)
    closed_because: str = ""
    commands: list[str] = dataclasses.field(default_factory=list)

    async def execute(self, command: str) -> ProcessStream:
        self.commands.append(command)
        environment = {"HOME": str(self.home), "PATH": os.environ["PATH"], **self.environment}
        return await start_process(*self.words, self.before + command, environment=environment)

    async def open_socket(self, path: str) -> ProcessStream:
        raise NotImplementedError(path)

    async def close(self) -> None:
        self.closed.set()


def request(tmp_path: Path, build: str = "b" * 64, **more: str) -> BootstrapRequest:
    fallback = tmp_path / "fallback"
    fallback.mkdir(exist_ok=True)
    made = BootstrapRequest("store1", build, fallback=str(fallback))
    return dataclasses.replace(made, **more)


def script(path: Path, text: str) -> Path:
    """An executable shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    return path


def quoted(*words: str) -> str:
    return shlex.join(words)

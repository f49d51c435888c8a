"""A real daemon in a directory of the test's, and a laptop that talks to it over its socket."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from clearq_tui.fleet.payload import agent_files
from remote_agent import attempts, process_tree
from remote_agent.install import install
from remote_agent.layout import Layout
from remote_agent.messages import (
    Event,
    Hello,
    Message,
    Pull,
    Welcome,
    decode_message,
    encode_message,
)
from remote_agent.wire import (
    CONTROL,
    PROTOCOL,
    STREAM,
    FrameReader,
    StreamPiece,
    decode_stream_piece,
)
from tests.fleet_of_namespaces.waiting import wait_for

STORE = "store1"
_M = TypeVar("_M", bound=Message)


def installed(root: Path, build: str = "a" * 64) -> Path:
    """The agent's files below the root, as a payload would bring them."""
    files = agent_files()
    manifest = [[path, len(data), hashlib.sha256(data).hexdigest()] for path, data in files.items()]
    files["manifest"] = json.dumps(manifest).encode()
    return Path(install(files, [str(root)], build))


class Agent:
    """One daemon. It may be killed and started again; the end of the test ends all of it."""

    def __init__(self, root: Path, python: str = sys.executable) -> None:
        self.root = root
        self.python = python
        self.layout = Layout(str(root))
        self.directory = installed(root)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Start a daemon; what it said on its pipe."""
        listening, speaking = os.pipe()
        program = str(self.directory / "remote_agent")
        with (self.root.parents[2] / "output").open("ab") as output:
            started = subprocess.Popen(
                [self.python, "-IS", program, "daemon", STORE, str(speaking)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=[speaking],
                start_new_session=True,
            )
        os.close(speaking)
        with os.fdopen(listening, "rb") as said:
            word = said.read().decode()
        if word == "ready":
            self._process = started
        else:
            started.wait()
        return word

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self, number: signal.Signals = signal.SIGKILL) -> int:
        """Signal the daemon and wait for its end; its exit status."""
        assert self._process is not None
        self._process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        """Wait for the daemon's end; its exit status."""
        assert self._process is not None
        status = self._process.wait(20)
        self._process = None
        return status

    def laptop(self) -> Laptop:
        """A new link on which nothing has been said."""
        return Laptop(self.layout.socket)

    def attached(self, epoch: int, acknowledged: int = 0, journal: str = "") -> Laptop:
        """A new link that was welcomed."""
        laptop = self.laptop()
        laptop.say(hello(epoch, acknowledged, journal))
        laptop.welcome = laptop.hear(Welcome)
        return laptop

    def log(self) -> str:
        path = Path(self.layout.log)
        return path.read_text() if path.exists() else ""

    def __enter__(self) -> Self:
        assert self.start() == "ready"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None:
            self.kill(signal.SIGTERM)
        if not self.root.exists():
            return
        for name in attempts.names(self.layout):
            runner = attempts.runner_of(self.layout, name)
            if runner is not None:
                process_tree.kill(process_tree.descendants(runner.pid))
                process_tree.kill([runner])
            attempts.end_strays(self.layout, name)


class Laptop:
    """One link, from the laptop's side, read when something is awaited."""

    def __init__(self, path: str) -> None:
        self.welcome: Welcome | None = None
        self.messages: list[Message] = []
        self.pieces: list[StreamPiece] = []
        self._reader = FrameReader()
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(path)
        self._socket.settimeout(0.02)
        self.is_closed = False

    def say(self, *messages: Message) -> None:
        self.write(b"".join(map(encode_message, messages)))

    def write(self, data: bytes) -> None:
        self._socket.settimeout(40)
        self._socket.sendall(data)
        self._socket.settimeout(0.02)

    def hear(
        self, kind: type[_M], fits: Callable[[Any], bool] = lambda _: True, seconds: float = 20
    ) -> _M:
        """The next message of the kind that fits; earlier ones of other kinds stay."""
        deadline = time.monotonic() + seconds
        while True:
            for index, message in enumerate(self.messages):
                if isinstance(message, kind) and fits(message):
                    return self.messages.pop(index)  # type: ignore[return-value]
            if self.is_closed or time.monotonic() > deadline:
                raise AssertionError(f"no {kind.__name__}; heard {self.messages}")
            self._read()

    def event(self, attempt: str, kind: str, seconds: float = 20) -> Event:
        return self.hear(Event, lambda e: (e.attempt, e.kind) == (attempt, kind), seconds)

    def whole_log(self, attempt: str, credit: int = 1 << 20) -> bytes:
        """Pull the attempt's log to its end."""
        self.say(Pull(attempt, {"log": 0, "scalars": 0}, credit))
        return self.rest_of_log(attempt)

    def rest_of_log(self, attempt: str) -> bytes:
        self.read_until(lambda: self._has_last(attempt), f"the log of {attempt}")
        log = b""
        for piece in self.pieces:
            if piece[:2] == (attempt, "log"):
                assert piece.offset == len(log)
                log += piece.data
        return log

    def read_until(self, question: Callable[[], object], what: str) -> None:
        """Take in whatever arrives until the answer is true."""

        def answer() -> object:
            self._read()
            return question()

        wait_for(answer, what)

    def _read(self) -> None:
        try:
            data = self._socket.recv(1 << 20)
        except TimeoutError:
            return
        except ConnectionError:
            data = b""
        self.is_closed = not data
        for frame in self._reader.feed(data):
            if frame.kind == CONTROL:
                self.messages.append(decode_message(frame.payload))
            elif frame.kind == STREAM:
                self.pieces.append(decode_stream_piece(frame.payload))

    def wait_until_closed(self) -> None:
        self.read_until(lambda: self.is_closed, "the link to be closed")

    def close(self) -> None:
        self._socket.close()

    def _has_last(self, attempt: str) -> bool:
        return any(
            (piece.attempt, piece.stream) == (attempt, "log") and piece.last
            for piece in self.pieces
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def hello(epoch: int, acknowledged: int = 0, journal: str = "", store: str = STORE) -> Hello:
    return Hello(PROTOCOL, store, epoch, journal, acknowledged, time.time(), "b")


def spec(*command: str, **more: object) -> dict[str, Any]:
    return {"command": list(command), "worker": "w", "mode": "host", **more}

"""Stands for the command in the runner's tree: opens the gate, waits, and ends as the command did.

The runner starts it at most once, and only it opens the gate, so a command in a container too is
started at most once.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import signal
import subprocess
import sys
import time
from typing import Optional

from remote_agent.containers.discarding import discard
from remote_agent.containers.ending import ask_to_end
from remote_agent.containers.engine import PODMAN, Engine
from remote_agent.containers.failure import ContainerError
from remote_agent.containers.places import Desk
from remote_agent.containers.record import Record, read_record, write_record
from remote_agent.containers.scripts import GO
from remote_agent.containers.state import State, state_of

NOT_STARTED = 125
"""The exit code where the command was not started, as `docker run` tells it."""
_KILLED = 128 + signal.SIGKILL
_STARTS_WITHIN = 120.0
_GATE_WITHIN = 60.0
_LOOK_EVERY = 0.01
_READ = 1 << 16
_SHORTEST, _LONGEST = 0.25, 30.0
"""Seconds between looks at an engine that does not let itself be waited for."""


def keep(directory: str) -> int:
    """Run the command of the attempt with this directory; the exit code that it ended with.

    A signal that ended it is told as shells tell it: 128 + its number.
    """
    try:
        record = read_record(directory)
        if record is None or not record.containers:
            _say("The command could not be run: the attempt has no container.")
            return NOT_STARTED
        with _Keeper(directory, record) as keeper:
            keeper.start()
            return keeper.wait()
    except (ContainerError, OSError, ValueError) as error:
        _say("The command could not be run in its container: %s" % error)
        return NOT_STARTED


class _Keeper:
    def __init__(self, directory: str, record: Record) -> None:
        self._directory = directory
        self._record = record
        self._desk = Desk(directory)
        self._engine: Engine = record.engine
        self._identity = record.containers[0].identity
        self._pid = 0
        self._wakeup = _wake_on_signals()
        # Held open for writing too: else it would be at its end before the command has opened it.
        self._stream = os.open(self._desk.stream, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        self._is_asked = False
        self._told = ""
        """What was last said of the engine's silence."""

    def __enter__(self) -> _Keeper:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._stream)

    def start(self) -> None:
        """Open the gate; start the container before, where it had to be stopped.

        Raises:
            ContainerError: the container is gone or does not start.
            OSError: the disk refuses.
        """
        state = self._state()
        if state is not None and not state.is_running:
            self._engine.demand(
                "it does not start", "start", self._identity, patience=_STARTS_WITHIN
            )
            state = self._state()
        if state is None or not state.is_running:
            raise ContainerError("the container has ended before the command could be started")
        self._pid = state.pid
        write_record(self._directory, self._record._replace(pid=state.pid))
        self._open_gate()

    def _open_gate(self) -> None:
        deadline = time.monotonic() + _GATE_WITHIN
        gate = _opened_for_writing(self._desk.gate)
        while gate is None:
            if time.monotonic() >= deadline:
                raise ContainerError("its first process does not wait for the command")
            time.sleep(_LOOK_EVERY)
            gate = _opened_for_writing(self._desk.gate)
        try:
            os.unlink(self._desk.gate)
            os.write(gate, b"%s\n" % GO.encode())
        finally:
            os.close(gate)

    def wait(self) -> int:
        """Until the container has ended, which is then removed; the exit code."""
        pause = _SHORTEST
        while True:
            self._wait_through_engine()
            state = self._state_now()
            if state is None or not state.is_running:
                break
            # The waiting was ended by a signal that was meant for all, or the engine restarts.
            self._rest(pause)
            pause = _SHORTEST if self._is_asked else min(2 * pause, _LONGEST)
        while self._carry_output():
            pass
        left = discard(self._directory)
        if left:
            _say(left)
        if state is None:
            _say("The container was removed by somebody while the command ran.")
            return _KILLED
        if state.ran_out_of_memory or self._desk.ran_out_of_memory:
            _say("It ran out of the container's memory, and the kernel killed it.")
        return state.exit_code

    def _wait_through_engine(self) -> None:
        """Until the engine says that the container ended, or stops waiting for it."""
        # Podman looks again and again.
        often = ["--interval", "50ms"] if self._engine.kind == PODMAN else []
        with subprocess.Popen(
            self._engine.command("wait", *often, self._identity),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=self._engine.surroundings,
        ) as waiting:
            while waiting.poll() is None:
                self._sleep(None)

    def _state_now(self) -> Optional[State]:
        """The container's state; running, as far as anybody knows, while the engine is silent."""
        try:
            state = self._state()
        except ContainerError as error:
            if str(error) != self._told:
                self._told = str(error)
                _say("Nobody knows how the container is; asking on. %s" % error)
            return State(is_running=True, pid=self._pid, exit_code=0, ran_out_of_memory=False)
        self._told = ""
        return state

    def _rest(self, pause: float) -> None:
        """Wait before the engine is asked again; not long if the container is asked to end."""
        self._is_asked = False
        until = time.monotonic() + pause
        while time.monotonic() < until and not self._is_asked:
            self._sleep(until)

    def _sleep(self, until: Optional[float]) -> None:
        """Until something has happened; carries output and asks the container to end, if told."""
        pause = None if until is None else max(0.0, until - time.monotonic())
        ready, _, _ = select.select([self._wakeup, self._stream], [], [], pause)
        if self._stream in ready:
            self._carry_output()
        if self._wakeup in ready and signal.SIGTERM in os.read(self._wakeup, 4096):
            self._is_asked = True
            problem = ask_to_end(self._engine, self._identity, self._pid, os.getppid())
            if problem:
                _say(problem)

    def _carry_output(self) -> bool:
        """What the command has printed into the pipe goes where ours goes; whether it had."""
        try:
            data = os.read(self._stream, _READ)
        except BlockingIOError:
            return False
        _write(data)
        return True

    def _state(self) -> Optional[State]:
        return state_of(self._engine, self._identity)


def _opened_for_writing(pipe: str) -> Optional[int]:
    """A descriptor of the pipe; None while nobody reads from it."""
    try:
        return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno != errno.ENXIO:
            raise
    return None


def _wake_on_signals() -> int:
    """A descriptor on which the numbers of arriving signals can be read."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, lambda _number, _frame: None)
    return reading


def _say(text: str) -> None:
    _write(b"[clearq] %s\n" % text.encode("utf-8", "replace"))


def _write(data: bytes) -> None:
    """To the task's log. A full disk costs the line, not the attempt."""
    with contextlib.suppress(OSError):
        while data:
            data = data[os.write(sys.stdout.fileno(), data) :]

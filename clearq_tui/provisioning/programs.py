"""Run a program for an errand: heard line by line, bounded, and ended when the errand is."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from clearq_tui.provisioning.errand import Errand
from clearq_tui.provisioning.failure import ProvisionError, Stopped

_LOOK_EVERY = 0.2
"""Seconds between looks whether the errand is still wanted."""
_MOST = 32 << 20
"""Bytes kept of each output; beyond that, the beginning."""
_PIECE = 1 << 16
_GRACE = 5.0
"""Seconds that a program has to end when it is asked to."""


@dataclass(frozen=True)
class Ended:
    """What came of a program."""

    code: int
    output: str
    errors: str


@dataclass
class _Heard:
    """One output of the program so far."""

    hear: Callable[[str], None]
    kept: bytearray = field(default_factory=bytearray)
    line: bytearray = field(default_factory=bytearray)

    def take(self, data: bytes) -> None:
        if len(self.kept) < _MOST:
            self.kept += data
        *lines, rest = (bytes(self.line) + data).split(b"\n")
        self.line = bytearray(rest[-_PIECE:])
        for line in lines:
            self.hear(line.decode(errors="replace"))


def _ignore(_line: str) -> None:
    """For outputs that are read once the program has ended."""


def run_program(
    arguments: Sequence[str | Path],
    errand: Errand,
    *,
    place: Path,
    variables: Mapping[str, str] | None = None,
    hear: Callable[[str], None] = _ignore,
) -> Ended:
    """Run a program to its end; `hear` is called with each line of its output.

    `variables` is its whole environment, the errand's when None.

    Raises:
        Stopped: the errand was given up.
        ProvisionError: the program cannot be run.
    """
    try:
        process = subprocess.Popen(
            [str(argument) for argument in arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=place,
            env=dict(errand.environment if variables is None else variables),
            start_new_session=True,
        )
    except OSError as error:
        raise ProvisionError(f"{arguments[0]} cannot be run here: {error.strerror}.") from error
    assert process.stdout is not None
    assert process.stderr is not None
    output, errors = _Heard(hear), _Heard(_ignore)
    try:
        _listen({process.stdout: output, process.stderr: errors}, errand)
        code = process.wait()
    finally:
        _end(process)
    return Ended(code, output.kept.decode(errors="replace"), errors.kept.decode(errors="replace"))


def _listen(outputs: Mapping[IO[bytes], _Heard], errand: Errand) -> None:
    with selectors.DefaultSelector() as selector:
        for stream, heard in outputs.items():
            selector.register(stream, selectors.EVENT_READ, heard)
        while selector.get_map():
            if errand.stopped.is_set():
                raise Stopped(
                    f"What was being fetched for {errand.machine} is not wanted any more."
                )
            for key, _ in selector.select(_LOOK_EVERY):
                data = os.read(key.fd, _PIECE)
                if data:
                    key.data.take(data)
                else:
                    selector.unregister(key.fileobj)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it with all its children, unless it has ended already."""
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()
    if process.poll() is not None:
        return
    for number, patience in ((signal.SIGTERM, _GRACE), (signal.SIGKILL, None)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
            return

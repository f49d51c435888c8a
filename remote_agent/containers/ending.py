"""Asks everything in a container to end: SIGTERM to each of its processes, once."""

from __future__ import annotations

import os
import signal
from typing import List

from remote_agent.containers.engine import Engine
from remote_agent.containers.failure import ContainerError
from remote_agent.containers.record import read_record
from remote_agent.process_tree import Process, descendants, send_signal

_ASKED_WITHIN = 10.0
_FROM_INSIDE = "kill -TERM -1 && { kill -CONT -1 2>/dev/null || :; }"
"""What is below the first process and not of this shell. Both commands are in the shell itself."""


def ask_to_end(engine: Engine, identity: str, pid: int, runner: int) -> str:
    """Ask them, unless the runner has asked them itself: those below it, it sees.

    Args:
        engine: whose container it is.
        identity: of the container.
        pid: the container's first process as the machine sees it.
        runner: the process that owns the attempt.

    Returns: a sentence on why they could not be asked; empty: they were.
    """
    if is_container(pid, identity):
        if any(process.pid == pid for process in descendants(runner)):
            return ""
        processes = descendants(pid)
        if all(map(_is_ours_to_signal, processes)):
            for number in (signal.SIGTERM, signal.SIGCONT):
                for process in processes:
                    send_signal(process, number)
            return ""
    return _ask_from_inside(engine, identity)


def first_process(directory: str) -> List[int]:
    """The first process of the attempt's container, as far as it is there and can be seen here."""
    try:
        record = read_record(directory)
    except (OSError, ValueError):
        return []
    if record is None or not record.containers:
        return []
    return [record.pid] if is_container(record.pid, record.containers[0].identity) else []


def is_container(pid: int, identity: str) -> bool:
    """Whether the process is of the container: the engine may know it by another number."""
    try:
        with open("/proc/%d/cgroup" % pid, encoding="utf-8", errors="replace") as file:
            return pid > 1 and identity in file.read()
    except OSError:
        return False


def _is_ours_to_signal(process: Process) -> bool:
    if os.geteuid() == 0:
        return True
    try:
        return os.stat("/proc/%d" % process.pid).st_uid == os.geteuid()
    except FileNotFoundError:
        return True  # it has ended


def _ask_from_inside(engine: Engine, identity: str) -> str:
    try:
        answer = engine.ask(
            "exec", "--user", "0", identity, "/bin/sh", "-c", _FROM_INSIDE, patience=_ASKED_WITHIN
        )
    except ContainerError as error:
        return str(error)
    # With the last of them the container may end, and all that is in it.
    if answer.code in (0, 128 + signal.SIGKILL):
        return ""
    return "The container could not be asked to end: %s." % answer.complaint.rstrip(".")

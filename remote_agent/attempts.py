"""Attempt directories: made once, looked into, asked to end, removed.

What a runner has come to is read from its directory alone, so that any daemon, the one that forked
it or a later one, sees the same.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import time
from typing import Any, Dict, List, Optional

from remote_agent.durable import read_object, reserve, write_durably
from remote_agent.environments.discard import discard
from remote_agent.layout import Layout
from remote_agent.outputs.keeping import keep
from remote_agent.process_tree import Process, identify, send_signal
from remote_agent.records import RunnerState
from remote_agent.removal import remove_tree
from remote_agent.steps import read_steps
from remote_agent.strays import kill_strays

SPEC = "spec.json"
LOCK = "lock"
PREPARING = "preparing"
STARTED = "started.json"
RESULT = "result.json"
ABORT = "abort.json"
_LOCK_TRIES = 50
_LOCK_PAUSE = 0.002
_OWNER_LENGTH = 40
_STRAYS_PATIENCE = 1.0
"""Seconds for which a daemon may be kept from everything else."""


def create(layout: Layout, name: str, spec: Dict[str, Any]) -> None:
    """Make the attempt's directory with its spec and room for its result, in one step.

    Nothing here is synced: the journal has it all, and after a power cut no attempt goes on.

    Raises:
        FileExistsError: it exists.
        OSError: the disk refuses.
    """
    if os.path.lexists(layout.attempt(name)):
        raise FileExistsError("the directory of attempt %s exists" % name)
    temporary = layout.attempt(".new-" + name)
    shutil.rmtree(temporary, ignore_errors=True)
    os.mkdir(temporary, 0o700)
    with open(os.path.join(temporary, SPEC), "x", encoding="utf-8") as file:
        json.dump(spec, file, separators=(",", ":"))
    reserve(os.path.join(temporary, RESULT))
    with open(os.path.join(temporary, LOCK), "xb") as lock:
        lock.write(_owner(0, 0))  # so that a runner can enter itself on a disk that is full
    os.rename(temporary, layout.attempt(name))


def read_spec(layout: Layout, name: str) -> Dict[str, Any]:
    """The spec with which it was created.

    Raises:
        OSError: the disk refuses.
        ValueError: the file is damaged.
    """
    return read_object(os.path.join(layout.attempt(name), SPEC))


def names(layout: Layout) -> List[str]:
    """All attempts that have a directory."""
    return sorted(name for name in os.listdir(layout.attempts) if not name.startswith("."))


def inspect(layout: Layout, name: str) -> RunnerState:
    """What has come of the attempt's runner.

    A runner takes its lock, then writes down that it starts the command, later the result, and lets
    go of the lock last. Here the start is looked for first, then the lock, then the result: so a
    runner that is about to start, or just finishing, is never taken for one that vanished.
    """
    directory = layout.attempt(name)
    while True:
        started = _read(directory, STARTED)
        held = _is_locked(os.path.join(directory, LOCK))
        result = _read(directory, RESULT)
        if result:
            return RunnerState("ended", result, read_steps(directory))
        if started:
            return RunnerState("running" if held else "vanished", started, read_steps(directory))
        if held and os.path.exists(os.path.join(directory, PREPARING)):
            return RunnerState("preparing", {}, read_steps(directory))
        if held:
            # A runner that has nothing to say yet will report by itself.
            return RunnerState("starting", {})
        if not os.path.exists(os.path.join(directory, STARTED)):
            return RunnerState("created", {})


def ask_to_end(layout: Layout, name: str, grace: float) -> None:
    """Ask the runner to end its tree: durably, so that a runner still to come hears of it too.

    Raises:
        OSError: the disk refuses.
    """
    try:
        write_durably(os.path.join(layout.attempt(name), ABORT), {"grace": grace})
    finally:
        # On a full disk too: a runner that finds no wish takes the spec's grace.
        runner = runner_of(layout, name)
        if runner is not None:
            send_signal(runner, signal.SIGUSR1)


def take_lock(layout: Layout, name: str) -> Optional[int]:
    """Make this process the attempt's runner; None when another one is.

    The lock is held as long as the descriptor, or a copy in a child, is open.

    Raises:
        OSError: there is no such attempt, or the disk refuses.
    """
    path = os.path.join(layout.attempt(name), LOCK)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    for _ in range(_LOCK_TRIES):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except OSError:
            time.sleep(_LOCK_PAUSE)  # whoever looks whether it is held holds it for a moment
    else:
        os.close(file)
        return None
    me = identify(os.getpid())
    os.pwrite(file, _owner(os.getpid(), me.start_time if me else 0), 0)
    return file


def runner_of(layout: Layout, name: str) -> Optional[Process]:
    """The process that owns the attempt, while one does."""
    path = os.path.join(layout.attempt(name), LOCK)
    try:
        return _named_in(path) if _is_locked(path) else None
    except OSError:
        return None


def reserve_preparation(directory: str) -> None:
    """Note that the attempt is about to be prepared, with room for who does it.

    Raises:
        OSError: the disk refuses.
    """
    with open(os.path.join(directory, PREPARING), "wb") as file:
        file.write(_owner(0, 0))


def note_preparation(directory: str) -> None:
    """Enter this process, which leads a session of its own, as the one that prepares the attempt.

    Raises:
        OSError: the disk refuses.
    """
    with open(os.path.join(directory, PREPARING), "r+b") as file:
        me = identify(os.getpid())
        file.write(_owner(os.getpid(), me.start_time if me else 0))


def end_orphaned_preparation(layout: Layout, name: str) -> bool:
    """Kill what prepares the attempt although its runner was killed; whether there was something.

    Nobody hears what it says any more, and nobody could tell it that the attempt is to end.
    """
    runner = runner_of(layout, name)
    if runner is None or identify(runner.pid) == runner:
        return False
    try:
        preparation = _named_in(os.path.join(layout.attempt(name), PREPARING))
    except OSError:
        return False
    if preparation is None or identify(preparation.pid) != preparation:
        return False
    kill_strays(layout.attempt(name), _STRAYS_PATIENCE, session=preparation.pid)
    return True


def end_strays(layout: Layout, name: str) -> List[Process]:
    """Kill what a runner that was killed itself has left behind; what could not be killed."""
    return kill_strays(layout.attempt(name), _STRAYS_PATIENCE)


def discard_remains(layout: Layout, name: str) -> None:
    """Remove what a runner that was killed has left outside the attempt's directory.

    Its lock is held meanwhile, so that the next runner has nothing to fear.
    """
    try:
        lock = os.open(os.path.join(layout.attempt(name), LOCK), os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return  # a runner lives, and sees to it itself
    else:
        discard(layout.attempt(name))
    finally:
        os.close(lock)


def remove(layout: Layout, name: str) -> None:
    """Remove the attempt's directory, as far as its files let themselves be removed.

    What is in its output is kept elsewhere.
    """
    discard_remains(layout, name)
    keep(layout, name)
    doomed = layout.attempt(".old-" + name)
    try:
        os.rename(layout.attempt(name), doomed)
    except FileNotFoundError:
        return
    remove_tree(doomed)


def sweep(layout: Layout) -> None:
    """Remove what a daemon that was killed left half made or half removed."""
    for name in os.listdir(layout.attempts):
        if name.startswith("."):
            remove_tree(layout.attempt(name))


def _owner(pid: int, start_time: int) -> bytes:
    """What a lock file says of who holds it, always as long."""
    return (b"%d %d" % (pid, start_time)).ljust(_OWNER_LENGTH)


def _named_in(path: str) -> Optional[Process]:
    """The process that the file names; see `_owner`."""
    with open(path, "rb") as file:
        pid, _, start_time = file.read().partition(b" ")
    try:
        return Process(int(pid), int(start_time))
    except ValueError:
        return None


def _is_locked(path: str) -> bool:
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(file)
    return False


def _read(directory: str, name: str) -> Dict[str, Any]:
    try:
        return read_object(os.path.join(directory, name))
    except ValueError:
        return {"outcome": "lost", "reason": "the disk lost the attempt's record %s" % name}

"""One attempt, from its directory to its result: forked by the daemon, and outlives it.

The runner owns the attempt's process tree. It is a child subreaper, so that whatever a task starts,
however it detaches itself, stays below it. It holds a lock for life; `started.json` is on disk
before the command runs, and a runner that finds it there ends at once: so the command is started at
most once, however many runners are made.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import select
import signal
import socket
import subprocess
import sys
import time
from typing import Any, Dict, List, NoReturn, Optional

from remote_agent import attempts
from remote_agent.durable import read_object, write_durably
from remote_agent.environments import host
from remote_agent.layout import Layout
from remote_agent.out_of_memory import MemoryWatch
from remote_agent.process_tree import identify
from remote_agent.tree_end import TreeEnd
from remote_agent.workspace import WorkspaceError

GRACE = 10.0
"""Seconds that leftover processes have to end once the command has."""
_SUBREAPER = 36
_LOCK_TRIES = 50

try:
    _libc: Optional[ctypes.CDLL] = ctypes.CDLL(None, use_errno=True)
except (OSError, TypeError):
    _libc = None


class AbortRequested(Exception):
    """The operator wants the attempt to end; raised by the signal while it is being prepared."""


def run(layout: Layout, name: str, boot: str) -> NoReturn:
    """Be the attempt's runner. Call in a freshly forked child; never returns."""
    try:
        _detach()
        lock = _take_lock(layout, name)
        if lock is not None:
            _Runner(layout, name, boot).run()
    except BaseException as error:  # noqa: BLE001 - nobody above could hear of it
        _complain(layout, name, error)
    finally:
        os._exit(0)


class _Runner:
    def __init__(self, layout: Layout, name: str, boot: str) -> None:
        self._layout = layout
        self._name = name
        self._boot = boot
        self._directory = layout.attempt(name)
        self._log = os.open(
            layout.attempt_log(name),
            os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC,
            0o600,
        )
        self._preparing = False
        self._wakeup = _wake_on_signals(self._on_abort)
        self._memory = MemoryWatch()

    def run(self) -> None:
        if self._has(attempts.STARTED) or self._has(attempts.RESULT):
            return
        result = self._prepare_and_run()
        write_durably(os.path.join(self._directory, attempts.RESULT), dict(result, at=time.time()))
        self._notify()

    def _prepare_and_run(self) -> Dict[str, Any]:
        try:
            spec = attempts.read_spec(self._layout, self._name)
            self._preparing = True
            if self._wanted_end() is not None:
                return _ended("aborted")
            if spec.get("code"):
                self._mark(attempts.PREPARING)
            os.mkdir(os.path.join(self._directory, "output"), 0o700)
            place = host.prepare(self._layout, self._directory, spec, self._say)
            self._preparing = False
        except AbortRequested:
            return _ended("aborted")
        except (WorkspaceError, OSError, ValueError) as error:
            self._say(str(error))
            return _ended("failed", reason=str(error))
        return self._run_command(spec, place)

    def _run_command(self, spec: Dict[str, Any], place: str) -> Dict[str, Any]:
        me = identify(os.getpid())
        self._record_start(me.start_time if me else 0)
        environment = host.environment_of(self._directory, spec, dict(os.environ))
        environment[attempts.COOKIE] = self._directory
        try:
            command = subprocess.Popen(
                spec["command"],
                cwd=place,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
                start_new_session=True,
            )
        except OSError as error:
            return self._not_run(spec["command"][0], error)
        return self._supervise(command.pid, float(spec.get("grace", GRACE)))

    def _supervise(self, command: int, grace: float) -> Dict[str, Any]:
        """Wait for the command, then for the rest of its tree, ending it where that is wanted."""
        status: Optional[int] = None
        end: Optional[TreeEnd] = None
        was_asked = False
        while True:
            now = time.monotonic()
            ended, status = _reap(command, status)
            wanted = self._wanted_end() if status is None or was_asked else None
            if wanted is not None:
                was_asked = True
                end = end or TreeEnd(wanted, now)
                end.shorten(wanted, now)
            if ended:
                return self._outcome(status or 0, was_asked=was_asked)
            if status is not None and end is None:
                # The command is over; what it left behind does not outlive the attempt.
                end = TreeEnd(grace, now)
            if end is not None:
                end.proceed(os.getpid(), now)
            self._sleep(end.pause if end is not None else None)

    def _outcome(self, status: int, *, was_asked: bool) -> Dict[str, Any]:
        code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else None
        number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
        if was_asked:
            return _ended("aborted", code, number)
        if code == 0:
            return _ended("completed", code)
        if number is None:
            return _ended("failed", code)
        if number == signal.SIGKILL and self._memory.ran_out():
            return _ended("failed", code, number, "The machine ran out of memory.")
        return _ended("failed", code, number, "Ended by %s." % _signal_name(number))

    def _not_run(self, program: str, error: OSError) -> Dict[str, Any]:
        if isinstance(error, FileNotFoundError):
            reason = "The command %s was not found on this machine." % program
            code = 127
        else:
            reason = "The command %s cannot be run: %s." % (program, error.strerror)
            code = 126
        self._say(reason)
        return _ended("failed", code, reason=reason)

    # Small parts

    def _record_start(self, start_time: int) -> None:
        record = {
            "at": time.time(),
            "pid": os.getpid(),
            "start_time": start_time,
            "boot": self._boot,
        }
        write_durably(os.path.join(self._directory, attempts.STARTED), record)
        # The directory's own name too: were it lost, the attempt would be made and run again.
        attempts.sync_names(self._layout, self._name)
        self._notify()

    def _has(self, name: str) -> bool:
        return os.path.exists(os.path.join(self._directory, name))

    def _mark(self, name: str) -> None:
        os.close(os.open(os.path.join(self._directory, name), os.O_CREAT | os.O_WRONLY, 0o600))
        self._notify()

    def _wanted_end(self) -> Optional[float]:
        """The grace, in seconds, with which the operator wants the attempt to end."""
        try:
            wish = read_object(os.path.join(self._directory, attempts.ABORT))
        except ValueError:
            return GRACE
        return float(wish["grace"]) if "grace" in wish else None

    def _on_abort(self, _number: int, _frame: object) -> None:
        if self._preparing:
            raise AbortRequested

    def _say(self, sentence: str) -> None:
        """A line of clearq's own in the task's log. A full disk costs the line, not the attempt."""
        try:
            os.write(self._log, b"[clearq] %s\n" % sentence.encode("utf-8", "replace"))
        except OSError:
            return

    def _notify(self) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.setblocking(False)
            try:
                sender.sendto(self._name.encode(), self._layout.notify)
            except OSError:
                return  # no daemon is there just now; the next one looks into every directory

    def _sleep(self, seconds: Optional[float]) -> None:
        """Until a signal comes: a child ended, or an abort is wanted."""
        ready, _, _ = select.select([self._wakeup], [], [], seconds)
        if ready:
            os.read(self._wakeup, 4096)


def _ended(
    outcome: str, code: Optional[int] = None, number: Optional[int] = None, reason: str = ""
) -> Dict[str, Any]:
    return {"outcome": outcome, "exit_code": code, "signal": number, "reason": reason}


def _reap(command: int, status: Optional[int]) -> "tuple[bool, Optional[int]]":
    """Collect every child that has ended: whether none is left, and the command's status."""
    try:
        while True:
            pid, found = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return False, status
            if pid == command:
                status = found
    except ChildProcessError:
        return True, status


def _detach() -> None:
    """Be independent of the daemon: its session, its descriptors, its signals."""
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2:
            try:
                os.close(int(name))
            except OSError:
                continue  # the listing's own descriptor
    if _libc is not None:
        _libc.prctl(_SUBREAPER, 1, 0, 0, 0)
    signal.set_wakeup_fd(-1)
    # A handler that does nothing, not SIG_IGN, which the command would inherit.
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: None)


def _wake_on_signals(on_abort: Any) -> int:  # noqa: ANN401 - a signal handler
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    signal.signal(signal.SIGUSR1, on_abort)
    return reading


def _take_lock(layout: Layout, name: str) -> Optional[int]:
    """The attempt's lock, held until this process ends; None when another runner has it."""
    path = os.path.join(layout.attempt(name), attempts.LOCK)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    for _ in range(_LOCK_TRIES):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except OSError:
            time.sleep(0.002)  # whoever looks whether it is held holds it for a moment
    else:
        return None
    me = identify(os.getpid())
    os.ftruncate(file, 0)
    os.pwrite(file, b"%d %d" % (os.getpid(), me.start_time if me else 0), 0)
    return file


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "signal %d" % number


def _complain(layout: Layout, name: str, error: BaseException) -> None:
    """Leave word of what went wrong in the runner itself, where an operator will look."""
    import traceback

    lines: List[str] = traceback.format_exception(type(error), error, error.__traceback__)
    try:
        with open(layout.attempt_log(name), "a", encoding="utf-8") as log:
            log.write("[clearq] The runner failed: %s\n%s" % (error, "".join(lines)))
    except OSError:
        sys.stderr.write("".join(lines))

"""One attempt, from its directory to its result: forked by the daemon, and outlives it.

The runner owns the attempt's process tree. It is a child subreaper, so that whatever a task starts,
however it detaches itself, stays below it. It holds a lock for life; `started.json` is written
before the command runs, and a runner that finds it there ends at once: so the command is started at
most once, however many runners are made.
"""

from __future__ import annotations

import errno
import os
import select
import signal
import time
import traceback
from typing import Any, Dict, List, NoReturn, Optional, Tuple

from remote_agent import attempts
from remote_agent.attempt_secrets import AttemptSecrets
from remote_agent.command_start import CannotRun, start
from remote_agent.core_dumps import forbid_core_dumps
from remote_agent.durable import read_object, write_at_once, write_durably
from remote_agent.environments.discard import discard
from remote_agent.environments.interface import Ready, Site
from remote_agent.inherited import close_inherited
from remote_agent.layout import Layout
from remote_agent.out_of_memory import MemoryWatch
from remote_agent.outcome import Outcome, ended, unprepared, was_killed
from remote_agent.outputs.keeping import has_output
from remote_agent.places import make_places, variables_of
from remote_agent.prctl import become_subreaper, name_process
from remote_agent.preparation import Preparation
from remote_agent.process_tree import Process, descendants, identify
from remote_agent.report import report
from remote_agent.setting_up import needs_setting_up
from remote_agent.strays import COOKIE, find_strays
from remote_agent.task_log import TaskLog
from remote_agent.tree_end import TreeEnd

GRACE = 10.0
"""Seconds that processes have to end themselves, where the spec says nothing."""
_HANDLED = (signal.SIGCHLD, signal.SIGUSR1, signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
_DISK_IS_FULL = (errno.ENOSPC, errno.EDQUOT)
_RESULT_AGAIN_AFTER = 1.0
_REPORT_AFTER = 0.02
"""Seconds that a command runs before its start is worth a word; a shorter one's end tells both."""


def run(layout: Layout, name: str, boot: str, secrets: Optional[Dict[str, str]] = None) -> NoReturn:
    """Be the attempt's runner. Call in a freshly forked child; never returns.

    `secrets`: the values of those that the spec names, by name.
    """
    try:
        _leave_the_daemon()
        wakeup = _wake_on_signals()
        if attempts.take_lock(layout, name) is not None:
            _Runner(layout, name, boot, wakeup).run(secrets or {})
    except BaseException:  # noqa: BLE001 - nobody above could hear of it
        _complain(layout, name)
    finally:
        os._exit(0)


class _Runner:
    def __init__(self, layout: Layout, name: str, boot: str, wakeup: int) -> None:
        self._layout = layout
        self._name = name
        self._boot = boot
        self._wakeup = wakeup
        self._directory = layout.attempt(name)
        self._is_subreaper = become_subreaper()
        self._log: Optional[TaskLog] = None
        self._spec: Dict[str, Any] = {}
        self._leader = 0
        """The child that is waited for: the preparation, then the command."""
        self._status: Optional[int] = None
        self._end: Optional[TreeEnd] = None
        self._is_aborted = False
        self._started_at: Optional[float] = None
        self._report_at: Optional[float] = None

    def run(self, secrets: Dict[str, str]) -> None:
        if self._has(attempts.STARTED) or self._has(attempts.RESULT):
            return
        try:
            outcome = self._carry_out(secrets)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the attempt has an outcome
            self._say(traceback.format_exc())
            self._end = TreeEnd(self._living, 0.0, time.monotonic())
            self._supervise()
            outcome = Outcome("failed", reason="A fault in clearq's runner: %.500r." % error)
        if self._log is not None:
            self._log.finish()
            outcome = outcome._replace(reason=self._log.mask(outcome.reason))
        left = discard(self._directory)
        if left:
            outcome = outcome._replace(reason=("%s %s" % (outcome.reason, left)).strip())
        self._write_result(outcome)
        report(self._layout, self._name)

    def _carry_out(self, values: Dict[str, str]) -> Outcome:
        if self._wanted_grace() is not None:
            return Outcome("aborted")
        try:
            self._spec = attempts.read_spec(self._layout, self._name)
            secrets = AttemptSecrets(self._spec, values)
            self._log = TaskLog(self._layout.attempt_log(self._name), secrets.values())
            if secrets:
                forbid_core_dumps()
                secrets.lay_out(self._directory)
            workspace = make_places(self._directory)
            variables = variables_of(self._directory, self._spec, dict(os.environ))
            ready = Ready(self._spec["command"], variables, workspace)
            if needs_setting_up(self._spec):
                preparation, hopeless = self._prepare(self._log, variables, secrets.files)
                if self._is_aborted or preparation.ready is None:
                    return unprepared(self._status, self._is_aborted, preparation.failure, hopeless)
                ready = preparation.ready
        except (OSError, ValueError) as error:
            return Outcome("failed", reason="The attempt cannot be prepared: %s." % error)
        environment = {**ready.environment, **secrets.variables(), COOKIE: self._directory}
        return self._run_command(ready._replace(environment=environment), self._log)

    def _prepare(
        self, log: TaskLog, variables: Dict[str, str], secret_files: Dict[str, str]
    ) -> Tuple[Preparation, List[Process]]:
        attempts.reserve_preparation(self._directory)
        report(self._layout, self._name)
        site = Site(
            self._layout,
            self._directory,
            self._spec,
            variables,
            log.say_from_below,
            log.writing,
            secret_files,
        )
        preparation = Preparation(site, self._tell, log.mask, list(_HANDLED))
        self._leader = preparation.pid
        hopeless = self._supervise()
        preparation.conclude()
        if preparation.failure:
            self._say(preparation.failure)
        return preparation, hopeless

    def _run_command(self, ready: Ready, log: TaskLog) -> Outcome:
        self._status = self._end = None
        try:
            self._record_start()
            self._leader = start(ready.command, ready.environment, ready.place, log.writing)
        except CannotRun as error:
            self._say(str(error))
            return Outcome("failed", error.exit_code, reason=str(error))
        except OSError as error:
            return Outcome("failed", reason="Its start cannot be recorded: %s." % error.strerror)
        memory = MemoryWatch()
        self._report_at = time.monotonic() + _REPORT_AFTER
        hopeless = self._supervise()
        ran_out = memory.ran_out() if was_killed(self._status) else ""
        return ended(self._status, self._is_aborted, ran_out, hopeless)

    def _record_start(self) -> None:
        """Write down that the command starts; only then may it.

        Not synced: the journal knows that this runner was made, and after a power cut what it
        had made is lost, not run again.
        """
        me = identify(os.getpid())
        started_at = time.time()
        record = {
            "at": started_at,
            "pid": os.getpid(),
            "start_time": me.start_time if me else 0,
            "boot": self._boot,
        }
        write_at_once(os.path.join(self._directory, attempts.STARTED), record)
        self._started_at = started_at

    def _supervise(self) -> List[Process]:
        """Until nothing of the tree is left. Returns what hangs in the kernel and was given up."""
        while not self._reap():
            now = time.monotonic()
            if self._status is not None and self._end is None:
                # The leader is over; what it left behind does not outlive it.
                self._end = TreeEnd(self._living, self._grace, now)
            if self._end is not None:
                living = self._end.proceed(now)
                if living and self._end.is_hopeless(now):
                    return living
            self._wait()
        return []

    def _living(self) -> List[Process]:
        """What of the tree is alive."""
        found = dict.fromkeys(descendants(os.getpid()))
        if not self._is_subreaper:
            found.update(dict.fromkeys(find_strays(self._directory, self._leader or None)))
        return list(found)

    def _reap(self) -> bool:
        """Collect every child that has ended; whether nothing of the tree is left."""
        try:
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return False
                if pid == self._leader:
                    self._status = status
        except ChildProcessError:
            # Who inherits all orphans and has no child has no descendant either.
            return self._is_subreaper or not self._living()

    def _wait(self) -> None:
        """Until a child ends, an abort is wanted, or the tree must be looked at again."""
        until = None if self._end is None else time.monotonic() + self._end.pause
        while True:
            ready = self._sleep(until)
            now = time.monotonic()
            if self._report_at is not None and now >= self._report_at:
                self._report_at = None
                report(self._layout, self._name)
            if self._wakeup in ready:
                if signal.SIGUSR1 in os.read(self._wakeup, 4096):
                    self._on_abort(now)
                return
            if until is not None and now >= until:
                return

    def _sleep(self, until: Optional[float]) -> List[int]:
        """Until something is due or can be read; takes in what was written to the log."""
        assert self._log is not None
        moments = (until, self._report_at, self._log.due)
        times = [moment for moment in moments if moment is not None]
        pause = max(0.0, min(times) - time.monotonic()) if times else None
        ready, _, _ = select.select([self._wakeup, *self._log.readable], [], [], pause)
        now = time.monotonic()
        if any(descriptor != self._wakeup for descriptor in ready):
            self._log.take(now)
        self._log.proceed(now)
        return list(ready)

    def _on_abort(self, now: float) -> None:
        wanted = self._wanted_grace()
        grace = self._grace if wanted is None else wanted  # the disk was too full for the wish
        self._is_aborted = self._is_aborted or self._status is None
        if self._end is None:
            self._end = TreeEnd(self._living, grace, now)
        self._end.shorten(grace, now)

    # Small parts

    @property
    def _grace(self) -> float:
        return float(self._spec.get("grace", GRACE))

    def _wanted_grace(self) -> Optional[float]:
        """The grace, in seconds, with which the operator wants the attempt to end."""
        try:
            wish = read_object(os.path.join(self._directory, attempts.ABORT))
        except (OSError, ValueError):
            return self._grace
        return float(wish["grace"]) if "grace" in wish else None

    def _write_result(self, outcome: Outcome) -> None:
        """Wait for room rather than lose the outcome; some was set aside."""
        path = os.path.join(self._directory, attempts.RESULT)
        record: Dict[str, Any] = dict(outcome._asdict(), at=time.time(), started=self._started_at)
        if has_output(self._directory):
            record["output"] = True
        while True:
            try:
                return write_durably(path, record)
            except OSError as error:
                if error.errno not in _DISK_IS_FULL:
                    raise
            time.sleep(_RESULT_AGAIN_AFTER)

    def _tell(self) -> None:
        report(self._layout, self._name)

    def _has(self, name: str) -> bool:
        return os.path.exists(os.path.join(self._directory, name))

    def _say(self, text: str) -> None:
        """A line of clearq's own in the task's log."""
        if self._log is not None:
            self._log.say(text)


def _leave_the_daemon() -> None:
    """Be independent of the daemon: its session, its descriptors, its signals."""
    os.setsid()
    name_process("clearq-runner")
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    close_inherited()


def _wake_on_signals() -> int:
    """A descriptor on which the numbers of arriving signals can be read, and no signal kills."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    for number in _HANDLED:
        signal.signal(number, _noted)
    return reading


def _noted(_number: int, _frame: object) -> None:
    """The byte in the pipe says it all."""


def _complain(layout: Layout, name: str) -> None:
    """Leave word of what went wrong in the runner itself, where an operator will look."""
    try:
        with open(layout.attempt_log(name), "a", encoding="utf-8") as log:
            log.write("[clearq] The runner failed.\n%s" % traceback.format_exc())
    except OSError:
        return  # what is left is the missing result, which the daemon will notice

"""Sets an environment up in a process of its own, so that the runner can end it as a command.

The process inherits the attempt's lock: no second runner begins while the preparation of a first
one, killed meanwhile, is still at it.
"""

from __future__ import annotations

import json
import os
import signal
import tempfile
import traceback
from typing import IO, Any, Callable, Dict, List, NoReturn, Optional

from remote_agent.attempts import note_preparation
from remote_agent.environments.interface import Ready, Site, StepFailed
from remote_agent.environments.modes import environment_of
from remote_agent.setting_up import set_up
from remote_agent.steps import Steps

_LONGEST_SENTENCE = 2000


class Preparation:
    """The runner's end of the process that prepares."""

    def __init__(
        self,
        site: Site,
        tell: Callable[[], None],
        mask: Callable[[str], str],
        handled: List[signal.Signals],
    ) -> None:
        """Fork it.

        Args:
            site: what to set up, and where.
            tell: called in the process after every step.
            mask: takes the secrets out of a sentence: what the process tells goes over the disk.
            handled: signals that the runner handles and the process must not.

        Raises:
            OSError: the system makes no more processes, or the disk is full.
        """
        self.ready: Optional[Ready] = None
        """What to execute, once that is known."""
        self.failure = ""
        """Why nothing is; a sentence for the operator."""
        # A file without a name: an environment can be larger than a pipe.
        self._told = tempfile.TemporaryFile(dir=site.directory)  # noqa: SIM115 - read later
        # A signal between the fork and the child's own handlers would be swallowed by ours.
        held_before = signal.pthread_sigmask(signal.SIG_BLOCK, handled)
        self.pid = os.fork()
        if self.pid == 0:
            _prepare(site, tell, mask, handled, self._told)
        signal.pthread_sigmask(signal.SIG_SETMASK, held_before)

    def conclude(self) -> None:
        """Take in what it has said before it ended."""
        with self._told as file:
            file.seek(0)
            said = file.read()
        told: Dict[str, Any] = json.loads(said) if said else {}
        self.failure = told.get("failure", "")
        if "ready" in told:
            self.ready = Ready(*told["ready"])


def _prepare(
    site: Site,
    tell: Callable[[], None],
    mask: Callable[[str], str],
    handled: List[signal.Signals],
    told: IO[bytes],
) -> NoReturn:
    """In the child; never returns."""
    said: Dict[str, Any] = {}
    try:
        os.setsid()
        note_preparation(site.directory)
        signal.set_wakeup_fd(-1)
        for number in handled:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, handled)
        environment = environment_of(site.spec["mode"])(site)
        said["ready"] = set_up(environment, Steps(site.directory, tell, site.say))
    except StepFailed as error:
        said["failure"] = mask(str(error))[:_LONGEST_SENTENCE]
    except BaseException as error:  # noqa: BLE001 - a fault of ours must not look like the task's
        site.say(traceback.format_exc())
        fault = "The task could not be made ready, by a fault in clearq: %.500r." % error
        said["failure"] = mask(fault)
    finally:
        told.write(json.dumps(said).encode())
        told.flush()
        os._exit(0)

"""The steps in which an environment is set up, written down as they begin and end."""

from __future__ import annotations

import contextlib
import os
import time
from typing import Any, Callable, Dict, Iterator, List

from remote_agent.durable import read_object, write_at_once
from remote_agent.environments.interface import StepFailed
from remote_agent.workspace import WorkspaceError

STEPS = "steps.json"


def read_steps(directory: str) -> List[Dict[str, Any]]:
    """The attempt's steps so far, each with its name, its seconds and whether it failed."""
    try:
        steps = read_object(os.path.join(directory, STEPS)).get("steps", [])
    except (OSError, ValueError):
        return []
    return steps if isinstance(steps, list) else []


class Steps:
    """The record of one preparation."""

    def __init__(
        self, directory: str, tell: Callable[[], None], say: Callable[[str], None]
    ) -> None:
        """`tell` is called after every change, `say` writes to the task's log."""
        self._path = os.path.join(directory, STEPS)
        self._tell = tell
        self._say = say
        self._steps: List[Dict[str, Any]] = []

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[None]:
        """What happens inside is the step; what goes wrong in it carries its name.

        Raises:
            StepFailed: it failed; the sentence begins with the step's name.
        """
        self._steps.append({"name": name, "seconds": None, "failed": False})
        self._write()
        self._say("%s …" % name.capitalize())
        began = time.monotonic()
        failed = True
        try:
            yield
            failed = False
        except (StepFailed, WorkspaceError) as error:
            raise StepFailed("%s: %s" % (name, error)) from error
        except OSError as error:
            raise StepFailed("%s: the system refuses: %s." % (name, error)) from error
        finally:
            seconds = time.monotonic() - began
            self._steps[-1].update(seconds=round(seconds, 4), failed=failed)
            self._write()
            said = "failed after" if failed else "done in"
            self._say("%s %s %.2f s." % (name.capitalize(), said, seconds))

    def _write(self) -> None:
        # On a full disk the record is cut, not the task: the log tells the same.
        with contextlib.suppress(OSError):
            write_at_once(self._path, {"steps": self._steps})
        self._tell()

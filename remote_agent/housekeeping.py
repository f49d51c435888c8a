"""Keeps everything that outlives attempts within its bounds."""

from __future__ import annotations

import os
from typing import Callable

from remote_agent.layout import Layout

CODE_BYTES = 8 << 30
"""What the code of all earlier tasks may take on a machine, and clones of remote repositories."""
_EVERY = 86400.0
"""Seconds between sweeps; once a day is often enough."""


def sweep_when_due(layout: Layout, boot: str, now: float, log: Callable[[str], None]) -> None:
    """Sweep code, output and environments, unless that was done within the last day.

    Takes long: call it in a process that nobody waits for. `boot` is the machine's present one.

    Raises:
        OSError: the disk refuses.
    """
    mark = os.path.join(layout.cache, "swept")
    try:
        if now - os.stat(mark).st_mtime < _EVERY:
            return
    except FileNotFoundError:
        pass
    os.close(os.open(mark, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    os.utime(mark, (now, now))
    _sweep(layout, boot, now, log)


def remove_half_built(layout: Layout) -> None:
    """Remove the environments that no living process builds any more; call when an attempt is gone.

    Costs next to nothing where there are none.

    Raises:
        OSError: the disk refuses.
    """
    if os.path.isdir(os.path.join(layout.cache, "environments")):
        from remote_agent.python_environments.shared import SharedEnvironments

        SharedEnvironments(layout.cache, boot="").remove_leftovers()
    if os.path.isdir(os.path.join(layout.cache, "conda", "environments")):
        from remote_agent.conda_environments import sweep

        sweep.remove_half_built(layout)


def _sweep(layout: Layout, boot: str, now: float, log: Callable[[str], None]) -> None:
    # Here, so that the daemon, of which this process is a copy, does without them.
    from remote_agent.conda_environments.sweep import sweep_conda
    from remote_agent.outputs import keeping
    from remote_agent.python_environments.sweep import sweep_environments
    from remote_agent.workspace import sweep_cache, sweep_remotes

    sweep_cache(layout.cache, CODE_BYTES, log)
    sweep_remotes(layout.cache, CODE_BYTES, log)
    keeping.sweep(layout, now)
    sweep_environments(layout, now, log)
    sweep_conda(layout, boot, now, log)

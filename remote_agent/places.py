"""What an attempt's command finds: its directories and the variables that name them."""

from __future__ import annotations

import os
from typing import Any, Dict

from remote_agent.removal import remove_tree

WORKSPACE = "workspace"
OUTPUT = "output"
SCALARS = "scalars"
"""A file that is not there until the task writes it."""


def make_places(directory: str) -> str:
    """Make the attempt's workspace and the place for its output, both empty; returns the workspace.

    Raises:
        OSError: the disk refuses.
    """
    for name in (WORKSPACE, OUTPUT):
        make_empty(os.path.join(directory, name))
    return os.path.join(directory, WORKSPACE)


def make_empty(place: str) -> None:
    """Make the directory, private and empty, whatever a runner that died may have left there.

    A directory stays the same one: a container may have it mounted.

    Raises:
        OSError: the disk refuses.
    """
    if os.path.isdir(place) and not os.path.islink(place):
        os.chmod(place, 0o700)
        for name in os.listdir(place):
            remove_tree(os.path.join(place, name))
        if not os.listdir(place):
            return
    remove_tree(place)
    os.mkdir(place, 0o700)


def variables_of(
    directory: str, spec: Dict[str, Any], surroundings: Dict[str, str]
) -> Dict[str, str]:
    """The variables that the command gets, over those of the agent itself."""
    return {
        **surroundings,
        "PYTHONUNBUFFERED": "1",
        **spec.get("environment", {}),
        "CLEARQ_TASK": str(spec.get("task", "")),
        "CLEARQ_ATTEMPT": "%s.%s" % (spec.get("task", ""), spec.get("attempt", "")),
        "CLEARQ_WORKER": str(spec["worker"]),
        "CLEARQ_GPUS": ",".join(spec.get("gpus", ())),
        "CLEARQ_WORKSPACE": os.path.join(directory, WORKSPACE),
        "CLEARQ_OUTPUT": os.path.join(directory, OUTPUT),
        "CLEARQ_SCALARS": os.path.join(directory, SCALARS),
    }

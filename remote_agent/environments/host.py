"""The mode `host`: no environment but the machine's own. Code, then the command."""

from __future__ import annotations

import os
from typing import Any, Callable, Dict

from remote_agent.layout import Layout


def prepare(
    layout: Layout, directory: str, spec: Dict[str, Any], log: Callable[[str], None]
) -> str:
    """Make the workspace; returns the directory in which the command is to run.

    Raises:
        WorkspaceError: the code cannot be laid out; the sentence says why.
        OSError: the disk refuses.
    """
    workspace = os.path.join(directory, "workspace")
    os.mkdir(workspace, 0o700)
    if not spec.get("code"):
        return workspace
    from remote_agent.workspace import lay_out  # only tasks with code pay for it

    return lay_out(spec["code"], layout.blobs, layout.cache, workspace, log)


def environment_of(
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
        "CLEARQ_WORKSPACE": os.path.join(directory, "workspace"),
        "CLEARQ_OUTPUT": os.path.join(directory, "output"),
    }

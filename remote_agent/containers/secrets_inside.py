"""A task's secrets in its container: files in memory, which the command's shell reads. Pure.

No engine is told a value: engines write down the variables that they are given.
"""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Sequence

from remote_agent.containers.failure import ContainerError
from remote_agent.containers.places import SECRETS, Mount
from remote_agent.containers.scripts import is_name

_FOR_TASK = ("variable", "file")


def secret_mounts(uses: Sequence[Mapping[str, Any]], files: Mapping[str, str]) -> List[Mount]:
    """The files of those that the task gets; what is for a registry alone is not for the task.

    Raises:
        ContainerError: a variable's name is none for a shell, or a file is missing.
    """
    mounts = {}
    for use in uses:
        if use["kind"] not in _FOR_TASK:
            continue
        if not is_name(use["target"]):
            raise ContainerError(
                "in a container, the secret %s cannot be in a variable of the name %.60r: "
                "a shell has to set it." % (use["name"], use["target"])
            )
        if use["name"] not in files:
            raise ContainerError("the secret %s has not arrived." % use["name"])
        path = _path(use)
        mounts[path] = Mount(files[use["name"]], path, True)
    return list(mounts.values())


def secret_paths(uses: Sequence[Mapping[str, Any]], kind: str) -> Dict[str, str]:
    """By variable the file in the container, for the secrets of this kind."""
    return {use["target"]: _path(use) for use in uses if use["kind"] == kind}


def _path(use: Mapping[str, Any]) -> str:
    return "%s/%s" % (SECRETS, use["name"])

"""What an engine says of a container."""

from __future__ import annotations

import json
from typing import NamedTuple, Optional

from remote_agent.containers.engine import Answer, Engine
from remote_agent.containers.failure import ContainerError

_GONE = (
    "no such container",
    "no container with",
    "no such object",
    "no such image",
    "image not known",
)


class State(NamedTuple):
    """A container at one moment."""

    is_running: bool
    pid: int
    """Its first process as the machine sees it; 0: none."""
    exit_code: int
    ran_out_of_memory: bool


def is_gone(answer: Answer) -> bool:
    """Whether the engine complains that there is no such container or image."""
    return any(words in answer.complaint.lower() for words in _GONE)


def state_of(engine: Engine, identity: str) -> Optional[State]:
    """The container's state; None: there is no such container.

    Raises:
        ContainerError: the engine does not say.
    """
    answer = engine.ask("container", "inspect", "--format", "{{json .State}}", identity)
    if answer.code != 0:
        if is_gone(answer):
            return None
        raise ContainerError("%s: %s." % (engine.kind, answer.complaint.rstrip(".")))
    try:
        said = json.loads(answer.said)
        return State(
            is_running=bool(said["Running"]) or said.get("Status") in ("running", "stopping"),
            pid=int(said["Pid"]),
            exit_code=int(said["ExitCode"]),
            ran_out_of_memory=bool(said["OOMKilled"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ContainerError(
            "%s tells %.100r of the container." % (engine.kind, answer.said)
        ) from error

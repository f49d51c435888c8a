"""Removes an attempt's container, whatever state it is in and whoever was killed before."""

from __future__ import annotations

import time
from typing import List

from remote_agent.containers.engine import PODMAN, Engine
from remote_agent.containers.failure import ContainerError
from remote_agent.containers.record import LABEL, Record, forget_record, read_record
from remote_agent.containers.state import is_gone

_ANSWERS_WITHIN = 5.0
_REMOVES_WITHIN = 20.0
_MAY_STILL_COME = 3.0
"""Seconds for which an engine may be about to make a container for a client that was killed."""
_LOOK_EVERY = 0.1
_LONGEST_PAUSE = 1.0
_PATIENCE = 30.0


def discard(directory: str) -> str:
    """Remove the container of the attempt with this directory, with all that runs in it.

    May be called at any time, as often as one likes, and by another process than made it; takes
    under a minute even where the engine hangs.

    Returns: a sentence on what could not be removed; empty: nothing is left. Where something is,
        the record stays, and another call tries again.
    """
    give_up_at = time.monotonic() + _PATIENCE
    pause = _LOOK_EVERY
    while True:
        try:
            record = read_record(directory)
            if record is not None:
                _remove_all(record, directory)
                forget_record(directory)
            return ""
        except (ContainerError, OSError, ValueError) as error:
            problem = str(error)
        # The engine may be at it itself, as one is whose container has just ended.
        if pause > _LONGEST_PAUSE or time.monotonic() >= give_up_at:
            return "The container of this attempt could not be removed: %s" % problem
        time.sleep(pause)
        pause *= 2


def _remove_all(record: Record, directory: str) -> None:
    for container in record.containers:
        if not container.identity:
            _remove_by_name(record.engine, container.name, directory)
        elif _label_of(record.engine, container.identity) == directory:
            discard_container(record.engine, container.identity)
    for name in record.images:
        answer = record.engine.ask("image", "rm", "--force", name, patience=_REMOVES_WITHIN)
        if answer.code != 0 and not is_gone(answer):
            raise ContainerError("%s: %s." % (record.engine.kind, answer.complaint.rstrip(".")))


def _remove_by_name(engine: Engine, name: str, directory: str) -> None:
    """Whoever made it was killed before the engine had told its id, or even had made it."""
    deadline = time.monotonic() + _MAY_STILL_COME
    while True:
        found = _containers_named(engine, name, directory)
        for identity in found:
            discard_container(engine, identity)
        if found or time.monotonic() >= deadline:
            return
        time.sleep(_LOOK_EVERY)


def _containers_named(engine: Engine, wanted: str, directory: str) -> List[str]:
    """Only if the label says whose they are: a name can be given twice."""
    told = engine.ask(
        *("ps", "--all", "--no-trunc", "--format", "{{.ID}} {{.Names}}"),
        *("--filter", "name=" + wanted),
        patience=_ANSWERS_WITHIN,
    )
    if told.code != 0:
        raise ContainerError("%s: %s." % (engine.kind, told.complaint.rstrip(".")))
    found = []
    for line in told.said.splitlines():
        identity, _, name = line.strip().partition(" ")
        if name == wanted and _label_of(engine, identity) == directory:
            found.append(identity)
    return found


def _label_of(engine: Engine, identity: str) -> str:
    """The directory of the attempt that the container is for; empty: it is none of ours, or gone.

    Raises:
        ContainerError: the engine does not say.
    """
    template = '{{index .Config.Labels "%s"}}' % LABEL
    told = engine.ask(
        "container", "inspect", "--format", template, identity, patience=_ANSWERS_WITHIN
    )
    if told.code == 0:
        return told.said.rstrip("\n")
    if is_gone(told):
        return ""
    raise ContainerError("%s: %s." % (engine.kind, told.complaint.rstrip(".")))


def discard_container(engine: Engine, identity: str) -> None:
    """Remove this container, running or not.

    Raises:
        ContainerError: the engine refuses.
    """
    if engine.kind == PODMAN:
        # Asked to remove what runs, podman would first ask it to end, and wait.
        engine.ask("kill", "--signal", "KILL", identity, patience=_ANSWERS_WITHIN)
    answer = engine.ask("rm", "--force", "--volumes", identity, patience=_REMOVES_WITHIN)
    if answer.code != 0 and not is_gone(answer):
        raise ContainerError("%s: %s." % (engine.kind, answer.complaint.rstrip(".")))

"""Removes an attempt's container, whatever state it is in and whoever was killed before."""

from __future__ import annotations

import time
from typing import List

from remote_agent.containers.engine import PODMAN, Engine
from remote_agent.containers.failure import ContainerError
from remote_agent.containers.record import LABEL, Record, forget_record, read_record

_ANSWERS_WITHIN = 5.0
_REMOVES_WITHIN = 20.0
_MAY_STILL_COME = 3.0
"""Seconds for which an engine may be about to make a container for a client that was killed."""
_LOOK_EVERY = 0.1


def discard(directory: str) -> str:
    """Remove the container of the attempt with this directory, with all that runs in it.

    May be called at any time, as often as one likes, and by another process than made it; takes
    under a minute even where the engine hangs.

    Returns: a sentence on what could not be removed; empty: nothing is left. Where something is,
        the record stays, and another call tries again.
    """
    try:
        record = read_record(directory)
        if record is None:
            return ""
        _remove_all(record, directory)
    except (ContainerError, OSError, ValueError) as error:
        return "The container of this attempt could not be removed: %s" % error
    forget_record(directory)
    return ""


def _remove_all(record: Record, directory: str) -> None:
    deadline = time.monotonic() + (0.0 if record.identity else _MAY_STILL_COME)
    while True:
        found = _containers_of(record, directory)
        for identity in found:
            _remove(record.engine, identity)
        if found or time.monotonic() >= deadline:
            return
        time.sleep(_LOOK_EVERY)


def _containers_of(record: Record, directory: str) -> List[str]:
    """By name, and only if the label says whose they are: a name can be given twice."""
    told = record.engine.ask(
        *("ps", "--all", "--no-trunc", "--format", "{{.ID}} {{.Names}}"),
        *("--filter", "name=" + record.name),
        patience=_ANSWERS_WITHIN,
    )
    if told.code != 0:
        raise ContainerError("%s: %s." % (record.engine.kind, told.complaint.rstrip(".")))
    found = []
    for line in told.said.splitlines():
        identity, _, name = line.strip().partition(" ")
        if name == record.name and _label_of(record.engine, identity) == directory:
            found.append(identity)
    return found


def _label_of(engine: Engine, identity: str) -> str:
    template = '{{index .Config.Labels "%s"}}' % LABEL
    told = engine.ask(
        "container", "inspect", "--format", template, identity, patience=_ANSWERS_WITHIN
    )
    return told.said.rstrip("\n") if told.code == 0 else ""


def _remove(engine: Engine, identity: str) -> None:
    if engine.kind == PODMAN:
        # Asked to remove it, podman would first ask it to end, and wait.
        engine.ask("kill", "--signal", "KILL", identity, patience=_ANSWERS_WITHIN)
    answer = engine.ask("rm", "--force", "--volumes", identity, patience=_REMOVES_WITHIN)
    is_gone = "no such container" in answer.complaint.lower()
    if answer.code != 0 and not is_gone and "already in progress" not in answer.complaint:
        raise ContainerError("%s: %s." % (engine.kind, answer.complaint.rstrip(".")))

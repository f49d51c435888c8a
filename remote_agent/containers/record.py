"""`container.json`: which containers stand for an attempt, written down before they are made.

Whatever is killed when, they can be found by it and removed.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from remote_agent.containers import RECORD
from remote_agent.containers.engine import Engine, engine_from_json
from remote_agent.durable import read_object, write_at_once

LABEL = "clearq.attempt"
"""A label on the container whose value is the directory of the attempt."""
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_.-]")


class Noted(NamedTuple):
    """One container."""

    name: str
    identity: str
    """The engine's id of it; empty as long as it may not exist yet."""


class Record(NamedTuple):
    """One attempt's containers."""

    engine: Engine
    containers: Tuple[Noted, ...] = ()
    """The task's own first."""
    images: Tuple[str, ...] = ()
    """Names of images that are made for this attempt alone."""
    pid: int = 0
    """The first process of the task's container as the machine sees it; 0: not known."""

    def noting(self, container: Noted) -> Record:
        """With this container, in the place of what was known of it."""
        others = tuple(one for one in self.containers if one.name != container.name)
        return self._replace(containers=(*others, container))

    def without(self, name: str) -> Record:
        """Without the container of this name."""
        return self._replace(containers=tuple(one for one in self.containers if one.name != name))


def container_name(root: str, attempt: str) -> str:
    """A name for the attempt's container that no other agent on this machine gives."""
    agent = hashlib.sha256(os.fsencode(root)).hexdigest()[:8]
    return "clearq-%s-%s" % (agent, _NOT_IN_NAMES.sub("-", attempt))


def write_record(directory: str, record: Record) -> None:
    """Put it down in the attempt's directory.

    Raises:
        OSError: the disk refuses.
    """
    said: Dict[str, Any] = {
        "engine": record.engine.to_json(),
        "containers": [list(container) for container in record.containers],
        "images": list(record.images),
        "pid": record.pid,
    }
    write_at_once(os.path.join(directory, RECORD), said)


def read_record(directory: str) -> Optional[Record]:
    """The attempt's containers; None: it has none.

    Raises:
        ValueError: the record is damaged.
        OSError: the disk refuses.
    """
    said = read_object(os.path.join(directory, RECORD))
    if not said:
        return None
    containers, images, pid = said.get("containers"), said.get("images"), said.get("pid")
    if not (_are_pairs(containers) and _are_texts(images) and isinstance(pid, int)):
        raise ValueError("%s is damaged" % os.path.join(directory, RECORD))
    assert isinstance(containers, list), "looked at above"
    assert isinstance(images, list), "looked at above"
    noted = tuple(Noted(name, identity) for name, identity in containers)
    return Record(engine_from_json(said.get("engine")), noted, tuple(images), pid)


def forget_record(directory: str) -> None:
    """Nothing is left of what it names."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(os.path.join(directory, RECORD))


def _are_pairs(value: object) -> bool:
    pair = len(Noted._fields)
    return isinstance(value, list) and all(_are_texts(one) and len(one) == pair for one in value)


def _are_texts(value: object) -> bool:
    texts: List[object] = value if isinstance(value, list) else [None]
    return all(isinstance(text, str) for text in texts)

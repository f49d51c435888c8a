"""`container.json`: which container stands for an attempt, written down before it is made.

Whatever is killed when, the container can be found by it and removed.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from typing import Any, Dict, NamedTuple, Optional

from remote_agent.containers import RECORD
from remote_agent.containers.engine import Engine, engine_from_json
from remote_agent.durable import read_object, write_at_once

LABEL = "clearq.attempt"
"""A label on the container whose value is the directory of the attempt."""
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_.-]")


class Record(NamedTuple):
    """One attempt's container."""

    engine: Engine
    name: str
    identity: str
    """The engine's id of it; empty as long as it may not exist yet."""
    pid: int
    """Its first process as the machine sees it; 0: not known."""


def container_name(root: str, attempt: str) -> str:
    """A name for the attempt's container that no other agent on this machine gives."""
    agent = hashlib.sha256(os.fsencode(root)).hexdigest()[:8]
    return "clearq-%s-%s" % (agent, _NOT_IN_NAMES.sub("-", attempt))


def write_record(directory: str, record: Record) -> None:
    """Put it down in the attempt's directory.

    Raises:
        OSError: the disk refuses.
    """
    said: Dict[str, Any] = dict(record._asdict(), engine=record.engine.to_json())
    write_at_once(os.path.join(directory, RECORD), said)


def read_record(directory: str) -> Optional[Record]:
    """The attempt's container; None: it has none.

    Raises:
        ValueError: the record is damaged.
        OSError: the disk refuses.
    """
    said = read_object(os.path.join(directory, RECORD))
    if not said:
        return None
    name, identity, pid = said.get("name"), said.get("identity"), said.get("pid")
    if not isinstance(name, str) or not isinstance(identity, str) or not isinstance(pid, int):
        raise ValueError("%s is damaged" % os.path.join(directory, RECORD))  # noqa: TRY004
    return Record(engine_from_json(said.get("engine")), name, identity, pid)


def forget_record(directory: str) -> None:
    """The container is gone."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(os.path.join(directory, RECORD))

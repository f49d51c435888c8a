"""Names and ids that an operator typed → what they mean in the store, or a helpful refusal."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import NoReturn

from clearq_tui.model import Machine, NotFound, Queue, Refused, Task, Worker
from clearq_tui.store import Store, machines, queues, settings, tasks, workers

_NAME = re.compile(r"[^\W_][\w.:,@+-]*")
_LONGEST = 100


def machine(store: Store, name: str) -> Machine:
    """The machine of this name.

    Raises:
        NotFound: there is none; the sentence offers the nearest names.
    """
    return machines.by_name(store, name) or _missing("machine", name, machines.names(store))


def worker(store: Store, name: str) -> Worker:
    """The worker of this name.

    Raises:
        NotFound: there is none; the sentence offers the nearest names.
    """
    return workers.by_name(store, name) or _missing("worker", name, workers.names(store))


def queue(store: Store, name: str | None) -> Queue:
    """The queue of this name; the default queue for None.

    Raises:
        NotFound: there is none; the sentence offers the nearest names.
    """
    if name is not None:
        return queues.by_name(store, name) or _missing("queue", name, queues.names(store))
    default = settings.default_queue(store)
    found = queues.by_id(store, default) if default is not None else None
    if found is None:
        raise NotFound("There is no default queue; name a queue, or set the default one first.")
    return found


def task(store: Store, number: int) -> Task:
    """The task of this id.

    Raises:
        NotFound: there is none.
    """
    found = tasks.get(store, number)
    if found is None:
        raise NotFound(f"There is no task #{number}.")
    return found


def check_name(kind: str, name: str, taken: Sequence[str]) -> None:
    """Refuse a name that could not be typed or shown, or that something else already has.

    Raises:
        Refused: always with the reason.
    """
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        raise Refused(
            f"{name!r} cannot be the name of a {kind}: expected up to {_LONGEST} letters, digits "
            "and . : , @ + - _, beginning with a letter or digit."
        )
    if name in taken:
        raise Refused(f"There already is a {kind} named {name!r}; choose another name.")


def _missing(kind: str, name: str, known: Sequence[str]) -> NoReturn:
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    if near:
        hint = f" Did you mean {' or '.join(near)}?"
    elif known:
        shown = ", ".join(known[:8]) + (" …" if len(known) > 8 else "")
        hint = f" Known: {shown}."
    else:
        hint = f" There is no {kind} yet."
    raise NotFound(f"There is no {kind} named {name!r}.{hint}")


def living_queue(store: Store, queue: int) -> int | None:
    """The id again when the queue still exists."""
    found = queues.by_id(store, queue)
    return queue if found and queues.by_name(store, found.name) == found else None

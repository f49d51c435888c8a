"""What is in a store before the operator has put anything into it."""

from __future__ import annotations

from clearq_tui.model import Machine, Policy
from clearq_tui.store import Store, events, machines, queues, settings, workers

_DONE = "first_start"


def prepare_first_start(store: Store, *, who: str = "clearq", now: float) -> None:
    """Queues `default` and `services`, and this laptop as machine and worker `local`; once only.

    What the operator removed later does not come back.
    """
    if settings.read(store, _DONE):
        return
    with store.transaction():
        if settings.read(store, _DONE):
            return
        for name in ("default", "services"):
            if queues.by_name(store, name) is None:
                queue = queues.add(store, name)
                events.add(store, now, who, "added", queue=queue, after=name)
        default = queues.by_name(store, "default")
        if settings.default_queue(store) is None and default is not None:
            settings.set_default_queue(store, default.id)
        if default is not None and machines.by_name(store, "local") is None:
            _add_local(store, default.id, who, now)
        settings.write(store, _DONE, str(now))


def _add_local(store: Store, queue: int, who: str, now: float) -> None:
    local = machines.add(store, Machine(id=0, name="local", target="", transport="local"))
    events.add(store, now, who, "added", machine=local, after="local")
    if workers.by_name(store, "local") is None:
        worker = workers.add(store, "local", local, 1, Policy.STRICT)
        workers.set_queues(store, worker, [queue], turn=0)
        events.add(store, now, who, "added", machine=local, worker=worker, after="local")

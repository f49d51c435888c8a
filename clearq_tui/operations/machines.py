"""What an operator can do with machines: add, trust, rename, remove."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from clearq_tui.model import (
    NETWORKS,
    AttemptState,
    LinkState,
    Machine,
    NotFound,
    Refused,
    TaskState,
)
from clearq_tui.operations import finding, transitions
from clearq_tui.operations.outputs import machine_gone
from clearq_tui.operations.workers import DEFAULT_WORKER, NewWorker, add_new_worker
from clearq_tui.store import Store, agents, attempts, events, machines, workers

TRANSPORTS = ("asyncssh", "openssh", "local")


@dataclass(frozen=True)
class NewMachine:
    """A host to register."""

    name: str
    target: str = ""
    """`alias`, `user@host`, `host:port`; empty for a local machine."""
    transport: str = "asyncssh"
    user: str | None = None
    port: int | None = None
    identity: str | None = None
    jump: str | None = None
    interpreter: str | None = None


def add_machine(
    store: Store,
    new: NewMachine,
    worker: NewWorker | None = DEFAULT_WORKER,
    *,
    who: str = "operator",
    now: float,
) -> int:
    """Register the machine, with one worker unless `worker` is None; the machine's id.

    A worker without a name is named like the machine; one without queues serves the default one.

    Raises:
        Refused: the name is taken, or what is said of the machine makes no sense.
        NotFound: the worker is to serve an unknown queue.
    """
    _check(new)
    with store.transaction():
        finding.check_name("machine", new.name, machines.names(store))
        machine = machines.add(store, _machine(0, new))
        events.add(store, now, who, "added", machine=machine, after=new.name)
        if worker is not None:
            add_new_worker(
                store, replace(worker, name=worker.name or new.name), machine, who=who, now=now
            )
        return machine


def change_machine(
    store: Store, name: str, new: NewMachine, *, who: str = "operator", now: float
) -> None:
    """Overwrite how the machine is reached; its name may change too.

    Raises:
        NotFound: there is no such machine.
        Refused: the new name is taken, or what is said makes no sense.
    """
    _check(new)
    with store.transaction():
        machine = finding.machine(store, name)
        if new.name != name:
            finding.check_name("machine", new.name, machines.names(store))
            machines.rename(store, machine.id, new.name)
        machines.set_address(store, _machine(machine.id, new))
        events.add(store, now, who, "changed", machine=machine.id, before=name, after=new.name)


def set_network(
    store: Store, name: str, network: str, *, who: str = "operator", now: float
) -> None:
    """Whence the machine gets packages: by itself, or through the link.

    Raises:
        NotFound: there is no such machine.
        Refused: there is no such way.
    """
    if network not in NETWORKS:
        raise Refused(f"{network!r} is no way to packages; expected one of {', '.join(NETWORKS)}.")
    with store.transaction():
        machine = finding.machine(store, name)
        machines.set_network(store, machine.id, network)
        events.add(
            store, now, who, "network", machine=machine.id, before=machine.network, after=network
        )


def rename_machine(
    store: Store, name: str, new_name: str, *, who: str = "operator", now: float
) -> None:
    """Give the machine another name; its workers keep theirs.

    Raises:
        NotFound: there is no such machine.
        Refused: the new name is taken or impossible.
    """
    with store.transaction():
        machine = finding.machine(store, name)
        finding.check_name("machine", new_name, machines.names(store))
        machines.rename(store, machine.id, new_name)
        events.add(store, now, who, "renamed", machine=machine.id, before=name, after=new_name)


def trust_host_key(store: Store, name: str, *, who: str = "operator", now: float) -> str:
    """Accept the host key that waits; the known_hosts line that the caller must now write.

    Raises:
        NotFound: there is no such machine, or no key of it waits.
    """
    with store.transaction():
        machine = finding.machine(store, name)
        if not machine.host_key:
            raise NotFound(f"No host key of {name} waits to be accepted.")
        waiting = json.loads(machine.host_key)
        machines.set_host_key(store, machine.id, "")
        machines.set_link(store, machine.id, LinkState.OFFLINE, "host key accepted", now)
        events.add(
            store,
            now,
            who,
            "host key accepted",
            machine=machine.id,
            after=str(waiting.get("fingerprint", "")),
        )
        return str(waiting["line"])


def reconnect(store: Store, name: str, *, who: str = "operator", now: float) -> None:
    """Let the controller try at once a machine that it would look at again only later.

    Raises:
        NotFound: there is no such machine.
        Refused: it is online, or its host key waits to be accepted.
    """
    with store.transaction():
        machine = finding.machine(store, name)
        if machine.link is LinkState.ONLINE:
            raise Refused(f"{name} is online already.")
        if machine.link is LinkState.HOST_KEY:
            raise Refused(f"{name} waits for you to accept its host key.")
        machines.set_link(store, machine.id, LinkState.NEVER, "connecting again", now)
        events.add(store, now, who, "connect again", machine=machine.id, after=name)


def remove_machine(
    store: Store, name: str, *, force: bool = False, who: str = "operator", now: float
) -> None:
    """Take the machine and its workers out; the controller removes its agent where there is one.

    With `force` its open attempts are given up as lost and the machine is gone at once, whatever
    still runs there.

    Raises:
        NotFound: there is no such machine.
        Refused: attempts are in its hands and `force` is not given.
    """
    with store.transaction():
        machine = finding.machine(store, name)
        held = attempts.open_of_machine(store, machine.id)
        if held and not force:
            names = ", ".join(f"#{attempt.name}" for attempt in held[:5])
            raise Refused(
                f"{name} still holds {names}{' …' if len(held) > 5 else ''}; abort or wait for "
                "them, or force the removal: then they count as lost."
            )
        for attempt in held:
            _give_up(store, attempt.task, attempt.number, machine, who, now)
        for worker in workers.of_machine(store, machine.id):
            workers.set_gone(store, worker.id)
        if force or agents.record(store, machine.id).epoch == 0:
            machines.set_gone(store, machine.id)
            machine_gone(store, machine.id)
            events.add(store, now, who, "removed", machine=machine.id, before=name)
        else:
            machines.set_removing(store, machine.id)
            events.add(store, now, who, "to be removed", machine=machine.id, before=name)


def _give_up(store: Store, task: int, number: int, machine: Machine, who: str, now: float) -> None:
    why = f"{machine.name} was removed"
    present = finding.task(store, task)
    attempts.set_ended(store, task, number, AttemptState.LOST, now, reason=why)
    transitions.end(
        store,
        task,
        present.state,
        TaskState.LOST,
        at=now,
        who=who,
        why=why,
        attempt=number,
        machine=machine.id,
    )


def _machine(number: int, new: NewMachine) -> Machine:
    return Machine(
        id=number,
        name=new.name,
        target=new.target,
        transport=new.transport,
        user=new.user,
        port=new.port,
        identity=new.identity,
        jump=new.jump,
        interpreter=new.interpreter,
    )


def _check(new: NewMachine) -> None:
    if new.transport not in TRANSPORTS:
        raise Refused(
            f"There is no transport {new.transport!r}; there are {', '.join(TRANSPORTS)}."
        )
    if new.transport != "local" and not new.target:
        raise Refused(f"{new.name} has no target; give an SSH alias, user@host or host:port.")
    if new.port is not None and not 0 < new.port < 65536:
        raise Refused(f"{new.port} is no port; expected 1 to 65535.")

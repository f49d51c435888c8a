"""What the controller writes of its links: state, epoch, where the agent is."""

from __future__ import annotations

from collections.abc import Mapping

from clearq_tui.model import LinkState
from clearq_tui.operations.outputs import machine_gone
from clearq_tui.store import Store, agents, events, machines


def raise_epoch(store: Store, machine: int) -> int:
    """The epoch for one more attach to the machine's agent; durable before it is used."""
    with store.transaction(quiet=True):
        return agents.raise_epoch(store, machine)


def set_link(store: Store, machine: int, state: LinkState, reason: str = "", *, now: float) -> None:
    """How the controller stands with the machine's agent, and why; the same again is no change."""
    present = machines.by_id(store, machine)
    if present is None or (present.link, present.link_reason) == (state, reason):
        return
    since = now if present.link is not state else present.link_since
    with store.transaction():
        machines.set_link(store, machine, state, reason, now if since is None else since)
        if present.link is not state:
            events.add(
                store,
                now,
                "controller",
                "link",
                machine=machine,
                before=present.link.value,
                after=state.value,
                why=reason,
            )


def set_host_key(store: Store, machine: int, host_key: str, *, now: float) -> None:
    """The machine showed this unknown host key (JSON with `line` and `fingerprint`): it waits."""
    with store.transaction():
        machines.set_host_key(store, machine, host_key)
    set_link(store, machine, LinkState.HOST_KEY, "the host key waits for your acceptance", now=now)


def remember_agent(
    store: Store,
    machine: int,
    *,
    socket_path: str,
    python: str,
    boot_id: str,
    build: str,
    facts: Mapping[str, object] | None = None,
) -> None:
    """Where the agent is, what it is, and what it said of its machine."""
    with store.transaction():
        agents.remember(
            store, machine, socket_path=socket_path, python=python, boot_id=boot_id, build=build
        )
        if facts is not None:
            machines.set_facts(store, machine, facts)


def machine_removed(store: Store, machine: int, *, now: float) -> None:
    """The agent of a machine that is being removed is gone from it: so is the machine."""
    with store.transaction():
        present = machines.by_id(store, machine)
        if present is None or not present.removing:
            return
        machines.set_gone(store, machine)
        machine_gone(store, machine)
        events.add(store, now, "controller", "removed", machine=machine, before=present.name)

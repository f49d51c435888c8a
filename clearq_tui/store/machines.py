"""Machines in the store."""

from __future__ import annotations

from collections.abc import Mapping

from clearq_tui.model import LinkState, Machine
from clearq_tui.store.encoding import from_json, to_json
from clearq_tui.store.store import Row, Store

_COLUMNS = (
    "id, name, target, transport, user, port, identity, jump, interpreter, link, link_reason, "
    "link_since, host_key, facts, removing, network"
)


def _machine(row: Row) -> Machine:
    return Machine(
        id=row[0],
        name=row[1],
        target=row[2],
        transport=row[3],
        user=row[4],
        port=row[5],
        identity=row[6],
        jump=row[7],
        interpreter=row[8],
        link=LinkState(row[9]),
        link_reason=row[10],
        link_since=row[11],
        host_key=row[12],
        facts=from_json(row[13]),
        removing=bool(row[14]),
        network=row[15],
    )


def rows(store: Store) -> list[Machine]:
    """All machines, by name."""
    sql = f"SELECT {_COLUMNS} FROM machines WHERE NOT gone ORDER BY name"
    return [_machine(row) for row in store.rows(sql)]


def by_id(store: Store, machine: int) -> Machine | None:
    """The machine with this id, also one that is gone (history names it)."""
    row = store.row(f"SELECT {_COLUMNS} FROM machines WHERE id = ?", (machine,))
    return _machine(row) if row else None


def is_there(store: Store, machine: int) -> bool:
    """Whether the machine is registered still."""
    return store.row("SELECT 1 FROM machines WHERE id = ? AND NOT gone", (machine,)) is not None


def by_name(store: Store, name: str) -> Machine | None:
    """The machine with this name."""
    row = store.row(
        f"SELECT {_COLUMNS} FROM machines WHERE name = ? AND NOT gone",
        (name,),
    )
    return _machine(row) if row else None


def names(store: Store) -> list[str]:
    """The names of all machines, sorted."""
    return [name for (name,) in store.rows("SELECT name FROM machines WHERE NOT gone ORDER BY 1")]


def add(store: Store, machine: Machine) -> int:
    """Insert the machine (its `id` is ignored); the new id."""
    return store.insert(
        "INSERT INTO machines (name, target, transport, user, port, identity, jump, interpreter) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            machine.name,
            machine.target,
            machine.transport,
            machine.user,
            machine.port,
            machine.identity,
            machine.jump,
            machine.interpreter,
        ),
    )


def set_address(store: Store, machine: Machine) -> None:
    """Overwrite how the machine is reached with what `machine` says."""
    store.change(
        "UPDATE machines SET target = ?, transport = ?, user = ?, port = ?, identity = ?, "
        "jump = ?, interpreter = ? WHERE id = ?",
        (
            machine.target,
            machine.transport,
            machine.user,
            machine.port,
            machine.identity,
            machine.jump,
            machine.interpreter,
            machine.id,
        ),
    )


def rename(store: Store, machine: int, name: str) -> None:
    """Give the machine another name."""
    store.change("UPDATE machines SET name = ? WHERE id = ?", (name, machine))


def set_network(store: Store, machine: int, network: str) -> None:
    """Whence the machine gets packages."""
    store.change("UPDATE machines SET network = ? WHERE id = ?", (network, machine))


def set_link(store: Store, machine: int, link: LinkState, reason: str, since: float) -> None:
    """How the controller stands with the machine's agent."""
    store.change(
        "UPDATE machines SET link = ?, link_reason = ?, link_since = ? WHERE id = ?",
        (link.value, reason, since, machine),
    )


def set_host_key(store: Store, machine: int, host_key: str) -> None:
    """Keep the unknown host key that waits for acceptance; empty: none waits."""
    store.change("UPDATE machines SET host_key = ? WHERE id = ?", (host_key, machine))


def set_facts(store: Store, machine: int, facts: Mapping[str, object]) -> None:
    """What the agent said of the machine."""
    store.change("UPDATE machines SET facts = ? WHERE id = ?", (to_json(dict(facts)), machine))


def set_removing(store: Store, machine: int) -> None:
    """The controller is to remove the agent, then the machine."""
    store.change("UPDATE machines SET removing = 1 WHERE id = ?", (machine,))


def set_gone(store: Store, machine: int) -> None:
    """Take the machine out of all lists; its row stays for history, its samples do not."""
    store.change("DELETE FROM samples WHERE machine = ?", (machine,))
    store.change("DELETE FROM agents WHERE machine = ?", (machine,))
    store.change("UPDATE machines SET gone = 1, removing = 0 WHERE id = ?", (machine,))

"""Small named values of the whole store."""

from __future__ import annotations

from clearq_tui.store.store import Store


def read(store: Store, key: str) -> str | None:
    """The value under the key."""
    found: str | None = store.value("SELECT value FROM settings WHERE key = ?", (key,))
    return found


def write(store: Store, key: str, value: str) -> None:
    """Put the value under the key."""
    store.change(
        "INSERT INTO settings VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
        (key, value),
    )


def default_queue(store: Store) -> int | None:
    """The id of the queue that tasks go to when none is named."""
    found = read(store, "default_queue")
    return int(found) if found else None


def set_default_queue(store: Store, queue: int) -> None:
    """Tasks for which no queue is named go to this one."""
    write(store, "default_queue", str(queue))

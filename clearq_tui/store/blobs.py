"""Which blobs lie in the directory beside the database, and when each was last needed."""

from __future__ import annotations

from clearq_tui.store.store import Store


def add(store: Store, sha256: str, size: int, now: float) -> None:
    """The blob is in the directory, or is used again."""
    store.change(
        "INSERT INTO blobs VALUES (?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET used_at = excluded.used_at",
        (sha256, size, now, now),
    )


def used_since(store: Store, moment: float) -> set[str]:
    """The names of all blobs that something has used since then."""
    return {
        name for (name,) in store.rows("SELECT sha256 FROM blobs WHERE used_at >= ?", (moment,))
    }


def forget_unused(store: Store, moment: float) -> None:
    """Blobs that nothing has used since then are no longer kept."""
    store.change("DELETE FROM blobs WHERE used_at < ?", (moment,))

"""Which blobs are in the directory beside the database."""

from __future__ import annotations

from dataclasses import dataclass

from clearq_tui.store.store import Store


@dataclass(frozen=True)
class Blob:
    """Immutable bytes named by their SHA-256."""

    sha256: str
    size: int
    """Bytes."""
    created_at: float
    used_at: float
    """When a task last needed it; seconds since the epoch."""


def add(store: Store, sha256: str, size: int, now: float) -> None:
    """The blob is in the directory, or is used again."""
    store.change(
        "INSERT INTO blobs VALUES (?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET used_at = excluded.used_at",
        (sha256, size, now, now),
    )


def get(store: Store, sha256: str) -> Blob | None:
    """The blob with this name."""
    row = store.row(
        "SELECT sha256, size, created_at, used_at FROM blobs WHERE sha256 = ?", (sha256,)
    )
    return Blob(*row) if row else None


def unused_since(store: Store, moment: float, limit: int = 1000) -> list[Blob]:
    """Blobs that nothing has used since then, longest unused first."""
    sql = (
        "SELECT sha256, size, created_at, used_at FROM blobs WHERE used_at < ? "
        "ORDER BY used_at LIMIT ?"
    )
    return [Blob(*row) for row in store.rows(sql, (moment, limit))]


def remove(store: Store, sha256: str) -> None:
    """The blob's file was removed."""
    store.change("DELETE FROM blobs WHERE sha256 = ?", (sha256,))


def total_size(store: Store) -> int:
    """Bytes of all blobs together."""
    return int(store.value("SELECT ifnull(sum(size), 0) FROM blobs"))

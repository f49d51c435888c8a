"""SQLite on the laptop: schema and migrations, one module per noun, change counter."""

from clearq_tui.store.failure import StoreError
from clearq_tui.store.store import Store

__all__ = ["Store", "StoreError"]

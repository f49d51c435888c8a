"""What becomes of the machines' metrics: to whoever looks, at once; to the store, now and then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from clearq_tui.feed.messages import Notice, Sample, SampleTaken
from clearq_tui.store import Store, samples

STORE_EVERY = 10.0
"""Seconds between samples of one machine that the store keeps."""


class SampleDesk:
    """Takes each machine's newest sample as it arrives."""

    def __init__(self, store: Store, tell: Callable[[Notice], None]) -> None:
        self._store = store
        self._tell = tell
        self._stored_at: dict[int, float] = {}

    def take(self, machine: int, sample: Mapping[str, Any], now: float) -> None:
        """Show the sample, and keep one of each `STORE_EVERY` seconds."""
        stamped = {**sample, "at": now}
        self._tell(SampleTaken(type="sample", machine=machine, sample=cast(Sample, stamped)))
        if now - self._stored_at.get(machine, 0.0) >= STORE_EVERY:
            self._stored_at[machine] = now
            with self._store.transaction(quiet=True):
                samples.add(self._store, machine, stamped, now)

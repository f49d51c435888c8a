"""Keeps a sampler running while a laptop is attached, whatever becomes of it."""

from __future__ import annotations

import selectors
import time
from typing import Callable, Optional

from remote_agent.layout import Layout
from remote_agent.messages import Sample, encode_message
from remote_agent.metrics.sampler import Sampler

AGAIN_AFTER = 5.0
"""Seconds after which a sampler that has ended is replaced."""


class Sampling:
    """The daemon's side of the sampler: its pipe in the selector, its end and its replacement."""

    def __init__(
        self, layout: Layout, selector: selectors.BaseSelector, put: Callable[[bytes], None]
    ) -> None:
        """`put` is given the frame of every new sample."""
        self._sampler = Sampler(layout)
        self._selector = selector
        self._put = put
        self._start_at: Optional[float] = None

    def start(self) -> None:
        """Somebody wants samples from now on."""
        if not self._sampler.is_started:
            self._start_at = time.monotonic()

    def stop(self) -> None:
        """Nobody wants samples any more."""
        self._start_at = None
        if self._sampler.is_started:
            self._selector.unregister(self._sampler.fileno())
            self._sampler.stop()

    def next_tick(self) -> Optional[float]:
        """When `tick` has something to do; None: never."""
        return self._start_at

    def tick(self, now: float) -> None:
        """Start the sampler when it is time to."""
        if self._start_at is None or now < self._start_at:
            return
        try:
            self._sampler.start()
        except OSError:
            self._start_at = now + AGAIN_AFTER
            return
        self._start_at = None
        self._selector.register(self._sampler.fileno(), selectors.EVENT_READ, self._read)

    def _read(self, now: float) -> None:
        descriptor = self._sampler.fileno()
        try:
            sample = self._sampler.read()
        except (EOFError, ValueError):
            self._selector.unregister(descriptor)
            self._sampler.stop()
            self._start_at = now + AGAIN_AFTER
            return
        if sample is not None:
            self._put(encode_message(Sample(sample)))

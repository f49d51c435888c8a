"""Fails after a moment, as programs do."""

from __future__ import annotations

import time


def load(name: str) -> dict[str, float]:
    """The weights of a checkpoint; there are none."""
    raise FileNotFoundError(f"no checkpoint is called {name!r}")


if __name__ == "__main__":
    print("looking for the checkpoint of yesterday")
    time.sleep(2)
    load("yesterday")

"""A process that is never the same for long: its parents keep dying, with the names of the dead."""

from __future__ import annotations

import os

print("flies", flush=True)
while True:
    if os.fork():
        os._exit(0)

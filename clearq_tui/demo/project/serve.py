"""A service that never ends: says every few seconds that it is well."""

from __future__ import annotations

import itertools
import time

if __name__ == "__main__":
    for beat in itertools.count(1):
        print(f"{time.strftime('%H:%M:%S')} served {beat * 7} requests, all well")
        time.sleep(3)

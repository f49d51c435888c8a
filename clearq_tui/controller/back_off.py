"""How long to wait before a machine is tried again: pure."""

from __future__ import annotations

FIRST = 0.5
LONGEST = 60.0
LASTED = 30.0
"""A link that lived this many seconds was a good one: the count starts anew."""


def next_delay(failures: int, chance: float) -> float:
    """Seconds before try number `failures + 1`; `chance` in [0, 1) spreads many machines apart.

    Doubles with each failure up to a minute, of which a random half is taken off, so that machines
    behind one bastion that went away do not all come back in the same instant.
    """
    ceiling = min(LONGEST, FIRST * 2.0 ** min(failures, 16))
    return ceiling * (0.5 + chance / 2)

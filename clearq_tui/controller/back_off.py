"""How long to wait before a machine is tried again: pure."""

from __future__ import annotations

FIRST = 0.5
LONGEST = 60.0
LASTED = 30.0
"""A link that lived this many seconds was a good one: the count starts anew."""


BROKEN_AT_MOST = 3
"""As many failures as links that came to stand and broke count for: the machine can be reached."""


def count_failures(failures: int, stood: float | None) -> int:
    """How many failures in a row it is now that one more link is over.

    `stood` is for how many seconds the agent was there, None when it never was.
    """
    if stood is None:
        return failures + 1
    return 0 if stood >= LASTED else min(failures + 1, BROKEN_AT_MOST)


def next_delay(failures: int, chance: float) -> float:
    """Seconds before try number `failures + 1`; `chance` in [0, 1) spreads many machines apart.

    Doubles with each failure up to a minute, of which a random half is taken off, so that machines
    behind one bastion that went away do not all come back in the same instant.
    """
    ceiling = min(LONGEST, FIRST * 2.0 ** min(failures, 16))
    return ceiling * (0.5 + chance / 2)

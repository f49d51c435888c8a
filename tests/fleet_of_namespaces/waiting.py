"""Waiting for something to become true, with a deadline and never for luck."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")


def wait_for(question: Callable[[], _T], what: str, seconds: float = 45.0) -> _T:
    """Ask again and again until the answer is true; the answer.

    Raises:
        AssertionError: it was not within `seconds`; the message names `what` and the last answer.
    """
    deadline = time.monotonic() + seconds
    pause = 0.002
    while not (answer := question()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:g} s for {what}; the last answer: {answer!r}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.05)
    return answer


def least_of(measure: Callable[[int], float], below: float, tries: int = 4) -> float:
    """Measure again, with 1, 2, … as the argument, until it is less than `below`; the least.

    For what a program promises to do within a time: a busy machine may spoil one try of several,
    a program that is too slow spoils all.
    """
    least = float("inf")
    for number in range(1, tries + 1):
        least = min(least, measure(number))
        if least < below:
            break
    return least

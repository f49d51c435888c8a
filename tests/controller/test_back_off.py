"""How long a machine is left alone before it is tried again."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from clearq_tui.controller.back_off import (
    BROKEN_AT_MOST,
    FIRST,
    LASTED,
    LONGEST,
    count_failures,
    next_delay,
)

chances = st.floats(0, 1, exclude_max=True)


@given(st.integers(0, 10_000), chances)
def test_it_stays_between_half_the_first_and_the_longest(failures: int, chance: float) -> None:
    assert FIRST / 2 <= next_delay(failures, chance) <= LONGEST


@given(st.integers(0, 100), chances)
def test_more_failures_never_mean_less_patience(failures: int, chance: float) -> None:
    assert next_delay(failures, chance) <= next_delay(failures + 1, chance)


@given(st.integers(7, 100))
def test_machines_that_went_away_together_are_spread_over_half_a_minute(failures: int) -> None:
    assert next_delay(failures, 0.99) - next_delay(failures, 0.0) > 0.45 * LONGEST


def test_delay_grows_while_a_machine_cannot_be_reached() -> None:
    counts = list(itertools.accumulate([None] * 10, count_failures, initial=0))
    delays = [next_delay(failures, 0.5) for failures in counts]
    assert delays == sorted(delays)
    assert delays[-1] > 10 * delays[0]


def test_links_that_break_young_are_soon_tried_again() -> None:
    failures = 0
    for _ in range(50):
        failures = count_failures(failures, 0.1)
    assert failures == BROKEN_AT_MOST
    assert next_delay(failures, 1) <= 5


def test_good_link_starts_the_count_anew() -> None:
    assert count_failures(12, LASTED) == 0

"""How long a machine is left alone before it is tried again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clearq_tui.controller.back_off import FIRST, LONGEST, next_delay

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

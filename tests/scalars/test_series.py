"""A history of any length in bounded memory, and the board of all of them."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from clearq_tui.scalars import Board, Found, Point, Series, smoothed
from clearq_tui.scalars.board import MOST_NAMES
from clearq_tui.scalars.series import CAPACITY


def series_of(*values: float) -> Series:
    series = Series()
    for step, value in enumerate(values):
        series.add(Point(step, value))
    return series


def test_few_points_are_kept_as_they_are() -> None:
    series = series_of(3, 1, math.nan, 2)
    assert series.values(10) == [3, 1, None, 2]
    assert (series.count, series.least, series.greatest, series.not_finite) == (4, 1, 3, 1)
    assert series.latest == Point(3, 2)


def test_many_points_become_means_in_their_order() -> None:
    count = 10 * CAPACITY + 7
    series = series_of(*map(float, range(count)))
    values = series.values(100)
    assert len(values) == 100
    known = [value for value in values if value is not None]
    assert known == sorted(known)
    assert known[0] < count / 50
    assert known[-1] > count * 0.98
    assert (series.least, series.greatest) == (0, count - 1)


@given(st.lists(st.floats(), max_size=50), st.integers(1, 20))
def test_values_stay_within_what_came(values: list[float], width: int) -> None:
    series = series_of(*values)
    finite = [value for value in values if math.isfinite(value)]
    for value in series.values(width):
        if value is not None:
            slack = 1e-9 * max(abs(min(finite)), abs(max(finite)))
            assert min(finite) - slack <= value <= max(finite) + slack


def test_huge_values_do_not_overflow() -> None:
    series = series_of(*[1.7e308, -1.7e308] * CAPACITY)
    assert all(value is not None and math.isfinite(value) for value in series.values(3))


def test_smoothing_starts_at_the_first_value_and_keeps_gaps() -> None:
    assert smoothed([4, None, 4, 4], 0.9) == [4, None, 4, 4]
    assert smoothed([1, 2, 3], 0) == [1, 2, 3]
    line = smoothed([0.0] * 5 + [1.0] * 5, 0.5)
    assert line[4] == 0
    assert line[5] is not None
    assert line[9] is not None
    assert 0 < line[5] < line[9] < 1


def test_names_without_end_are_left_out() -> None:
    board = Board()
    assert not board.take([])
    assert board.take(Found(f"name {number}", Point(0, 1)) for number in range(MOST_NAMES + 3))
    assert len(board.series) == MOST_NAMES
    assert board.left_out == {f"name {MOST_NAMES + number}" for number in range(3)}

"""Charts as text: sizes, levels, gaps, order."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearq_tui.ui.widgets.blocks import bar, sparkline
from clearq_tui.ui.widgets.braille import braille, round_ceiling

VALUES = st.lists(st.none() | st.floats(), max_size=60)
FINITE = st.floats(-1e9, 1e9)


def height_of(column: str) -> list[int]:
    """Dots from the bottom in the left and right half of a column of braille cells."""
    dots = [0, 0]
    for cell in column:
        pattern = 0 if cell == " " else ord(cell) - 0x2800
        dots[0] += (pattern & 0x47).bit_count()
        dots[1] += (pattern & 0xB8).bit_count()
    return dots


def dots_of(lines: list[str]) -> list[int]:
    return [dots for column in zip(*lines, strict=True) for dots in height_of("".join(column))]


@given(VALUES, st.integers(0, 30), st.integers(0, 6), FINITE, FINITE)
def test_a_braille_chart_has_its_size(
    values: list[float | None], width: int, height: int, low: float, high: float
) -> None:
    lines = braille(values, width, height, low, high)
    assert [len(line) for line in lines] == [width] * height
    assert all(cell == " " or 0x2800 < ord(cell) <= 0x28FF for line in lines for cell in line)


@given(VALUES, st.integers(1, 30), st.integers(1, 6))
def test_gaps_and_values_stand_where_they_belong(
    values: list[float | None], width: int, height: int
) -> None:
    dots = dots_of(braille(values, width, height, 0.0, 100.0))
    latest = values[-2 * width :]
    assert dots[: len(dots) - len(latest)] == [0] * (len(dots) - len(latest))
    for value, drawn in zip(latest, dots[len(dots) - len(latest) :], strict=True):
        if value is None or math.isnan(value):
            assert drawn == 0
        else:
            assert 1 <= drawn <= 4 * height
            assert (value < 100) or drawn == 4 * height


@given(st.lists(st.floats(0, 100), min_size=2, max_size=60), st.integers(1, 6))
def test_larger_values_are_not_drawn_lower(values: list[float], height: int) -> None:
    dots = dots_of(braille(values, 30, height, 0.0, 100.0))[-len(values) :]
    pairs = sorted(zip(values, dots, strict=True))
    assert [drawn for _, drawn in pairs] == sorted(dots)


def test_braille_by_eye() -> None:
    assert braille([0, 25, 50, 75, 100, None, 100, 100], 5, 1, 0, 100) == [" ⣀⣴⡇⣿"]
    assert braille([0, 100], 1, 2, 0, 100) == ["⢸", "⣸"]


@given(VALUES, st.integers(0, 30), FINITE, st.none() | FINITE)
def test_a_sparkline_has_its_width(
    values: list[float | None], width: int, low: float, high: float | None
) -> None:
    line = sparkline(values, width, low=low, high=high)
    assert len(line) == width
    assert set(line) <= set(" ▁▂▃▄▅▆▇█")


def test_a_sparkline_by_eye() -> None:
    assert sparkline([0, None, 50, 100], 6, high=100) == "  ▁ ▅█"
    assert sparkline([1, 2, 3, 4], 3) == "▅▇█"
    assert sparkline([0, 0], 2) == "▁▁"
    assert sparkline([], 3) == "   "


@given(st.none() | st.floats(), st.integers(0, 40))
def test_a_bar_has_its_width(fraction: float | None, width: int) -> None:
    drawn = bar(fraction, width)
    assert len(drawn) == width
    if width and fraction is not None and not math.isnan(fraction):
        assert (drawn == "█" * width) == (fraction >= 1)
        assert (drawn.strip() == "") == (fraction <= 0)


@pytest.mark.parametrize(
    ("fraction", "drawn"),
    [(0.5, "██  "), (0.0001, "▏   "), (0.9999, "███▉"), (1.0, "████"), (0.53125, "██▏ ")],
)
def test_a_bar_by_eye(fraction: float, drawn: str) -> None:
    assert bar(fraction, 4) == drawn


@given(st.floats(1e-300, 1e300))
def test_a_round_ceiling_is_near(value: float) -> None:
    top = round_ceiling(value)
    assert value <= top <= value * 2.6


@pytest.mark.parametrize(
    ("value", "top"),
    [(0, 1), (-3, 1), (math.nan, 1), (math.inf, 1), (3, 5), (100, 100), (101, 200)],
)
def test_a_round_ceiling_by_eye(value: float, top: float) -> None:
    assert round_ceiling(value) == top

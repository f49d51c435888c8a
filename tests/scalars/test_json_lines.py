"""What tasks write to `$CLEARQ_SCALARS`, whatever they write."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearq_tui.scalars import Found, Point
from clearq_tui.scalars.json_lines import JsonLines
from clearq_tui.scalars.lines import LONGEST_LINE


def read(data: bytes) -> tuple[list[Found], JsonLines]:
    lines = JsonLines()
    found = list(lines.feed(data))
    return [*found, *lines.finish()], lines


def test_values_with_step_and_time() -> None:
    found, lines = read(
        b'{"step": 10, "loss": 0.5, "acc": 1}\n{"step": 20, "loss": 2e-3, "time": 9}'
    )
    assert found == [
        Found("loss", Point(10, 0.5)),
        Found("acc", Point(10, 1)),
        Found("loss", Point(20, 0.002, 9)),
    ]
    assert lines.bad_lines == 0


def test_a_line_without_a_step_is_of_the_next() -> None:
    found, _ = read(b'{"a":1}\n{"a":2}\n{"step":7,"a":3}\n\n{"a":4}\n')
    assert [point.step for _, point in found] == [0, 1, 7, 8]


def test_what_is_not_finite_is_told() -> None:
    found, lines = read(b'{"a": NaN, "b": Infinity, "c": -Infinity, "d": 1e999, "e": null}\n')
    values = {name: point.value for name, point in found}
    assert math.isnan(values.pop("a"))
    assert values == {"b": math.inf, "c": -math.inf, "d": math.inf}
    assert lines.bad_lines == 0


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"loss=3", "no JSON object"),
        (b"[1,2]", "no JSON object"),
        (b'"text"', "no JSON object"),
        (b"[" * 50_000, "no JSON object"),
        (b"\xff\xfe", "no JSON object"),
        (b'{"step": "ten", "a": 1}', "step"),
        (b'{"step": NaN, "a": 1}', "step"),
        (b'{"a": "1"}', "'a' is '1'"),
        (b'{"a": true}', "'a' is True"),
        (b'{"a": {"b": 1}}', "'a' is"),
        (b'{"a": ' + b"1" * 5000 + b"}", "no JSON object"),
        (b'{"a": ' + b"9" * 400 + b"}", "expected a number"),
        (b'{"' + b"n" * 300 + b'": 1}', "nnn"),
        (b'{"a": 1, "pad": "' + b"x" * LONGEST_LINE + b'"}', "too long"),
    ],
)
def test_a_bad_line_is_counted_and_passed_over(line: bytes, problem: str) -> None:
    found, lines = read(b'{"a":1}\n' + line + b'\r\n{"a":2}\n')
    assert [point.value for _, point in found] == [1, 2]
    assert lines.bad_lines == 1
    assert lines.first_problem.startswith("line 2: ")
    assert problem in lines.first_problem


def test_the_good_parts_of_a_line_count() -> None:
    found, lines = read(b'{"a": 1, "phase": "warm-up", "b": 2}\n')
    assert [name for name, _ in found] == ["a", "b"]
    assert lines.bad_lines == 1


@given(st.binary())
def test_nothing_can_break_it(data: bytes) -> None:
    read(data)


_NAMES = st.text(min_size=1, max_size=5).filter(lambda name: name not in ("step", "time"))
_LINES = st.lists(st.dictionaries(_NAMES, st.floats(allow_nan=False)), max_size=20)


@given(_LINES, st.lists(st.integers(1, 30)))
def test_the_pieces_in_which_it_comes_do_not_matter(
    lines: list[dict[str, float]], sizes: list[int]
) -> None:
    data = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    reader = JsonLines()
    found: list[Found] = []
    rest = data
    for size in sizes:
        found += reader.feed(rest[:size])
        rest = rest[size:]
    found += reader.feed(rest)
    assert found == [
        Found(name, Point(step, value))
        for step, line in enumerate(lines)
        for name, value in line.items()
    ]

"""Scalars found in a log, and expressions that would never end."""

from __future__ import annotations

import time
from contextlib import nullcontext

import pytest

from clearq_tui.scalars import BadPattern, Found, Point, check_pattern
from clearq_tui.scalars.log_lines import LONGEST_LINE, LogLines
from clearq_tui.scalars.patience import Patience, TooSlow


def log_of(**expressions: str) -> LogLines:
    patterns = {name: check_pattern(name, text) for name, text in expressions.items()}
    return LogLines(patterns, nullcontext())


def test_every_scalar_counts_its_own_finds() -> None:
    log = log_of(loss=r"loss=(\S+)", acc=r"acc=(\S+)")
    found = list(log.feed(b"start\nloss=3 acc=.5\nloss=2\n\x1b[1mloss=nan\nloss=1"))
    assert found[:3] == [
        Found("loss", Point(0, 3)),
        Found("acc", Point(0, 0.5)),
        Found("loss", Point(1, 2)),
    ]
    assert str(found[3].point.value) == "nan"
    assert list(log.finish()) == [Found("loss", Point(3, 1))]


def test_an_expression_named_step_places_the_values() -> None:
    log = log_of(loss=r"loss (\S+)", step=r"step (\d+)")
    found = list(log.feed(b"loss 9\nstep 10 loss 5\nloss 4\nstep 20\nloss 3\n"))
    assert [(point.step, point.value) for _, point in found] == [(0, 9), (10, 5), (10, 4), (20, 3)]


def test_what_is_no_number_is_counted() -> None:
    log = log_of(loss=r"loss=(\S*)", maybe="(x)?loss")
    assert list(log.feed(b"loss=high\nloss=\nloss=1\n")) == [Found("loss", Point(0, 1))]
    assert log.no_numbers == 2


def test_a_line_without_end_takes_no_memory() -> None:
    log = log_of(a=r"a=(\d)")
    assert list(log.feed(b"a=1 " + b"x" * (10 * LONGEST_LINE))) == []
    assert list(log.feed(b"a=2\na=3\n")) == [Found("a", Point(0, 1)), Found("a", Point(1, 3))]


def test_an_expression_that_never_ends_is_left_alone_after_a_while() -> None:
    patterns = {"bad": check_pattern("bad", r"(a+)+$"), "good": check_pattern("good", r"g=(\d)")}
    log = LogLines(patterns, Patience(0.005))
    before = time.process_time()
    found = list(log.feed((b"a" * 60 + b"!\ng=1\n") * 100))
    assert time.process_time() - before < 2
    assert len(found) == 100
    assert list(log.problems) == ["bad"]
    assert "takes too long" in log.problems["bad"]


def _spin() -> None:
    while True:
        pass


def test_patience_ends_what_takes_long_and_nothing_else() -> None:
    patience = Patience(0.01)
    with patience:
        pass
    with pytest.raises(TooSlow), patience:
        _spin()
    deadline = time.process_time() + 0.05
    while time.process_time() < deadline:
        pass


@pytest.mark.parametrize(
    ("name", "expression", "problem"),
    [
        ("", "(x)", "cannot name"),
        ("a\nb", "(x)", "cannot name"),
        ("n" * 201, "(x)", "cannot name"),
        ("a", "(x", "no regular expression"),
        ("a", "(" * 900, "no regular expression"),
        ("a", "x", "has 0 groups"),
        ("a", "(x)(y)", "has 2 groups"),
        ("a", "(x)" + "y" * 1000, "longer than"),
    ],
)
def test_bad_expressions_are_refused(name: str, expression: str, problem: str) -> None:
    with pytest.raises(BadPattern, match=problem):
        check_pattern(name, expression)

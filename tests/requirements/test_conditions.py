"""The algebra of markers, against what `packaging` makes of them."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.markers import Marker

from clearq_tui.requirements.conditions import (
    ALWAYS,
    NEVER,
    Condition,
    both,
    condition_of,
    decided,
    either,
    implies,
    marker_of,
    negation,
)
from clearq_tui.requirements.failure import RequirementsError, Where

HERE = Where("a file", 3)
ATOMS = st.sampled_from(
    [
        'sys_platform == "linux"',
        'sys_platform != "linux"',
        'sys_platform == "win32"',
        "'darwin' == sys_platform",
        'python_version >= "3.9"',
        'python_version < "3.9"',
        '"3.11" > python_version',
        'python_version ~= "3.9"',
        'python_full_version ~= "3.9.1"',
        'os_name == "nt"',
        '"arm" in platform_machine',
        '"arm" not in platform_machine',
    ]
)
MARKERS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}) and ({pair[1]})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}) or ({pair[1]})"),
        st.tuples(inner, inner, inner).map(lambda all_: f"{all_[0]} or {all_[1]} and {all_[2]}"),
    ),
    max_leaves=6,
)
ENVIRONMENTS = [
    {
        "sys_platform": platform,
        "os_name": "nt" if platform == "win32" else "posix",
        "python_version": ".".join(full.split(".")[:2]),
        "python_full_version": full,
        "platform_machine": machine,
    }
    for platform, full, machine in product(
        ("linux", "win32", "darwin"), ("3.8.5", "3.9.0", "3.9.2", "3.12.1"), ("arm64", "x86_64")
    )
]


def holds(condition: Condition, environment: dict[str, str]) -> bool:
    if condition == NEVER:
        return False
    marker = marker_of(condition)
    return not marker or Marker(marker).evaluate(environment)


@settings(deadline=None)
@given(MARKERS)
def test_a_condition_says_what_its_marker_says(text: str) -> None:
    condition = condition_of(text, HERE)
    for environment in ENVIRONMENTS:
        assert holds(condition, environment) == Marker(text).evaluate(environment), environment


@settings(deadline=None)
@given(MARKERS, MARKERS)
def test_joining_and_negating(one: str, other: str) -> None:
    first, second = condition_of(one, HERE), condition_of(other, HERE)
    for environment in ENVIRONMENTS:
        is_first, is_second = holds(first, environment), holds(second, environment)
        assert holds(both(first, second), environment) == (is_first and is_second)
        assert holds(either(first, second), environment) == (is_first or is_second)
        assert holds(negation(first), environment) != is_first


@settings(deadline=None)
@given(MARKERS, MARKERS)
def test_implication_and_laws(one: str, other: str) -> None:
    first, second = condition_of(one, HERE), condition_of(other, HERE)
    assert implies(both(first, second), first)
    assert implies(first, either(first, second))
    assert both(first, negation(first)) == NEVER
    assert implies(ALWAYS, either(first, negation(first)))
    assert both(first, ALWAYS) == first
    assert either(first, NEVER) == first


@settings(deadline=None)
@given(MARKERS)
def test_a_marker_that_was_written_is_read_as_the_same(text: str) -> None:
    condition = condition_of(text, HERE)
    if condition != NEVER:
        again = condition_of(marker_of(condition), HERE)
        assert again == condition
        assert marker_of(again) == marker_of(condition)


def test_needless_alternatives_go() -> None:
    old, new = "python_version < '3.9'", "python_version >= '3.9'"
    assert condition_of(f"{old} or {new}", HERE) == ALWAYS
    assert marker_of(condition_of(f"{old} or {new} and os_name == 'nt'", HERE)) == (
        "os_name == 'nt' or python_version < '3.9'"
    )
    assert condition_of("sys_platform == 'linux' and sys_platform == 'win32'", HERE) == NEVER


def test_parts_that_are_decided() -> None:
    condition = condition_of("extra == 'a' and os_name == 'nt' or extra == 'b'", HERE)
    known = {"'a'": True, "'b'": False}
    found = decided(condition, lambda each: known[each.right] if each.left == "extra" else None)
    assert marker_of(found) == "os_name == 'nt'"


def test_what_is_no_marker_is_refused() -> None:
    with pytest.raises(RequirementsError, match=r"a file, line 3: 'os_name is \"nt\"' is not a"):
        condition_of('os_name is "nt"', HERE)

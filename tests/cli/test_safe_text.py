"""Promise 8: text from elsewhere cannot act on the operator's terminal."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearq_tui.safe_text import LogFilter, one_line

ESCAPE_SOUP = st.lists(
    st.sampled_from(
        [
            b"\x1b", b"[", b"]", b"0;title", b"\x07", b"\x1b\\", b"31m", b"2J", b"\x9b", b"\n",
            b"\xc2\x9b", b"plain", b"\r", b"\x1bP", b"\x1b[6n", b"\xe2\x80\xae", b"\xff", b";5",
        ]
    ),
    max_size=30,
).map(b"".join)  # fmt: skip

COLOUR = re.compile(r"\x1b\[[0-9;:]*m")


def harmless(text: str) -> bool:
    return all(character.isprintable() or character in "\n\t\r\u200c\u200d" for character in text)


@given(st.text())
def test_a_line_is_printable_and_one_line(text: str) -> None:
    shown = one_line(text)
    assert all(character.isprintable() or character in "\u200c\u200d" for character in shown)
    shown.encode()


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S"])))
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert one_line(text) == text


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[2J", r"\x1b[2J"),
        ("a\nb", r"a\nb"),
        ("\u202egnp", r"\u202egnp"),
        ("a\u00a0b", "a b"),
        ("\x9b31m", r"\x9b31m"),
        ("\udcff", r"\udcff"),
        ("👩\u200d🔬", "👩\u200d🔬"),
    ],
)
def test_what_cannot_be_seen_is_spelled(raw: str, shown: str) -> None:
    assert one_line(raw) == shown


@given(ESCAPE_SOUP, st.lists(st.integers(0, 200), max_size=8), st.booleans())
def test_a_log_is_harmless_however_it_is_cut(log: bytes, cuts: list[int], colour: bool) -> None:
    whole = LogFilter(colour=colour)
    expected = whole.feed(log) + whole.finish()
    pieces = LogFilter(colour=colour)
    edges = [0, *sorted(min(cut, len(log)) for cut in cuts), len(log)]
    shown = "".join(pieces.feed(log[a:b]) for a, b in pairwise(edges))
    shown += pieces.finish()
    assert shown == expected
    assert harmless(COLOUR.sub("", shown) if colour else shown)


def test_colours_stay_only_when_wanted() -> None:
    log = b"\x1b[31mred\x1b[0m\x1b[2K\x1b]0;t\x07!\n"
    coloured, plain = LogFilter(colour=True), LogFilter(colour=False)
    assert coloured.feed(log) == "\x1b[31mred\x1b[0m!\n"
    assert plain.feed(log) == "red!\n"
    assert plain.finish() == ""


def test_an_unfinished_sequence_hides_nothing() -> None:
    log = LogFilter(colour=False)
    assert log.feed(b"\x1b]0;swallow the rest\nof the log\n") == (
        "\\x1b]0;swallow the rest\nof the log\n"
    )

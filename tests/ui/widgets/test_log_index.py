"""The pure parts of the log: line index, search, harmless lines."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clearq_tui.ui.widgets import line_index
from clearq_tui.ui.widgets.line_index import LineIndex, count_line_ends
from clearq_tui.ui.widgets.log_line import LONGEST, last_state, log_text
from clearq_tui.ui.widgets.log_search import LogSearch, search_piece

BYTES = st.binary(max_size=200) | st.lists(
    st.sampled_from([b"\n", b"a", b"error", b"\r", b"\n\n"]), max_size=80
).map(b"".join)
CUTS = st.lists(st.integers(1, 40), min_size=1, max_size=30)


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_index, "BLOCK", 7)


def indexed(data: bytes, cuts: list[int], start: int = 0) -> LineIndex:
    index = LineIndex(start)
    turn = 0
    while index.size < len(data):
        piece = data[index.size : index.size + cuts[turn % len(cuts)]]
        index.add(count_line_ends(piece, index.block_room))
        turn += 1
    return index


@example(b"a\nb\nc\nd" * 6, [7], 0)  # pieces that end where blocks do
@given(BYTES, CUTS, st.integers(0, 20))
@settings(max_examples=300)
@pytest.mark.usefixtures("small_blocks")
def test_every_line_is_found_however_the_file_grew(
    data: bytes, cuts: list[int], start: int
) -> None:
    start = min(start, len(data))
    index = indexed(data, cuts, start)
    lines = data[start:].split(b"\n")
    if not lines[-1]:
        del lines[-1]
    assert index.line_count == len(lines)
    starts = [index.start_of_line(line, lambda at, n: data[at : at + n]) for line in range(99)]
    for number, line in enumerate(lines):
        assert data[starts[number] : starts[number + 1]].removesuffix(b"\n") == line
    assert starts[len(lines)] == len(data)


def test_a_file_that_changed_under_the_index_is_no_error() -> None:
    index = indexed(b"a\nb\nc\n", [6])
    assert index.start_of_line(2, lambda at, n: b"") == index.size


TEXTS = st.sampled_from(["a", "error", "ERROR", "b\r", "é", "aa"])
LOGS = st.lists(
    st.sampled_from(["a", "Error", "ERROR ", "\n", "é", "aaa", "b\r\n", "x"]), max_size=60
).map(lambda parts: "".join(parts).encode())


@given(LOGS, TEXTS, CUTS)
@settings(max_examples=300)
def test_a_search_finds_exactly_the_matching_lines(data: bytes, text: str, cuts: list[int]) -> None:
    search = LogSearch(text)
    turn = 0
    while not search.done(len(data)):
        length = min(cuts[turn % len(cuts)], len(data) - search.overlap - search.offset)
        piece = data[search.offset : search.offset + length + search.overlap]
        search.add(search_piece(search.wanted, piece, length, ignore_case=search.ignore_case))
        turn += 1
    flags = re.IGNORECASE if text == text.lower() else 0
    wanted = re.compile(re.escape(text.encode()), flags)
    expected = [n for n, line in enumerate(data.split(b"\n")) if wanted.search(line)]
    assert [search.rank(line) for line in expected] == list(range(1, len(expected) + 1))
    assert search.count == len(expected)
    for line in (-1, 0, 1, 5, 100):
        below = [match for match in expected if match > line]
        above = [match for match in expected if match < line]
        down = search.goal(1, line, done=True)
        up = search.goal(-1, line, done=True)
        assert down == ((below or expected)[0] if expected else None)
        assert up == ((above or expected)[-1] if expected else None)


def test_a_search_that_goes_on_does_not_guess() -> None:
    search = LogSearch("x")
    assert search.goal(1, 0, done=False) is None
    search.add(search_piece(b"x", b"x\na\nb\n", 6, ignore_case=True))
    assert search.goal(1, 0, done=False) is None
    assert search.goal(1, 0, done=True) == 0
    assert search.goal(-1, 2, done=False) == 0
    assert search.goal(-1, 9, done=False) is None


def test_an_empty_search_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        LogSearch("")


SOUP = st.lists(
    st.sampled_from(
        [
            b"\x1b", b"[", b"]", b"0;title", b"\x07", b"\x1b\\", b"31m", b"2J", b"\x9b", b"\x1bP",
            b"38;5;200m", b"\xc2\x9b", b"plain", b"\x1b[1;31m", b"\x1b[6n", b"\xe2\x80\xae",
            b"\xff", b"\t", b"\x08", b"\x00", b"8m", b"\xe2\x80\x8d", "漢".encode(), b"\r",
            b"\x1b[0m", b"\x1b[8m", b"\x1b[5m", b"\x1b[6m", b"\x1b]8;;http://x\x1b\\",
        ]
    ),
    max_size=30,
).map(b"".join)  # fmt: skip


@given(SOUP | st.binary(max_size=100).filter(lambda raw: b"\n" not in raw))
@settings(max_examples=400)
def test_a_log_line_is_harmless(raw: bytes) -> None:
    text = log_text(raw)
    assert text.plain.isprintable()
    for span in text.spans:
        assert not isinstance(span.style, str)
        shown = span.style
        assert (bool(shown.conceal), bool(shown.blink), bool(shown.blink2)) == (False,) * 3
        assert span.style.link is None
        assert not span.style.meta


def test_colours_become_styles() -> None:
    text = log_text(b"\x1b[1;31mred\x1b[0m plain \x1b[38;5;200mpink")
    assert text.plain == "red plain pink"
    red, pink = (span.style for span in text.spans)
    assert not isinstance(red, str)
    assert not isinstance(pink, str)
    assert red.bold
    assert red.color is not None
    assert red.color.number == 1
    assert pink.color is not None
    assert pink.color.number == 200


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"10%\r50%\r100%", "100%"),
        (b"10%\r50%\r", "50%"),
        (b"\r\r", ""),
        (b"a\tb", "a       b"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"\x1b[2K\x1b[1Gstep", "step"),
        ("⚠\ufe0f hot".encode(), "⚠ hot"),
    ],
)
def test_what_a_line_shows(raw: bytes, shown: str) -> None:
    assert log_text(raw).plain == shown


def test_last_state_of_a_plain_line_is_the_line() -> None:
    assert last_state(b"abc") == b"abc"


@pytest.mark.parametrize("raw", [b"x" * 5_000, b"x" * 1_000_000, "漢".encode() * 100_000])
def test_long_lines_are_cut_and_say_so(raw: bytes) -> None:
    text = log_text(raw).plain
    assert LONGEST < len(text) < LONGEST + 40
    assert text.endswith("bytes more")

"""Lines of the feed: what is said comes back, what is no message is refused by name."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearq_tui.feed.messages import (
    LINE_LIMIT,
    LogGrew,
    Notice,
    Request,
    decode_notice,
    decode_request,
    encode,
)

NOTICES: st.SearchStrategy[Notice] = st.one_of(
    st.builds(lambda pid: {"type": "hello", "pid": pid}, st.integers(1, 1 << 22)),
    st.just({"type": "changed"}),
    st.builds(
        lambda machine, at: {"type": "sample", "machine": machine, "sample": {"at": at}},
        st.integers(1),
        st.floats(0, 4e9),
    ),
    st.builds(
        lambda name, size: {"type": "log", "attempt": name, "size": size},
        st.text(),
        st.integers(0),
    ),
)


@given(NOTICES)
def test_a_notice_comes_back(notice: Notice) -> None:
    line = encode(notice)
    assert line.count(b"\n") == 1
    assert decode_notice(line) == notice


@pytest.mark.parametrize("kind", ["nudge", "subscribe", "stop"])
def test_a_request_comes_back(kind: str) -> None:
    request: Request = {"type": kind}  # type: ignore[assignment, misc]
    assert decode_request(encode(request)) == request


@pytest.mark.parametrize(
    ("line", "named"),
    [
        (b"", "JSON"),
        (b"[]", "list"),
        (b"\xff", "JSON"),
        (b"[" * 100_000, "JSON"),
        (b"{}", "type is None"),
        (b'{"type":["changed"]}', "type is"),
        (b'{"type":"hello"}', "hello.pid"),
        (b'{"type":"hello","pid":true}', "hello.pid"),
        (b'{"type":"sample","machine":1,"sample":3}', "sample.sample"),
        (b" " * (LINE_LIMIT + 1), "bytes"),
    ],
)
def test_what_is_no_notice_is_refused_by_name(line: bytes, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        decode_notice(line)


@given(st.binary())
def test_no_bytes_do_anything_but_a_value_error(line: bytes) -> None:
    for decode in (decode_notice, decode_request):
        with contextlib.suppress(ValueError):
            decode(line)


def test_a_notice_is_no_request() -> None:
    with pytest.raises(ValueError, match="nudge, subscribe, stop or unlock"):
        decode_request(encode(LogGrew(type="log", attempt="1.1", size=2)))

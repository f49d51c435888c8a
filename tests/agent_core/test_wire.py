"""Frames and messages survive any cutting, and nothing malformed is believed."""

from __future__ import annotations

import contextlib
import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remote_agent.messages import (
    LARGEST_SECRETS,
    Abort,
    Acknowledge,
    Changed,
    Event,
    Fetch,
    Hello,
    Lease,
    Message,
    Need,
    NeedSecrets,
    Ping,
    Pull,
    Secrets,
    Workers,
    decode_message,
    encode_message,
)
from remote_agent.wire import (
    BLOB,
    CONTROL,
    LARGEST_PAYLOAD,
    STREAM,
    BlobPiece,
    FrameReader,
    StreamPiece,
    WireError,
    decode_blob_piece,
    decode_stream_piece,
    encode,
    encode_blob_piece,
    encode_stream_piece,
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
objects = st.dictionaries(st.text(max_size=8), json_values, max_size=4)
counts = st.integers(0, 2**63 - 1)
seconds = st.floats(0, 1e11)
values = st.text(st.characters(exclude_characters="\0", codec="utf-8"))
attempts = st.builds("{}.{}".format, st.integers(1, 10**9), st.integers(1, 999))
streams = st.just("log") | st.builds("output/{}".format, counts)
paths = st.binary(max_size=20).map(lambda path: path.decode("utf-8", "surrogateescape"))
messages: st.SearchStrategy[Message] = st.one_of(
    st.builds(Hello, counts, st.text(), counts, st.text(), counts, seconds, st.text()),
    st.builds(Workers, st.dictionaries(st.text(), counts)),
    st.builds(Lease, attempts, objects),
    st.builds(Abort, attempts, seconds),
    st.builds(Pull, attempts, st.dictionaries(st.text(), counts), counts),
    st.builds(Fetch, counts, attempts, paths, counts, counts, counts, counts),
    st.builds(Acknowledge, counts),
    st.builds(Event, counts, attempts, st.text(), seconds, objects),
    st.builds(Need, st.text(), counts),
    st.builds(Changed, counts, counts, counts),
    st.builds(NeedSecrets, attempts),
    st.builds(Secrets, attempts, st.dictionaries(st.text(), values), st.text()),
    st.builds(Ping, counts),
)


@given(
    st.lists(st.tuples(st.sampled_from([CONTROL, BLOB, STREAM]), st.binary(max_size=300))),
    st.data(),
)
def test_frames_survive_any_cutting(frames: list[tuple[int, bytes]], data: st.DataObject) -> None:
    stream = b"".join(encode(kind, payload) for kind, payload in frames)
    reader, received = FrameReader(), []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        received += reader.feed(stream[:size])
        stream = stream[size:]
    assert [tuple(frame) for frame in received] == frames


@given(messages)
def test_messages_come_back_as_they_were(message: Message) -> None:
    (frame,) = FrameReader().feed(encode_message(message))
    assert decode_message(frame.payload) == message


@given(st.binary(max_size=200) | objects.map(lambda value: json.dumps(value).encode()))
def test_whatever_arrives_is_a_message_or_a_wire_error(payload: bytes) -> None:
    with contextlib.suppress(WireError):
        decode_message(payload)


@given(st.binary(max_size=200))
def test_whatever_arrives_is_frames_or_a_wire_error(stream: bytes) -> None:
    with contextlib.suppress(WireError):
        FrameReader().feed(stream)


@given(st.binary(min_size=32, max_size=32), counts, st.binary(max_size=100))
def test_blob_pieces_come_back(digest: bytes, offset: int, data: bytes) -> None:
    piece = BlobPiece(digest.hex(), offset, data)
    (frame,) = FrameReader().feed(encode_blob_piece(piece))
    assert decode_blob_piece(frame.payload) == piece


@given(attempts, streams, counts, st.binary(max_size=100), st.booleans())
def test_stream_pieces_come_back(
    attempt: str, stream: str, offset: int, data: bytes, last: bool
) -> None:
    piece = StreamPiece(attempt, stream, offset, data, last)
    (frame,) = FrameReader().feed(encode_stream_piece(piece))
    assert decode_stream_piece(frame.payload) == piece


@pytest.mark.parametrize("name", [b"../../etc/passwd", b"1", b"1.", b"1.2\n", b"\xb2.1", b""])
def test_a_stream_piece_names_an_attempt_and_nothing_else(name: bytes) -> None:
    with pytest.raises(WireError, match="names the attempt"):
        decode_stream_piece(struct.pack(">BBQB", len(name), 0, 0, 0) + name)


@pytest.mark.parametrize("name", [b"", b"output/", b"output/-1", b"output/f", b"log\n", b"\xff"])
def test_a_stream_piece_names_a_stream(name: bytes) -> None:
    with pytest.raises(WireError, match="names the stream"):
        decode_stream_piece(struct.pack(">BBQB", 3, len(name), 0, 0) + b"1.1" + name)


def test_a_stream_piece_without_its_names_is_refused() -> None:
    with pytest.raises(WireError, match="shorter than its header"):
        decode_stream_piece(b"\x03")
    with pytest.raises(WireError, match="shorter than its names"):
        decode_stream_piece(struct.pack(">BBQB", 3, 4, 0, 0) + b"1.1log")


def test_a_frame_too_long_is_refused_before_it_is_read() -> None:
    with pytest.raises(WireError, match="allowed"):
        FrameReader().feed(struct.pack(">IB", LARGEST_PAYLOAD + 1, CONTROL))
    with pytest.raises(WireError, match="allowed"):
        encode(CONTROL, bytes(LARGEST_PAYLOAD + 1))


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"type": "lease", "attempt": 3, "spec": {}}, "Lease.attempt is 3; expected str"),
        ({"type": "lease", "attempt": "1.1"}, "Lease lacks the field spec"),
        (
            {"type": "pull", "attempt": "1.1", "offsets": {"log": -1}, "credit": 0},
            "Pull.offsets is",
        ),
        ({"type": "output", "attempt": "1.1", "files": [["a", 1]]}, "Output.files is"),
        ({"type": "output", "attempt": "1.1", "files": [["a", 1, True]]}, "Output.files is"),
        ({"type": "ping", "token": True}, "Ping.token is True"),
        ({"type": "workers", "slots": {"a": "2"}}, "Workers.slots"),
        ({"type": "reboot"}, "no known message"),
    ],
)
def test_a_wrong_field_is_named_with_its_value(body: dict[str, object], names: str) -> None:
    with pytest.raises(WireError) as caught:
        decode_message(json.dumps(body).encode())
    assert names in str(caught.value)


@pytest.mark.parametrize(
    "values",
    [
        ["hf_value"],
        {"A": 1, "B": "hf_value"},
        {"A": "hf_value\0"},
        {"A": "hf_value\ud800"},
        {"A": "hf_value" * LARGEST_SECRETS},
    ],
)
def test_no_error_shows_a_secret(values: object) -> None:
    body = {"type": "secrets", "attempt": "1.1", "values": values, "problem": ""}
    for more in ({}, {"type": "secretsofthefuture"}):
        with pytest.raises(WireError) as caught:
            decode_message(json.dumps({**body, **more}).encode())
        assert "hf_v" not in str(caught.value)


def test_no_message_shows_a_secret() -> None:
    shown = repr([Secrets("1.1", {"A": "hf_value"}, "")])
    assert "'A'" in shown
    assert "hf_v" not in shown


def test_a_newer_end_may_say_more() -> None:
    body = {"type": "ping", "token": 1, "mood": "good"}
    assert decode_message(json.dumps(body).encode()) == Ping(1)

"""Control before logs, logs before samples, samples before files, no frame inside another."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from remote_agent.outbox import MOST_CONTROL, MOST_WAITING, Outbox
from remote_agent.wire import CONTROL, STREAM, FrameReader, encode


def drained(outbox: Outbox) -> bytes:
    data = b""
    while block := outbox.next():
        data += bytes(block)
        outbox.written(len(block))
    return data


def test_order() -> None:
    outbox = Outbox()
    outbox.put_file(b"file,")
    outbox.put_file(b"end of file")
    outbox.put_sample(b"old sample,")
    outbox.put_stream(b"log,")
    outbox.put_sample(b"sample,")
    outbox.put_control(b"event,")
    assert drained(outbox) == b"event,log,sample,file,end of file"
    assert outbox.is_empty


def test_control_overtakes_logs_but_not_a_frame_that_has_begun() -> None:
    outbox = Outbox()
    outbox.put_stream(b"first log,")
    outbox.put_stream(b"second log,")
    assert bytes(outbox.next()) == b"first log,"
    outbox.written(3)
    outbox.put_control(b"event,")
    assert drained(outbox) == b"st log,event,second log,"


def test_limits() -> None:
    outbox = Outbox()

    def limits() -> tuple[bool, bool]:
        return outbox.has_room_for_streams, outbox.is_hopeless

    assert limits() == (True, False)
    outbox.put_file(bytes(MOST_WAITING))
    assert not outbox.has_room_for_files
    assert limits() == (True, False)
    outbox.put_stream(bytes(MOST_WAITING))
    assert limits() == (False, False)
    outbox.put_control(bytes(MOST_CONTROL + 1))
    assert limits() == (False, True)
    drained(outbox)
    assert limits() == (True, False)
    assert outbox.has_room_for_files


@given(
    st.lists(st.tuples(st.sampled_from(["control", "log", "sample"]), st.integers(0, 300_000))),
    st.integers(),
)
def test_frames_stay_whole_however_little_is_taken(puts: list[tuple[str, int]], seed: int) -> None:
    dice = random.Random(seed)
    outbox = Outbox()
    reader = FrameReader()
    sent = {"control": 0, "log": 0}
    heard = {"control": 0, "log": 0}
    names = {CONTROL: "control", STREAM: "log"}

    def take() -> None:
        block = outbox.next()
        count = dice.randint(0, len(block)) if len(block) else 0
        for frame in reader.feed(bytes(block[:count])):
            if frame.payload[:1] != b"s":
                heard[names[frame.kind]] += 1
        outbox.written(count)

    for lane, size in puts:
        if lane == "control":
            outbox.put_control(encode(CONTROL, b"c" * size))
        elif lane == "log":
            outbox.put_stream(encode(STREAM, b"l" * size))
        else:
            outbox.put_sample(encode(CONTROL, b"s" + bytes(size)))
        if lane in sent:
            sent[lane] += 1
        take()
    while not outbox.is_empty:
        take()
    assert heard == sent

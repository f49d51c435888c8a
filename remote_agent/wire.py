"""Frames: how bytes between laptop and machine are cut into pieces. Both ends import this file.

A frame is a u32 length, a u8 kind and that many bytes of payload, all big-endian. Control frames
hold one JSON message (see `messages`); blob and log frames hold raw bytes behind a small fixed
header. Nothing here does I/O, and nothing here trusts the other end: whatever does not fit raises
`WireError`, and a link on which that happens is ended.
"""

from __future__ import annotations

import re
import struct
from typing import List, NamedTuple

PROTOCOL = 1
"""Raised with every change that an older end would misread."""

LARGEST_PAYLOAD = 1 << 20
PIECE = 64 << 10
"""How many bytes of a stream or a blob travel in one frame, so that control waits for little."""

CONTROL = 1
BLOB = 2
STREAM = 3

LOG_STREAM = "log"
SCALARS_STREAM = "scalars"
OUTPUT_STREAM = "output/"
"""The streams of an attempt; that of an output file is this and the number of its `Fetch`."""

_HEAD = struct.Struct(">IB")
_BLOB_HEAD = struct.Struct(">32sQ")
_STREAM_HEAD = struct.Struct(">BBQB")
_ATTEMPT = re.compile(rb"[0-9]{1,19}\.[0-9]{1,9}\Z")
_STREAM = re.compile(rb"[a-z]{1,20}(/[0-9]{1,19})?\Z")

MARKER = b"\x00clearq:"
"""Where a shell is on the way, whatever comes before this, a nonce and a newline is skipped."""


class WireError(Exception):
    """The other end sent what the protocol does not allow; the link must be ended."""


class Frame(NamedTuple):
    """One piece as it travelled."""

    kind: int
    payload: bytes


class BlobPiece(NamedTuple):
    """Some bytes of the blob whose SHA-256 is `sha256`, from `offset` on."""

    sha256: str
    offset: int
    data: bytes


class StreamPiece(NamedTuple):
    """Some bytes of an attempt's stream, from `offset` on; `last` when it ends with them."""

    attempt: str
    stream: str
    offset: int
    data: bytes
    last: bool


def encode(kind: int, payload: bytes) -> bytes:
    """One frame, ready to be written.

    Raises:
        WireError: the payload is longer than `LARGEST_PAYLOAD`.
    """
    if len(payload) > LARGEST_PAYLOAD:
        raise WireError(
            "a frame of %d bytes is longer than the %d allowed" % (len(payload), LARGEST_PAYLOAD)
        )
    return _HEAD.pack(len(payload), kind) + payload


def encode_blob_piece(piece: BlobPiece) -> bytes:
    """The frame for a piece of a blob."""
    return encode(BLOB, _BLOB_HEAD.pack(bytes.fromhex(piece.sha256), piece.offset) + piece.data)


def decode_blob_piece(payload: bytes) -> BlobPiece:
    """The piece in a blob frame.

    Raises:
        WireError: the payload is shorter than its header.
    """
    if len(payload) < _BLOB_HEAD.size:
        raise WireError("a blob frame of %d bytes is shorter than its header" % len(payload))
    digest, offset = _BLOB_HEAD.unpack_from(payload)
    return BlobPiece(digest.hex(), offset, payload[_BLOB_HEAD.size :])


def encode_stream_piece(piece: StreamPiece) -> bytes:
    """The frame for a piece of a stream."""
    attempt = piece.attempt.encode("ascii")
    stream = piece.stream.encode("ascii")
    head = _STREAM_HEAD.pack(len(attempt), len(stream), piece.offset, piece.last)
    return encode(STREAM, head + attempt + stream + piece.data)


def decode_stream_piece(payload: bytes) -> StreamPiece:
    """The piece in a stream frame.

    Raises:
        WireError: the payload is shorter than its header, or names no attempt.
    """
    if len(payload) < _STREAM_HEAD.size:
        raise WireError("a stream frame of %d bytes is shorter than its header" % len(payload))
    attempt_length, stream_length, offset, last = _STREAM_HEAD.unpack_from(payload)
    middle = _STREAM_HEAD.size + attempt_length
    start = middle + stream_length
    if len(payload) < start:
        raise WireError("a stream frame of %d bytes is shorter than its names" % len(payload))
    attempt = payload[_STREAM_HEAD.size : middle]
    if not _ATTEMPT.match(attempt):
        raise WireError("a stream frame names the attempt %r" % attempt)
    stream = payload[middle:start]
    if not _STREAM.match(stream):
        raise WireError("a stream frame names the stream %.80r" % stream)
    name, data = attempt.decode("ascii"), payload[start:]
    return StreamPiece(name, stream.decode("ascii"), offset, data, bool(last))


class FrameReader:
    """Cuts a stream of bytes into frames, whatever the sizes in which the bytes arrive."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes) -> List[Frame]:
        """The frames that are complete now.

        Raises:
            WireError: a frame is too long or of an unknown kind.
        """
        self._pending += data
        frames = []
        position = 0
        while len(self._pending) - position >= _HEAD.size:
            length, kind = _HEAD.unpack_from(self._pending, position)
            if length > LARGEST_PAYLOAD:
                raise WireError(
                    "a frame of %d bytes was announced; %d are allowed" % (length, LARGEST_PAYLOAD)
                )
            if kind not in (CONTROL, BLOB, STREAM):
                raise WireError("a frame of the unknown kind %d was announced" % kind)
            end = position + _HEAD.size + length
            if len(self._pending) < end:
                break
            frames.append(Frame(kind, bytes(self._pending[position + _HEAD.size : end])))
            position = end
        del self._pending[:position]
        return frames

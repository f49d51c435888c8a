"""The agent's append-only record of what happened to attempts, safe against crashes at any point.

The first line says which journal this is and where its numbers go on; every further line is one
record. Each line starts with the CRC-32 of the rest, so that a tail torn by a power cut is seen and
cut off. A line damaged before the tail means that the disk lost what was synced: the journal is
then put aside and a new one, with another id, tells the laptop so.
"""

from __future__ import annotations

import errno
import json
import os
import zlib
from typing import Any, List, Optional, Sequence, Tuple

from remote_agent.records import Record
from remote_agent.turn import RecordKeeper

RESERVE = 64 << 10
"""Bytes kept in a file beside the journal and given up on a full disk, so that outcomes fit."""


class JournalError(Exception):
    """The journal cannot be read or written; the message says why, for the operator."""


class Journal(RecordKeeper):
    """An open journal. One process has it open at a time: the daemon holds a lock."""

    def __init__(self, path: str, identity: str, next_seq: int, records: List[Record]) -> None:
        self.path = path
        self.identity = identity
        self.next_seq = next_seq
        self.records = records
        """What it held when it was opened."""
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        self._reserve()

    @classmethod
    def open(cls, path: str, fresh_identity: str) -> Journal:
        """Open the journal at `path`; create it with `fresh_identity` when there is none.

        Raises:
            JournalError: the disk refuses.
        """
        try:
            found = _load(path)
            if found is None:
                _write_anew(path, fresh_identity, 1, [])
                found = (fresh_identity, 1, [])
            return cls(path, *found)
        except OSError as error:
            raise JournalError("The agent's journal %s: %s." % (path, error.strerror)) from error

    def append(self, records: Sequence[Record]) -> None:
        """Write the records behind the last one; they are safe only after `sync`.

        Raises:
            JournalError: the disk refuses.
        """
        data = b"".join(_line(list(record)) for record in records)
        end = os.fstat(self._file).st_size
        try:
            _write_all(self._file, data)
        except OSError as error:
            if error.errno != errno.ENOSPC or not self._give_up_reserve():
                raise self._failed(error) from error
            self._append_again(end, data)
        if records:
            self.next_seq = records[-1].seq + 1

    def sync(self) -> None:
        """Return once everything appended would survive a power cut.

        Raises:
            JournalError: the disk refuses; what was appended may be lost.
        """
        try:
            os.fdatasync(self._file)
        except OSError as error:
            raise self._failed(error) from error

    def compact(self, live: Sequence[Record]) -> None:
        """Replace the journal by one that holds only `live`, keeping its id and its numbers.

        Raises:
            JournalError: the disk refuses; the old journal still stands.
        """
        try:
            _write_anew(self.path, self.identity, self.next_seq, live)
            os.close(self._file)
            self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
            self._reserve()
        except OSError as error:
            raise self._failed(error) from error

    def close(self) -> None:
        """Close the file. What was not synced may be lost."""
        os.close(self._file)

    def _append_again(self, end: int, data: bytes) -> None:
        try:
            os.ftruncate(self._file, end)
            _write_all(self._file, data)
        except OSError as error:
            raise self._failed(error) from error

    def _failed(self, error: OSError) -> JournalError:
        return JournalError("The agent's journal %s: %s." % (self.path, error.strerror))

    def _reserve(self) -> None:
        """Occupy the reserve. A disk too full for it is no reason to stop; tried again later."""
        try:
            with open(self.path + ".reserve", "wb") as reserve:
                reserve.write(b"\0" * RESERVE)
        except OSError:
            self._give_up_reserve()

    def _give_up_reserve(self) -> bool:
        try:
            os.unlink(self.path + ".reserve")
        except FileNotFoundError:
            return False
        return True


def _write_all(file: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(file, rest) :]


def _line(value: object) -> bytes:
    text = json.dumps(value, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _parse(line: bytes) -> Any:  # noqa: ANN401 - whatever JSON holds
    head, _, text = line.partition(b" ")
    try:
        if int(head, 16) != zlib.crc32(text):
            return None
        return json.loads(text)
    except ValueError:
        return None


def _load(path: str) -> Optional[Tuple[str, int, List[Record]]]:
    """What the journal at `path` holds; its torn tail is cut off. None: there is no usable one."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except FileNotFoundError:
        return None
    lines = data.split(b"\n")
    whole, good_bytes = [], 0
    for line in lines[:-1]:
        value = _parse(line)
        if value is None:
            break
        whole.append(value)
        good_bytes += len(line) + 1
    damaged_inside = any(_parse(line) is not None for line in lines[len(whole) + 1 :])
    if not whole or damaged_inside:
        os.rename(path, path + ".damaged")
        return None
    if good_bytes < len(data):
        os.truncate(path, good_bytes)
    head, records = whole[0], [Record(*value) for value in whole[1:]]
    last = records[-1].seq if records else 0
    return head["journal"], max(head["next"], last + 1), records


def _write_anew(path: str, identity: str, next_seq: int, records: Sequence[Record]) -> None:
    temporary = path + ".new"
    head = _line({"journal": identity, "format": 1, "next": next_seq})
    file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        _write_all(file, head + b"".join(_line(list(record)) for record in records))
        os.fsync(file)
    finally:
        os.close(file)
    os.rename(temporary, path)
    directory = os.open(os.path.dirname(path) or ".", os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)

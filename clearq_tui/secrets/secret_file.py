"""The file `secrets`: which secrets there are and where each is kept; values only if sealed.

Names, and when each was set, stand in it in clear: they are what `clearq secret list` shows.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from clearq_tui.model import ClearqError
from clearq_tui.paths import Home
from clearq_tui.secrets.sealing import Derivation

IN_KEYRING: Final = "keyring"
IN_FILE: Final = "file"
_VERSION: Final = 1


class SecretsUnreadable(ClearqError):
    """The file with the secrets is not what clearq writes."""


@dataclass(frozen=True)
class Entry:
    """One secret."""

    kept: str
    """`keyring` or `file`."""
    set_at: float
    sealed: str = ""
    """The value, where it is kept in the file."""


@dataclass
class Contents:
    """All of the file."""

    identity: str = field(default_factory=lambda: os.urandom(8).hex())
    """Tells this home's secrets from another home's in the same keyring."""
    entries: dict[str, Entry] = field(default_factory=dict)
    derivation: Derivation | None = None
    """Of the passphrase; None until something is sealed."""
    proof: str = ""
    """By what the right passphrase is known."""


def path_of(home: Home) -> Path:
    """Where the file is."""
    return home.root / "secrets"


def read(home: Home) -> Contents:
    """What the file holds; empty where there is none.

    Raises:
        SecretsUnreadable: it is damaged.
        OSError: the disk refuses.
    """
    path = path_of(home)
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return Contents()
    except UnicodeDecodeError as error:
        raise _unreadable(path) from error
    try:
        said = json.loads(text)
        if said["version"] != _VERSION:
            raise SecretsUnreadable(f"{path} was written by a newer clearq; upgrade this one.")
        lock = said["lock"]
        return Contents(
            said["identity"],
            {name: Entry(**entry) for name, entry in said["entries"].items()},
            Derivation(**lock["derivation"]) if lock else None,
            lock["proof"] if lock else "",
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unreadable(path) from error


@contextmanager
def changing(home: Home) -> Iterator[Contents]:
    """Read the file, let it be changed, and write it anew: all or nothing, one at a time.

    Raises:
        SecretsUnreadable: it is damaged.
        OSError: the disk refuses; the file is as it was.
    """
    home.create()
    directory = os.open(home.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(directory, fcntl.LOCK_EX)
        contents = read(home)
        yield contents
        _write(path_of(home), contents)
        os.fsync(directory)
    finally:
        os.close(directory)


def _write(path: Path, contents: Contents) -> None:
    lock = None
    if contents.derivation is not None:
        lock = {"derivation": asdict(contents.derivation), "proof": contents.proof}
    said = {
        "version": _VERSION,
        "identity": contents.identity,
        "entries": {name: asdict(entry) for name, entry in sorted(contents.entries.items())},
        "lock": lock,
    }
    beside = path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)
    file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(file, "w", encoding="utf-8") as writing:
        json.dump(said, writing, indent=1)
        writing.flush()
        os.fsync(writing.fileno())
    beside.replace(path)


def _unreadable(path: Path) -> SecretsUnreadable:
    return SecretsUnreadable(
        f"{path} is damaged; restore it from a backup, or remove it and set the secrets again."
    )

"""What the operator does with secrets: set, list, remove, find the encrypted file's key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from clearq_tui.model import Refused
from clearq_tui.paths import Home
from clearq_tui.secrets.names import check_name, no_such_secret
from clearq_tui.secrets.sealing import Derivation, SealBroken, fits, proof_of, seal
from clearq_tui.secrets.secret_file import (
    IN_FILE,
    IN_KEYRING,
    Contents,
    Entry,
    SecretsUnreadable,
    changing,
    path_of,
    read,
)
from clearq_tui.secrets.system_keyring import KeyringRefuses, system_keyring

LARGEST_VALUE: Final = 64 << 10
"""Bytes; the longest that fits into an environment variable everywhere is twice that."""


class WrongPassphrase(Refused):
    """It is not the one with which the secrets were encrypted."""


@dataclass(frozen=True)
class Kept:
    """A secret, as it is shown: everything but its value."""

    name: str
    set_at: float
    kept: str
    """`keyring` or `file`."""


class SecretKeeping:
    """All secrets of one home. Remembers nothing between two calls."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def all(self) -> list[Kept]:
        """All secrets, by name.

        Raises:
            SecretsUnreadable: the file is damaged.
        """
        entries = read(self._home).entries
        return [Kept(name, entry.set_at, entry.kept) for name, entry in sorted(entries.items())]

    def check(self, names: list[str]) -> None:
        """See to it that they exist.

        Raises:
            NoSuchSecret: one does not; the sentence names the nearest.
        """
        known = read(self._home).entries
        for name in names:
            if name not in known:
                raise no_such_secret(name, known)

    def sealed(self) -> frozenset[str]:
        """The names of those that are in the encrypted file."""
        entries = read(self._home).entries
        return frozenset(name for name, entry in entries.items() if entry.kept == IN_FILE)

    def has_keyring(self) -> bool:
        """Whether this session has a keyring in which secrets are kept secret."""
        return system_keyring("") is not None

    def has_passphrase(self) -> bool:
        """Whether a passphrase was chosen for the encrypted file."""
        return read(self._home).derivation is not None

    def key(self, passphrase: str) -> bytes:
        """The key of the encrypted file; the first passphrase ever given becomes the right one.

        Raises:
            WrongPassphrase: there was one, and it is another.
        """
        contents = read(self._home)
        if contents.derivation is None:
            if not passphrase:
                raise Refused("The passphrase is empty.")
            with changing(self._home) as contents:
                if contents.derivation is None:
                    contents.derivation = Derivation()
                    key = contents.derivation.key(passphrase)
                    contents.proof = proof_of(key)
        assert contents.derivation is not None
        try:
            key = contents.derivation.key(passphrase)
        except SealBroken as error:
            raise SecretsUnreadable(f"{path_of(self._home)} is damaged.") from error
        if not fits(key, contents.proof):
            raise WrongPassphrase("That is not the passphrase of the encrypted secrets.")
        return key

    def keep_in_keyring(self, name: str, value: str, *, now: float) -> None:
        """Keep the value in the operating system's keyring.

        Raises:
            Refused: the name or the value cannot be a secret's, or the keyring refuses.
        """
        check_name(name)
        check_value(value)
        with changing(self._home) as contents:
            keyring = system_keyring(contents.identity)
            if keyring is None:
                raise Refused("This session has no keyring in which secrets are kept secret.")
            try:
                keyring.set(name, value)
            except KeyringRefuses as error:
                raise Refused(
                    f"The keyring refuses ({error}); --encrypted-file does without it."
                ) from error
            contents.entries[name] = Entry(IN_KEYRING, now)

    def keep_in_file(self, name: str, value: str, key: bytes, *, now: float) -> None:
        """Keep the value in the encrypted file; `key` is from `key`.

        Raises:
            Refused: the name or the value cannot be a secret's.
            WrongPassphrase: the passphrase is another one meanwhile.
        """
        check_name(name)
        check_value(value)
        with changing(self._home) as contents:
            if not fits(key, contents.proof):
                raise WrongPassphrase("The passphrase of the encrypted secrets was changed.")
            _leave_keyring(contents, name)
            contents.entries[name] = Entry(IN_FILE, now, seal(key, name, value))

    def remove(self, name: str) -> None:
        """Forget the secret.

        Raises:
            NoSuchSecret: there is none of that name.
            Refused: the keyring does not let it go.
        """
        with changing(self._home) as contents:
            if name not in contents.entries:
                raise no_such_secret(name, contents.entries)
            _leave_keyring(contents, name)
            del contents.entries[name]
            if not any(entry.kept == IN_FILE for entry in contents.entries.values()):
                contents.derivation, contents.proof = None, ""


def _leave_keyring(contents: Contents, name: str) -> None:
    """Take the value out of the keyring, where it is there."""
    entry = contents.entries.get(name)
    if entry is None or entry.kept != IN_KEYRING:
        return
    keyring = system_keyring(contents.identity)
    try:
        if keyring is None:
            raise KeyringRefuses("this session has none")  # noqa: TRY301 - said in one place
        keyring.remove(name)
    except KeyringRefuses as error:
        raise Refused(
            f"{name} cannot be taken out of the keyring ({error}); do it in the session in which "
            "it was set."
        ) from error


def check_value(value: str) -> None:
    """Whether it can be given to a task.

    Raises:
        Refused: it cannot; the sentence says why, and never what it is.
    """
    if not value.strip():
        raise Refused("The value is empty.")
    if "\0" in value:
        raise Refused("The value holds a zero byte; only text can be a secret.")
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        raise Refused("The value is not UTF-8; only text can be a secret.") from None
    if size > LARGEST_VALUE:
        raise Refused(f"The value has {size} bytes; at most {LARGEST_VALUE} can be a secret.")


def as_typed(text: str) -> str:
    """The value in a text that was read: of a single line without the line's end.

    A text of several lines, as a key file is, stays as it is.
    """
    line = text.removesuffix("\n").removesuffix("\r")
    return text if "\n" in line else line

"""Where the controller reads values, when a machine asks for them: the key in memory, no more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from clearq_tui.model import ClearqError
from clearq_tui.paths import Home
from clearq_tui.secrets.names import no_such_secret
from clearq_tui.secrets.sealing import SealBroken, fits, unseal
from clearq_tui.secrets.secret_file import IN_KEYRING, Contents, read
from clearq_tui.secrets.system_keyring import KeyringRefuses, system_keyring

UNLOCK: Final = "`clearq secret unlock`"
"""What helps; by it an interface knows that it should offer that."""


class SecretLocked(ClearqError):
    """A secret is there but cannot be read just now; the sentence says what helps."""


class Vault:
    """Reads secrets of one home. Holds the encrypted file's key, once it was given, in memory."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._key: bytes | None = None

    @property
    def is_open(self) -> bool:
        """Whether what is in the encrypted file can be read.

        Raises:
            SecretsUnreadable: the file is damaged.
        """
        return self._key is not None and fits(self._key, read(self._home).proof)

    def unlock(self, key: bytes) -> bool:
        """Take the key, if it is the right one; whether it is.

        Raises:
            SecretsUnreadable: the file is damaged.
        """
        if fits(key, read(self._home).proof):
            self._key = key
            return True
        return False

    def values(self, names: Iterable[str]) -> Mapping[str, str]:
        """The values of these secrets. Call in a thread: a keyring may ask the operator first.

        Raises:
            NoSuchSecret: one does not exist (any more).
            SecretLocked: one cannot be read just now.
            SecretsUnreadable: the file is damaged.
        """
        contents = read(self._home)
        return {name: self._value(contents, name) for name in names}

    def _value(self, contents: Contents, name: str) -> str:
        entry = contents.entries.get(name)
        if entry is None:
            raise no_such_secret(name, contents.entries)
        if entry.kept == IN_KEYRING:
            return _from_keyring(contents, name)
        try:
            if self._key is None:
                raise SecretLocked(f"waits for secret {name}: {UNLOCK}")
            return unseal(self._key, name, entry.sealed)
        except SealBroken as error:
            raise SecretLocked(
                f"waits for secret {name}: {UNLOCK}, for its passphrase is another one now"
            ) from error


def _from_keyring(contents: Contents, name: str) -> str:
    keyring = system_keyring(contents.identity)
    try:
        value = keyring.get(name) if keyring is not None else None
    except KeyringRefuses as refusal:
        raise SecretLocked(
            f"waits for secret {name}: the keyring says {refusal}; unlock it, then {UNLOCK}"
        ) from refusal
    if keyring is None:
        raise SecretLocked(
            f"waits for secret {name}: the controller was started where there is no keyring; "
            "`clearq down`, then `clearq up` in your desktop session"
        )
    if value is None:
        raise SecretLocked(
            f"waits for secret {name}: the keyring does not have it any more; "
            f"`clearq secret set {name}`"
        )
    return value

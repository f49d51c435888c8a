"""Encrypts values with a key that is derived from a passphrase: scrypt, then AES-GCM."""

from __future__ import annotations

import base64
import binascii
import os
from dataclasses import dataclass, field
from typing import Final

_KEY_BYTES: Final = 32
_SALT_BYTES: Final = 16
_NONCE_BYTES: Final = 12
_MOST_WORK: Final = 1 << 20
_PROOF: Final = "the passphrase fits"


class SealBroken(Exception):
    """The key does not fit, or somebody has changed what was sealed."""


def _new_salt() -> str:
    return base64.b64encode(os.urandom(_SALT_BYTES)).decode()


@dataclass(frozen=True)
class Derivation:
    """How the key comes from the passphrase; no secret itself."""

    salt: str = field(default_factory=_new_salt)
    work: int = 1 << 17
    """Scrypt's n: 128 MiB of memory and a third of a second for each guess."""

    def key(self, passphrase: str) -> bytes:
        """Derive the key. Takes that third of a second.

        Raises:
            SealBroken: the salt or the work is none that clearq has written.
        """
        from cryptography.hazmat.primitives.kdf.scrypt import Scrypt  # slow to import

        if not 1 < self.work <= _MOST_WORK:
            raise SealBroken
        try:
            salt = base64.b64decode(self.salt, validate=True)
        except binascii.Error as error:
            raise SealBroken from error
        scrypt = Scrypt(salt=salt, length=_KEY_BYTES, n=self.work, r=8, p=1)
        return scrypt.derive(passphrase.encode())


def seal(key: bytes, name: str, value: str) -> str:
    """The value encrypted, as text; only under the same name can it be opened."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(_NONCE_BYTES)
    return base64.b64encode(
        nonce + AESGCM(key).encrypt(nonce, value.encode(), name.encode())
    ).decode()


def unseal(key: bytes, name: str, sealed: str) -> str:
    """The value that was sealed under the name.

    Raises:
        SealBroken: with another key or name, or it was changed since.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        data = base64.b64decode(sealed, validate=True)
        nonce, hidden = data[:_NONCE_BYTES], data[_NONCE_BYTES:]
        return AESGCM(key).decrypt(nonce, hidden, name.encode()).decode()
    except (InvalidTag, ValueError) as error:
        raise SealBroken from error


def proof_of(key: bytes) -> str:
    """By what the right key is told from a wrong one."""
    return seal(key, "", _PROOF)


def fits(key: bytes, proof: str) -> bool:
    """Whether it is the key that the proof was made with."""
    try:
        return unseal(key, "", proof) == _PROOF
    except SealBroken:
        return False

"""The operating system's keyring, through whichever backend `keyring` finds usable."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

_NO_KEYRINGS = ("keyring.backends.fail", "keyring.backends.null", "keyrings.alt")
"""These keep nothing, or keep it where anybody can read it."""


class KeyringRefuses(Exception):
    """The keyring does not do what was asked; the message is its own reason, never a value."""


class SystemKeyring:
    """One backend; `identity` tells this home's secrets from those of others."""

    def __init__(self, backend: KeyringBackend, identity: str) -> None:
        self._backend = backend
        self._service = f"clearq-{identity}"

    def get(self, name: str) -> str | None:
        """The secret's value; None: the keyring has none. May ask the operator to unlock it.

        Raises:
            KeyringRefuses: it is locked, or cannot be reached.
        """
        try:
            return self._backend.get_password(self._service, name)
        except Exception as error:  # noqa: BLE001 - backends raise what their libraries raise
            raise _refusal(error) from None

    def set(self, name: str, value: str) -> None:
        """Keep the value.

        Raises:
            KeyringRefuses: it is locked, or cannot be reached, or the value is too long for it.
        """
        try:
            self._backend.set_password(self._service, name, value)
        except Exception as error:  # noqa: BLE001 - the same
            raise _refusal(error) from None

    def remove(self, name: str) -> None:
        """Forget the value; it may be gone already.

        Raises:
            KeyringRefuses: it is locked, or cannot be reached.
        """
        from keyring.errors import PasswordDeleteError

        try:
            self._backend.delete_password(self._service, name)
        except PasswordDeleteError:
            return
        except Exception as error:  # noqa: BLE001 - the same
            raise _refusal(error) from None


def system_keyring(identity: str) -> SystemKeyring | None:
    """The keyring of this session; None where there is none that keeps secrets secret."""
    import keyring  # slow to import, and needed by few commands

    for backend in _backends(keyring.get_keyring()):
        if not type(backend).__module__.startswith(_NO_KEYRINGS):
            return SystemKeyring(backend, identity)
    return None


def _backends(chosen: KeyringBackend) -> Iterator[KeyringBackend]:
    """The backend, or those that it asks one after the other."""
    from keyring.backends.chainer import ChainerBackend

    if isinstance(chosen, ChainerBackend):
        yield from chosen.backends
    else:
        yield chosen


def _refusal(error: Exception) -> KeyringRefuses:
    """Without the cause: what a backend's library raises may hold what it was given."""
    said = str(error).strip().rstrip(".") if type(error).__module__.startswith("keyring") else ""
    return KeyringRefuses(said or type(error).__name__)

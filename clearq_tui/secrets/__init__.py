"""The operator's secrets: kept in the system's keyring, or encrypted; read when they are needed."""

from clearq_tui.secrets.keeping import Kept, SecretKeeping, WrongPassphrase, as_typed
from clearq_tui.secrets.names import NoSuchSecret, check_name, is_variable
from clearq_tui.secrets.vault import UNLOCK, SecretLocked, Vault

__all__ = [
    "UNLOCK",
    "Kept",
    "NoSuchSecret",
    "SecretKeeping",
    "SecretLocked",
    "Vault",
    "WrongPassphrase",
    "as_typed",
    "check_name",
    "is_variable",
]

"""The passphrase of the encrypted secrets: asked for here, its key handed to the controller."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from clearq_tui import feed
from clearq_tui.cli.hidden_input import ask_hidden, ask_hidden_twice, can_ask
from clearq_tui.cli.session import Session
from clearq_tui.cli.terminal import warn
from clearq_tui.model import ClearqError, Refused
from clearq_tui.paths import Home

PROMPT = "Passphrase of the encrypted secrets"
_LATER = "they can be read once `clearq secret unlock` was told the passphrase"


def key_of(home: Home, passphrase_file: Path | None) -> bytes:
    """The key that the passphrase in the file, or the one typed now, gives.

    Raises:
        Refused: it is not the right one, or nobody can be asked.
    """
    from clearq_tui.secrets import SecretKeeping  # for few commands

    keeping = SecretKeeping(home)
    if passphrase_file is not None:
        return keeping.key(_first_line(passphrase_file))
    ask = ask_hidden if keeping.has_passphrase() else ask_hidden_twice
    return keeping.key(ask(PROMPT))


def key_if_needed(home: Home, names: Iterable[str]) -> bytes | None:
    """The key, if one of these secrets is encrypted and the controller cannot read it yet.

    None also where nobody can be asked; then a warning says what the task will wait for.

    Raises:
        Refused: what was typed is not the right passphrase.
    """
    wanted = set(names)
    if not wanted:
        return None
    from clearq_tui.secrets import SecretKeeping  # for few commands

    if not wanted & SecretKeeping(home).sealed() or feed.unlock(home):
        return None
    if can_ask():
        return key_of(home, None)
    warn(f"Some of the task's secrets are encrypted; {_LATER}.")
    return None


def hand_over(session: Session, key: bytes, *, start: bool) -> bool:
    """Give the controller the key, or start one that gets it; whether it has it.

    Raises:
        ClearqError: it does not start.
    """
    answer = feed.unlock(session.home, key)
    if answer is None and start:
        feed.start_controller(session.home)
        answer = feed.unlock(session.home, key)
    return bool(answer)


def hand_over_or_warn(session: Session, key: bytes | None, *, start: bool) -> None:
    """The same, where what was asked for is done already."""
    if key is None:
        return
    try:
        if not hand_over(session, key, start=start):
            warn(f"No controller was there to take the passphrase: {_LATER}.")
    except (ClearqError, OSError) as error:
        warn(f"The controller could not be told the passphrase ({error}): {_LATER}.")


def _first_line(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            return file.readline().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise Refused(f"{path} is no text in UTF-8.") from error

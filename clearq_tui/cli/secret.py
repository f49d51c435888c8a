"""`clearq secret …`."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TypedDict

import click

from clearq_tui import feed
from clearq_tui.cli.columns import Column
from clearq_tui.cli.command_types import NounGroup, command
from clearq_tui.cli.documents import keys
from clearq_tui.cli.exit_codes import ExitCode
from clearq_tui.cli.hidden_input import ask_hidden
from clearq_tui.cli.session import open_session
from clearq_tui.cli.terminal import say, show_json, show_table
from clearq_tui.cli.unlocking import hand_over, key_of
from clearq_tui.model import Refused
from clearq_tui.secrets import Kept, SecretKeeping, as_typed, check_name
from clearq_tui.wording import age

_COLUMNS = (Column("SECRET"), Column("SET", right=True), Column("KEPT IN"))
_PLACES = {"keyring": "keyring", "file": "encrypted file"}
_passphrase_file = click.option(
    "--passphrase-file",
    type=click.Path(exists=True, path_type=Path),
    help="Take the passphrase from the first line of this file instead of asking for it.",
)


class SecretDocument(TypedDict):
    """A secret without its value."""

    name: str
    set_at: float
    kept: str


@click.group("secret", cls=NounGroup)
def secret() -> None:
    """Set, list, remove secrets for tasks; unlock them."""


@command("set", ExitCode.REFUSED, group=secret)
@click.argument("name")
@click.option(
    "--encrypted-file", is_flag=True, help="Do without the system's keyring even if there is one."
)
@_passphrase_file
def set_secret(name: str, encrypted_file: bool, passphrase_file: Path | None) -> None:
    """Keep a value under the name: typed when asked for, or from standard input.

    It is kept in the operating system's keyring, or where there is none that is safe, in a file
    encrypted with a passphrase of yours. A task gets it by `clearq enqueue --secret NAME`. Of a
    single line, the line's end is no part of the value.
    """
    check_name(name)
    value = _value_of(name)
    with open_session() as session:
        keeping = SecretKeeping(session.home)
        if keeping.has_keyring() and not encrypted_file:
            keeping.keep_in_keyring(name, value, now=time.time())
            feed.unlock(session.home)
        else:
            key = key_of(session.home, passphrase_file)
            keeping.keep_in_file(name, value, key, now=time.time())
            feed.unlock(session.home, key)


@command("list", group=secret, json_keys=keys(SecretDocument))
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def list_secrets(as_json: bool) -> None:
    """List all secrets: name, when it was set, where it is kept. Values are never shown."""
    with open_session() as session:
        kept = SecretKeeping(session.home).all()
    if as_json:
        show_json([SecretDocument(name=k.name, set_at=k.set_at, kept=k.kept) for k in kept])
    else:
        now = time.time()
        show_table(_COLUMNS, [_cells(one, now) for one in kept])


@command("remove", ExitCode.NOT_FOUND, ExitCode.REFUSED, group=secret)
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
def remove_secrets(names: tuple[str, ...]) -> None:
    """Forget secrets. Tasks that ask for them fail from now on."""
    with open_session() as session:
        keeping = SecretKeeping(session.home)
        for name in names:
            keeping.remove(name)


@command("unlock", ExitCode.REFUSED, group=secret)
@_passphrase_file
def unlock_secrets(passphrase_file: Path | None) -> None:
    """Let the controller read the encrypted secrets until it ends.

    It keeps what the passphrase gives in memory alone. Tasks that wait for a secret go on.
    """
    with open_session() as session:
        sealed = len(SecretKeeping(session.home).sealed())
        key = key_of(session.home, passphrase_file) if sealed else b""
        is_open = hand_over(session, key, start=True)
    if sealed and not is_open:
        raise Refused("The controller did not take the passphrase; try again.")
    if not sealed:
        say("No secret is encrypted with a passphrase; the keyring is asked again.")
    else:
        say(f"{sealed} encrypted secret{'s' if sealed > 1 else ''} can be read.")


def _value_of(name: str) -> str:
    if sys.stdin.isatty():
        return ask_hidden(f"Value of {name}")
    try:
        return as_typed(sys.stdin.buffer.read().decode())
    except UnicodeDecodeError:
        raise Refused("Standard input is not UTF-8; only text can be a secret.") from None


def _cells(kept: Kept, now: float) -> tuple[str, ...]:
    return kept.name, age(kept.set_at, now), _PLACES[kept.kept]

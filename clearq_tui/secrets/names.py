"""What secrets may be called, and what to say when there is none of a name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from clearq_tui.model import NotFound, Refused

_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}\Z")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_SHOWN: Final = 5


class NoSuchSecret(NotFound):
    """A secret was named that does not exist on this laptop."""


def check_name(name: str) -> None:
    """A secret's name is also the name of its file on a machine.

    Raises:
        Refused: it cannot be that.
    """
    if not _NAME.match(name):
        raise Refused(
            f"{name!r} cannot be a secret's name; expected up to 100 letters, digits, _ . - such "
            "as HF_TOKEN."
        )


def is_variable(name: str) -> bool:
    """Whether an environment variable can have this name everywhere."""
    return bool(_VARIABLE.match(name))


def no_such_secret(name: str, known: Iterable[str]) -> NoSuchSecret:
    """The error that names the secrets whose names are nearest."""
    import difflib  # only for whoever mistyped

    names = sorted(known)
    near = difflib.get_close_matches(name.lower(), [one.lower() for one in names], n=_SHOWN)
    found = [one for one in names if one.lower() in near] or names[:_SHOWN]
    hint = f"near it: {', '.join(found)}" if found else "there is none yet"
    return NoSuchSecret(f"There is no secret {name}; {hint}. `clearq secret set {name}` makes it.")

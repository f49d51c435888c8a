"""How an operator names a parameter: `lr`, `--lr`, `model.depth`, `config.yaml:a.b`, `env:SEED`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from clearq_tui.model import Refused
from clearq_tui.parameters.code_files import normal_path
from clearq_tui.parameters.config_text import key_path

_FILE: Final = re.compile(r"(?P<path>.+?\.(?:ya?ml|json|toml)):(?P<key>.+)", re.IGNORECASE)
_VARIABLE: Final = "env:"
ADDED: Final = "+"
"""Before a name: it is to be added although nothing is known of it."""


@dataclass(frozen=True)
class FileTarget:
    """A key of a configuration file."""

    path: str
    key: str

    @property
    def text(self) -> str:
        """As it is written in the one way."""
        return f"{self.path}:{self.key}"


def read_setting(text: str) -> tuple[str, str]:
    """Target and value of `lr=0.2`; an `=` in double quotes belongs to the target.

    Raises:
        Refused: there is no target, or no value.
    """
    is_quoted = False
    for number, character in enumerate(text):
        if character == '"':
            is_quoted = not is_quoted
        elif character == "=" and not is_quoted:
            target = text[:number].strip()
            if target:
                return target, text[number + 1 :]
            break
    raise Refused(f"{text!r} sets nothing; write NAME=VALUE, such as lr=0.2.")


def file_target(target: str) -> FileTarget | None:
    """The file and the key that a target names; None where it names something else.

    Raises:
        Refused: the key is no dotted key.
    """
    found = _FILE.fullmatch(target)
    if target.startswith(_VARIABLE) or found is None:
        return None
    return FileTarget(normal_path(found["path"]), key_path.join(key_path.split(found["key"])))


def variable_target(target: str) -> str | None:
    """The variable that `env:SEED` names, with its `+` if it has one; None for other targets."""
    return target.removeprefix(_VARIABLE) if target.startswith(_VARIABLE) else None

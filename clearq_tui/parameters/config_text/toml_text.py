"""TOML, edited by tomlkit, which leaves everything else as it is."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import MutableMapping, MutableSequence, Sequence
from typing import Final

from clearq_tui.parameters.config_text.converting import to_python
from clearq_tui.parameters.config_text.tree import Leaf, Tree, Unreadable

_DATES: Final = (dt.date, dt.time)


def load(text: str) -> Tree:
    """What the text says; TOML's reader tells no lines.

    Raises:
        Unreadable: it is not TOML.
    """
    try:
        return _tree(tomllib.loads(text.replace("\r\n", "\n")))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Unreadable(f"{error}.") from error


def edit(text: str, keys: Sequence[str], new: Tree) -> str:
    """The text with the value at these keys, which are there, replaced.

    Raises:
        Unreadable: tomlkit cannot read what the standard library read.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError
    from tomlkit.items import String

    try:
        document = tomlkit.parse(text)
    except TOMLKitError as error:
        raise Unreadable(f"{error}.") from error
    place: object = document
    for key in keys[:-1]:
        place = _below(place, key)
    present = _below(place, keys[-1])
    value = to_python(_typed(new, present))
    is_literal = isinstance(present, String) and present.as_string().startswith("'")
    if is_literal and isinstance(value, str) and "'" not in value and value.isprintable():
        value = tomlkit.string(value, literal=True)
    if isinstance(place, MutableMapping):
        place[keys[-1]] = value
    elif isinstance(place, MutableSequence):
        place[int(keys[-1])] = value
    return tomlkit.dumps(document)


def _below(place: object, key: str) -> object:
    if isinstance(place, MutableMapping):
        return place[key]
    assert isinstance(place, MutableSequence)
    return place[int(key)]


def _typed(new: Tree, present: object) -> Tree:
    """A whole number stays a float where there is one: TOML's readers tell them apart."""
    if isinstance(new, Leaf) and new.type == "int" and isinstance(present, float):
        return Leaf("float", f"{new.text}.0")
    return new


def _tree(value: object) -> Tree:
    if isinstance(value, dict):
        return {key: _tree(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_tree(item) for item in value]
    if isinstance(value, bool):
        return Leaf("bool", "true" if value else "false")
    if isinstance(value, int | float):
        return Leaf("int" if isinstance(value, int) else "float", repr(value))
    if isinstance(value, _DATES):
        return Leaf("other", value.isoformat())
    return Leaf("str", str(value))

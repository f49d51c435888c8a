"""The formats by the names of files, and edits that are checked before they are handed out."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from clearq_tui.model import Refused
from clearq_tui.parameters.config_text import json_text, key_path, toml_text
from clearq_tui.parameters.config_text.converting import converted
from clearq_tui.parameters.config_text.tree import Tree, Unreadable, at, replaced, same
from clearq_tui.parameters.nearest import did_you_mean

LARGEST: Final = 4 << 20
"""Bytes of a file that is edited; listing stops far below."""
_BOM: Final = "\ufeff"
_SUFFIXES: Final = {".json": "json", ".toml": "toml", ".yaml": "yaml", ".yml": "yaml"}


@dataclass(frozen=True)
class Edit:
    """Another value for one dotted key."""

    key: str
    value: str


def is_config(path: str) -> bool:
    """Whether a file's name says that it is YAML, JSON or TOML."""
    return posixpath.splitext(path)[1].lower() in _SUFFIXES


def load_config(path: str, content: bytes) -> Tree:
    """What a configuration file says.

    Raises:
        Unreadable: it is not what its name says.
    """
    return _load(path, _decoded(content))


def edit_file(path: str, content: bytes, edits: Iterable[Edit]) -> bytes:
    """The file with some values replaced and everything else as it was.

    Raises:
        Refused: a key is not there, cannot have the value, or the file cannot be edited.
    """
    try:
        text = _decoded(content)
        head = _BOM if text.startswith(_BOM) else ""
        text = text.removeprefix(_BOM)
        for edit in edits:
            text = _edited(path, text, edit)
    except Unreadable as error:
        raise Refused(f"{path} cannot be edited: {error}") from error
    return (head + text).encode()


def value_for(path: str, tree: Tree, edit: Edit) -> tuple[tuple[str, ...], Tree]:
    """The keys and the value of an edit of a file that says `tree`.

    Raises:
        Refused: the key is not there, or cannot have the value.
    """
    keys = key_path.split(edit.key)
    try:
        present = at(tree, keys)
    except KeyError as error:
        raise _no_such_key(path, tree, keys, int(error.args[0])) from error
    return keys, converted(present, edit.value, f"{path}:{edit.key}")


def _edited(path: str, text: str, edit: Edit) -> str:
    tree = _load(path, text)
    keys, value = value_for(path, tree, edit)
    wanted = replaced(tree, keys, value)
    if same(wanted, tree):
        return text
    edited = _edit(path, text, keys, value)
    # Whatever the file's oddities: nothing is handed out that says anything but what was asked.
    if not same(_load(path, edited), wanted):
        raise Refused(
            f"{path} cannot be edited at {edit.key} without changing more than that; "
            "change the file itself."
        )
    return edited


def _load(path: str, text: str) -> Tree:
    kind = _SUFFIXES.get(posixpath.splitext(path)[1].lower())
    bare = text.removeprefix(_BOM)
    if kind == "json":
        return json_text.load(bare)
    if kind == "toml":
        return toml_text.load(bare)
    if kind == "yaml":
        from clearq_tui.parameters.config_text import yaml_text

        return yaml_text.load(bare)
    raise Unreadable("Only YAML, JSON and TOML can be edited.")


def _edit(path: str, text: str, keys: tuple[str, ...], value: Tree) -> str:
    kind = _SUFFIXES[posixpath.splitext(path)[1].lower()]
    if kind == "json":
        return json_text.edit(text, keys, value)
    if kind == "toml":
        return toml_text.edit(text, keys, value)
    from clearq_tui.parameters.config_text import yaml_text

    return yaml_text.edit(text, keys, value)


def _decoded(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise Unreadable(f"It is not UTF-8: {error.reason} at byte {error.start}.") from error


def _no_such_key(path: str, tree: Tree, keys: tuple[str, ...], known: int) -> Refused:
    from clearq_tui.parameters.config_text.tree import named_parts

    wanted = key_path.join(keys)
    names = [key_path.join(found) for found, _, _ in named_parts(tree)]
    place = f"{path}:{key_path.join(keys[:known])}" if known else path
    hint = did_you_mean(wanted, names, before=f"{path}:")
    return Refused(f"{path} has no key {wanted}: {place} has nothing called {keys[known]!r}.{hint}")

"""What an operator typed, as a value of the kind that the file has there."""

from __future__ import annotations

import json
import math
import re
from typing import Final

from clearq_tui.model import Refused
from clearq_tui.parameters.config_text.tree import Leaf, Tree
from clearq_tui.parameters.values import is_float, is_int, read_bool

_NULLS: Final = frozenset({"null", "~", "None"})
_JSON_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?")


def converted(present: Tree, text: str, where: str) -> Tree:
    """The new value for a place that now has `present`; `where` names it in a refusal.

    Raises:
        Refused: the place has values of another kind.
    """
    if isinstance(present, dict):
        keys = ", ".join(list(present)[:8])
        raise Refused(f"{where} is a group, not a value; it has: {keys or 'nothing'}.")
    if isinstance(present, list):
        return _list(present, text, where)
    if present.type in {"str", "other"}:
        return Leaf(present.type, text)
    if text.strip() in _NULLS:
        return Leaf("null", "null")
    if present.type == "bool":
        said = read_bool(text)
        if said is None:
            raise Refused(f"{where} cannot be {text!r}; expected true or false.")
        return Leaf("bool", "true" if said else "false")
    if present.type in {"int", "float"}:
        number = _number(text)
        if number is None:
            raise Refused(f"{where} cannot be {text!r}; expected a number such as {present.text}.")
        return number
    return guessed(text)


def guessed(text: str) -> Tree:
    """A value of whichever kind it looks like, where nothing says which one it has to be."""
    stripped = text.strip()
    if stripped in _NULLS:
        return Leaf("null", "null")
    if stripped.lower() in {"true", "false"}:
        return Leaf("bool", stripped.lower())
    if stripped[:1] in {"[", "{"}:
        try:
            return of_python(json.loads(stripped))
        except (ValueError, RecursionError):
            return Leaf("str", text)
    return _number(text) or Leaf("str", text)


def of_python(value: object) -> Tree:
    """A tree of what JSON was read into."""
    if isinstance(value, dict):
        return {str(key): of_python(item) for key, item in value.items()}
    if isinstance(value, list):
        return [of_python(item) for item in value]
    if isinstance(value, bool):
        return Leaf("bool", "true" if value else "false")
    if isinstance(value, int | float):
        return Leaf("int" if isinstance(value, int) else "float", repr(value))
    return Leaf("null", "null") if value is None else Leaf("str", str(value))


def to_python(tree: Tree) -> object:
    """What a program would read."""
    if isinstance(tree, dict):
        return {key: to_python(item) for key, item in tree.items()}
    if isinstance(tree, list):
        return [to_python(item) for item in tree]
    if tree.type == "null":
        return None
    if tree.type == "bool":
        return tree.text == "true"
    if tree.type == "int":
        return int(tree.text)
    return float(tree.text) if tree.type == "float" else tree.text


def _number(text: str) -> Leaf | None:
    """A number in the way that YAML, JSON and TOML all read it."""
    bare = text.strip()
    if not (is_int(bare) or is_float(bare)):
        return None
    if is_int(bare):
        return Leaf("int", str(int(bare)))
    if bare.lower().lstrip("+-") in {".inf", ".nan"}:
        bare = bare.replace(".", "")
    number = float(bare)
    is_plain = _JSON_NUMBER.fullmatch(bare) is not None and math.isfinite(number)
    return Leaf("float", bare if is_plain else repr(number))


def _list(present: list[Tree], text: str, where: str) -> Tree:
    stripped = text.strip()
    if not (stripped.startswith("[") and stripped.endswith("]")):
        raise Refused(f"{where} cannot be {text!r}; expected a list such as [1, 2].")
    try:
        return of_python(json.loads(stripped))
    except (ValueError, RecursionError):
        items = [item.strip().strip("'\"") for item in stripped[1:-1].split(",")]
    if any(character in item for item in items for character in "[]{}"):
        raise Refused(f"{where} cannot be {text!r}; expected a list in JSON, such as [1, 2].")
    texts = all(isinstance(item, Leaf) and item.type == "str" for item in present) and present
    return [Leaf("str", item) if texts else guessed(item) for item in items]

"""What a configuration file says, whatever its format: mappings, lists and leaves."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from clearq_tui.model import ClearqError


class Unreadable(ClearqError):
    """The file is not what its name says, or more than can be looked at."""


@dataclass(frozen=True)
class Leaf:
    """One value."""

    type: str
    """`int`, `float`, `bool`, `str`, `null`, or `other`: a date, a tagged value."""
    text: str
    """As it is written in the file, without quotes."""
    line: int = field(default=0, compare=False)
    """In the file, 1 being the first; 0 where it is not known."""


Tree: TypeAlias = "Leaf | list[Tree] | dict[str, Tree]"
Keys = tuple[str, ...]

DEEPEST: Final = 60
MOST_LEAVES: Final = 20_000
"""More (as aliases of aliases can make) is no configuration."""


def at(tree: Tree, keys: Sequence[str]) -> Tree:
    """What is at these keys; those of a list are numbers.

    Raises:
        KeyError: there is no such key; its argument is the number of keys that there are.
    """
    for number, key in enumerate(keys):
        if isinstance(tree, dict) and key in tree:
            tree = tree[key]
        elif isinstance(tree, list) and key.isascii() and key.isdigit() and int(key) < len(tree):
            tree = tree[int(key)]
        else:
            raise KeyError(number)
    return tree


def replaced(tree: Tree, keys: Sequence[str], new: Tree) -> Tree:
    """The tree with another value at these keys, which are there."""
    if not keys:
        return new
    first, rest = keys[0], keys[1:]
    if isinstance(tree, dict):
        return {**tree, first: replaced(tree[first], rest, new)}
    assert isinstance(tree, list)
    index = int(first)
    return [*tree[:index], replaced(tree[index], rest, new), *tree[index + 1 :]]


def same(one: Tree, other: Tree) -> bool:
    """Whether they say the same: numbers count by value, everything else as it is written."""
    if isinstance(one, Leaf) and isinstance(other, Leaf):
        return _meaning(one) == _meaning(other)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return False


def named_parts(tree: Tree, before: Keys = ()) -> Iterator[tuple[Keys, Tree, bool]]:
    """Every leaf and every list of leaves, with its keys, and whether lists of them show it."""
    if isinstance(tree, Leaf):
        yield before, tree, True
    elif isinstance(tree, dict):
        for key, value in tree.items():
            yield from named_parts(value, (*before, key))
    elif all(isinstance(item, Leaf) for item in tree):
        yield before, tree, True
        for number, item in enumerate(tree):
            yield (*before, str(number)), item, False
    else:
        for number, item in enumerate(tree):
            yield from named_parts(item, (*before, str(number)))


def line_of(tree: Tree) -> int:
    """The line of its first leaf; 0 where it is not known."""
    if isinstance(tree, Leaf):
        return tree.line
    items = list(tree.values() if isinstance(tree, dict) else tree)
    return line_of(items[0]) if items else 0


def shown(tree: Tree) -> str:
    """As an operator would write it: a list in brackets."""
    if isinstance(tree, Leaf):
        return tree.text
    return flow(tree)


def flow(tree: Tree) -> str:
    """As JSON, which YAML reads too."""
    import json

    if isinstance(tree, list):
        return f"[{', '.join(map(flow, tree))}]"
    if isinstance(tree, dict):
        return f"{{{', '.join(f'{json.dumps(key)}: {flow(item)}' for key, item in tree.items())}}}"
    return json.dumps(tree.text) if tree.type in {"str", "other"} else tree.text


def _meaning(leaf: Leaf) -> tuple[str, str | int | float]:
    text = leaf.text.replace("_", "")
    if leaf.type == "int":
        try:
            return "number", int(text)
        except ValueError:
            return "int", text
    if leaf.type == "float":
        number = _float(text)
        if number is None or math.isnan(number):
            return "float", text.lower()
        return "number", number
    if leaf.type in {"bool", "null"}:
        return leaf.type, leaf.text.lower()
    return leaf.type, leaf.text


def _float(text: str) -> float | None:
    try:
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    except ValueError:
        return None

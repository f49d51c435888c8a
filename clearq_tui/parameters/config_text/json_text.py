"""JSON: a scan that knows where each value stands, so that one can be replaced in place."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Final

from clearq_tui.parameters.config_text.tree import DEEPEST, Leaf, Tree, Unreadable, flow

_BLANK: Final = re.compile(r"[ \t\r\n]*")
_NUMBER: Final = re.compile(r"-?(?:Infinity|\d+(\.\d+)?([eE][-+]?\d+)?)|NaN")
_WORDS: Final = {"true": "bool", "false": "bool", "null": "null"}
_FLOATS: Final = {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}


@dataclass
class _Node:
    start: int
    end: int = 0
    leaf: Leaf | None = None
    items: list[_Node] | None = None
    members: dict[str, _Node] | None = field(default=None)


def load(text: str) -> Tree:
    """What the text says.

    Raises:
        Unreadable: it is not JSON.
    """
    return _tree(_Scanner(text).scan())


def edit(text: str, keys: Sequence[str], new: Tree) -> str:
    """The text with the value at these keys, which are there, replaced."""
    node = _Scanner(text).scan()
    for key in keys:
        node = node.members[key] if node.members is not None else (node.items or [])[int(key)]
    return text[: node.start] + _written(new) + text[node.end :]


def _written(tree: Tree) -> str:
    if isinstance(tree, Leaf) and tree.type == "float":
        return _FLOATS.get(tree.text, tree.text)
    return flow(tree)


def _tree(node: _Node) -> Tree:
    if node.members is not None:
        return {key: _tree(item) for key, item in node.members.items()}
    if node.items is not None:
        return [_tree(item) for item in node.items]
    assert node.leaf is not None
    return node.leaf


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0
        self._line, self._counted = 1, 0

    def scan(self) -> _Node:
        """The one value of the text."""
        node = self._value(0)
        self._skip()
        if self._at != len(self._text):
            raise self._wrong("the end of the file")
        return node

    def _value(self, depth: int) -> _Node:
        if depth > DEEPEST:
            raise Unreadable("It is nested too deeply.")
        self._skip()
        node = _Node(self._at)
        character = self._text[self._at : self._at + 1]
        if character == "{":
            node.members = self._members(depth)
        elif character == "[":
            node.items = self._items(depth)
        else:
            node.leaf = self._leaf(character)
        node.end = self._at
        return node

    def _members(self, depth: int) -> dict[str, _Node]:
        found: dict[str, _Node] = {}
        self._at += 1
        while not self._ends("}", bool(found)):
            if self._text[self._at : self._at + 1] != '"':
                raise self._wrong("a key")
            key = self._string()
            self._skip()
            if self._text[self._at : self._at + 1] != ":":
                raise self._wrong("a colon")
            self._at += 1
            found[key] = self._value(depth + 1)
        return found

    def _items(self, depth: int) -> list[_Node]:
        found: list[_Node] = []
        self._at += 1
        while not self._ends("]", bool(found)):
            found.append(self._value(depth + 1))
        return found

    def _ends(self, closing: str, has_some: bool) -> bool:
        """Whether the brackets close here; else the comma before the next one is skipped."""
        self._skip()
        if self._text[self._at : self._at + 1] == closing:
            self._at += 1
            return True
        if has_some:
            if self._text[self._at : self._at + 1] != ",":
                raise self._wrong("a comma")
            self._at += 1
            self._skip()
        return False

    def _leaf(self, character: str) -> Leaf:
        line = self._line_here()
        if character == '"':
            return Leaf("str", self._string(), line)
        for word, kind in _WORDS.items():
            if self._text.startswith(word, self._at):
                self._at += len(word)
                return Leaf(kind, word, line)
        number = _NUMBER.match(self._text, self._at)
        if number is None:
            raise self._wrong("a value")
        self._at = number.end()
        text = number[0]
        is_int = text.lstrip("-").isdigit()
        return Leaf("int" if is_int else "float", text.replace("Infinity", "inf"), line)

    def _string(self) -> str:
        try:
            said, self._at = scanstring(self._text, self._at + 1)
        except json.JSONDecodeError as error:
            raise Unreadable(f"Line {error.lineno}: {error.msg}.") from error
        return str(said)

    def _skip(self) -> None:
        found = _BLANK.match(self._text, self._at)
        assert found is not None
        self._at = found.end()

    def _line_here(self) -> int:
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._line

    def _wrong(self, expected: str) -> Unreadable:
        return Unreadable(f"Line {self._line_here()}: expected {expected}.")

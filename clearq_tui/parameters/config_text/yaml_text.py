"""YAML: one scalar is replaced where it stands; only where that cannot be, the file is dumped anew.

Files are read as YAML 1.2 says; what is written is read alike by 1.1's readers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from clearq_tui.parameters.config_text.tree import (
    DEEPEST,
    MOST_LEAVES,
    Leaf,
    Tree,
    Unreadable,
    flow,
)

_TAG: Final = "tag:yaml.org,2002:"
_TYPES: Final = frozenset({"int", "float", "bool", "str", "null"})
_BOOLS: Final = re.compile(r"(?:yes|no|on|off)", re.IGNORECASE)
"""Booleans for readers of YAML 1.1, texts for those of 1.2."""
_PLAIN: Final = re.compile(r"[A-Za-z_/](?:[\w./@+-]|(?<=[\w]) (?=[\w]))*")
"""Texts that need no quotes anywhere, unless they are a word with a meaning."""
_WORDS: Final = re.compile(r"(?:true|false|null|yes|no|on|off|y|n|nan|inf|none)", re.IGNORECASE)


@dataclass(frozen=True)
class Document:
    """The nodes of a text."""

    root: Node | None
    shared: frozenset[int] = field(default_factory=frozenset)
    """Ids of nodes that more than one place has, by an alias."""


def read(text: str) -> Document:
    """The text's nodes.

    Raises:
        Unreadable: it is not YAML, or several documents.
    """
    try:
        root = YAML(typ="rt", pure=True).compose(text)
    except (YAMLError, ValueError, RecursionError, AttributeError, IndexError) as error:
        raise Unreadable(f"{' '.join(str(error).split())[:200]}.") from error
    return Document(root, _shared(root))


def load(text: str) -> Tree:
    """What the text says, aliases and merge keys resolved.

    Raises:
        Unreadable: it is not YAML, or becomes too much by its aliases.
    """
    document = read(text)
    return _Counting().tree(document.root) if document.root is not None else {}


def edit(text: str, keys: Sequence[str], new: Tree) -> str:
    """The text with the value at these keys, which are there, replaced.

    Raises:
        Unreadable: the file is too odd to be edited.
    """
    document = read(text)
    place = _place_at(document, keys)
    if place is not None and (spliced := _spliced(text, *place, new)) is not None:
        return spliced
    from clearq_tui.parameters.config_text.yaml_dump import dumped

    return dumped(text, keys, new)


def written(new: Tree, *, like: str | None = None) -> str:
    """A value as YAML on one line, quoted `like` what was there where that can be."""
    if not isinstance(new, Leaf) or new.type in {"bool", "null", "int", "other"}:
        return new.text if isinstance(new, Leaf) else flow(new)
    if new.type == "float":
        return _float(new.text)
    if like == "'" and new.text.isprintable():
        return "'" + new.text.replace("'", "''") + "'"
    if like != '"' and _PLAIN.fullmatch(new.text) and not _WORDS.fullmatch(new.text):
        return new.text
    return _double_quoted(new.text)


def _double_quoted(text: str) -> str:
    """In double quotes, whatever cannot be seen spelled as YAML does it."""
    said = json.dumps(text, ensure_ascii=False)
    return "".join(one if one.isprintable() else f"\\U{ord(one):08x}" for one in said)


def _float(text: str) -> str:
    """With a dot and a sign, or readers of YAML 1.1 take it for a text."""
    if text.lstrip("-") in {"inf", "nan"}:
        return text.replace("inf", ".inf").replace("nan", ".nan").replace("-.nan", ".nan")
    digits, letter, exponent = text.lower().partition("e")
    if not letter:
        return text
    dotted = digits if "." in digits else f"{digits}.0"
    return f"{dotted}e{exponent if exponent[0] in '+-' else f'+{exponent}'}"


def _spliced(text: str, node: Node, key: Node | None, new: Tree) -> str | None:
    """The text with the node's own characters replaced; None where they are not one piece."""
    start, end = node.start_mark.index, node.end_mark.index
    if node.anchor or text[start : start + 1] in {"!", "&", "*"}:
        return None
    is_flow = isinstance(node, SequenceNode) and node.flow_style
    if not isinstance(node, ScalarNode) and not is_flow:
        return None
    if not isinstance(new, Leaf) and isinstance(node, ScalarNode) and node.style in {"|", ">"}:
        return None
    style = node.style if isinstance(node, ScalarNode) else None
    said = written(new, like=style)
    if style in {"|", ">"}:
        said += "\n"
    elif start == end:  # nothing stands there: it comes behind the colon
        start = end = text.find(":", key.end_mark.index) + 1 if key is not None else 0
        if start == 0:
            return None
        said = f" {said}"
    return text[:start] + said + text[end:]


def _place_at(document: Document, keys: Sequence[str]) -> tuple[Node, Node | None] | None:
    """The node that is written at these keys, and its key where it is in a mapping.

    None where it is only there by an alias or by merging.
    """
    node, name = document.root, None
    for key in keys:
        if isinstance(node, MappingNode):
            own = [(item, name) for name, item in node.value if _key(name) == key]
            node, name = own[-1] if own else (None, None)
        elif isinstance(node, SequenceNode):
            node, name = node.value[int(key)], None
        if node is None or id(node) in document.shared:
            return None
    return (node, name) if node is not None else None


def _key(node: Node) -> str | None:
    return str(node.value) if isinstance(node, ScalarNode) else None


def _shared(root: Node | None) -> frozenset[int]:
    seen: set[int] = set()
    shared: set[int] = set()
    stack = [root] if root is not None else []
    while stack:
        node = stack.pop()
        if id(node) in seen:
            shared.add(id(node))
            continue
        seen.add(id(node))
        if isinstance(node, MappingNode):
            for key, value in node.value:
                stack += [key, value]
        elif isinstance(node, SequenceNode):
            stack += node.value
    return frozenset(shared)


class _Counting:
    """Turns nodes into a tree, up to a bound: aliases can stand for more than any memory holds."""

    def __init__(self) -> None:
        self._count = 0

    def tree(self, node: Node, depth: int = 0) -> Tree:
        self._count += 1
        if self._count > MOST_LEAVES or depth > DEEPEST:
            raise Unreadable("It has more values than a configuration may have.")
        if isinstance(node, MappingNode):
            return self._mapping(node, depth)
        if isinstance(node, SequenceNode):
            return [self.tree(item, depth + 1) for item in node.value]
        return _leaf(node)

    def _mapping(self, node: MappingNode, depth: int) -> dict[str, Tree]:
        own: dict[str, Tree] = {}
        merged: dict[str, Tree] = {}
        for key, value in node.value:
            if isinstance(key, ScalarNode) and key.value == "<<" and not key.style:
                sources = value.value if isinstance(value, SequenceNode) else [value]
                for source in reversed(sources):
                    if isinstance(source, MappingNode):
                        merged.update(self._mapping(source, depth + 1))
            elif (name := _key(key)) is not None:
                own[name] = self.tree(value, depth + 1)
        return {**merged, **own}


def _leaf(node: Node) -> Leaf:
    kind = str(node.tag).removeprefix(_TAG)
    text = str(node.value)
    line = node.start_mark.line + 1
    style = node.style if isinstance(node, ScalarNode) else None
    if kind == "str" and not style and _BOOLS.fullmatch(text):
        kind = "bool"
    if kind == "null":
        text = "null"
    return Leaf(kind if kind in _TYPES else "other", text, line)

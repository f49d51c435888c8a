"""YAML that is dumped anew by ruamel's round trip: comments, order and quotes stay, blanks may not.

For values that have no characters of their own to replace: those of aliases, of merged mappings,
of lists with one line for each item.
"""

from __future__ import annotations

import copy
import io
from collections.abc import Sequence

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.util import load_yaml_guess_indent

from clearq_tui.parameters.config_text.converting import to_python
from clearq_tui.parameters.config_text.tree import Tree, Unreadable

_NEVER_WRAPS = 1 << 20


def dumped(text: str, keys: Sequence[str], new: Tree) -> str:
    """The text with the value at these keys replaced, and no other place of its aliases.

    Raises:
        Unreadable: ruamel cannot read or write it.
    """
    try:
        _, indent, block_indent = load_yaml_guess_indent(text)
        yaml = YAML(typ="rt", pure=True)
        yaml.preserve_quotes = True
        yaml.width = _NEVER_WRAPS
        if indent is not None:
            yaml.indent(mapping=indent, sequence=indent, offset=block_indent or 0)
        root = yaml.load(text)
        _set(root, keys, to_python(new))
        stream = io.StringIO()
        yaml.dump(root, stream)
    except (YAMLError, ValueError, RecursionError, AttributeError, KeyError) as error:
        raise Unreadable(f"{' '.join(str(error).split())[:200]}.") from error
    return stream.getvalue().replace("\n", "\r\n" if "\r\n" in text else "\n")


def _set(root: object, keys: Sequence[str], value: object) -> None:
    place = root
    for key in keys[:-1]:
        place = _own_copy(place, key)
    if isinstance(place, CommentedMap):
        place[_real_key(place, keys[-1])] = value
    elif isinstance(place, CommentedSeq):
        place[int(keys[-1])] = value


def _own_copy(place: object, key: str) -> object:
    """What is below the key, as a copy of its own: an alias must not change with it."""
    if isinstance(place, CommentedMap):
        real: object = _real_key(place, key)
    else:
        assert isinstance(place, CommentedSeq)
        real = int(key)
    inner = copy.deepcopy(place[real])
    if isinstance(inner, CommentedMap | CommentedSeq):
        inner.yaml_set_anchor(None, always_dump=False)
    place[real] = inner
    return inner


def _real_key(place: CommentedMap, key: str) -> object:
    """The key as the file has it: a number, or a text."""
    return next((one for one in place if str(one) == key), key)

"""Dotted keys: `model.layers.0.size`; a key with a dot in it stands in double quotes."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Final

from clearq_tui.model import Refused

_PART: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[^."\[\]][^.\[\]]*')
_INDEX: Final = re.compile(r"\[(\d+)\]")
_PLAIN: Final = re.compile(r'[^."\[\]\s][^.\[\]]*')


def join(keys: Sequence[str]) -> str:
    """The keys as one dotted key."""
    return ".".join(
        key if _PLAIN.fullmatch(key) and key.isprintable() else json.dumps(key) for key in keys
    )


def split(dotted: str) -> tuple[str, ...]:
    """The keys of a dotted key; `layers[0]` is read as `layers.0`.

    Raises:
        Refused: it is no dotted key.
    """
    keys: list[str] = []
    at = 0
    while at < len(dotted) or not keys:
        if keys and (index := _INDEX.match(dotted, at)):
            keys.append(index[1])
            at = index.end()
            continue
        if keys and dotted[at] == ".":
            at += 1
        found = _PART.match(dotted, at)
        if found is None:
            raise Refused(f"{dotted!r} is no key; write it like model.layers.0.size.")
        keys.append(_unquoted(found[0]))
        at = found.end()
        if at < len(dotted) and dotted[at] not in ".[":
            raise Refused(f"{dotted!r} is no key; write it like model.layers.0.size.")
    return tuple(keys)


def _unquoted(part: str) -> str:
    if not part.startswith('"'):
        return part
    try:
        return str(json.loads(part))
    except ValueError as error:
        raise Refused(f"{part} is no key: it is not quoted as JSON.") from error

"""What an operator may have meant by a name that does not exist."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Final

_MOST: Final = 3
_LIKE: Final = 0.6
_LESS: Final = 0.9
"""What likeness of the last parts alone counts for."""


def nearest(wanted: str, names: Iterable[str]) -> list[str]:
    """The names most like the wanted one, the likest first."""
    whole: dict[str, list[str]] = {}
    last: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        for form in dict.fromkeys((_plain(name), _plain(name.rpartition(":")[2]))):
            whole.setdefault(form, []).append(name)
        last.setdefault(_last(name), []).append(name)
    scores: dict[str, float] = {}
    for text, forms, weight in ((_plain(wanted), whole, 1.0), (_last(wanted), last, _LESS)):
        for near in difflib.get_close_matches(text, forms, n=_MOST, cutoff=_LIKE):
            score = weight * difflib.SequenceMatcher(None, near, text).ratio()
            for name in forms[near]:
                scores[name] = max(score, scores.get(name, 0.0))
    return sorted(scores, key=lambda name: -scores[name])[:_MOST]


def did_you_mean(wanted: str, names: Iterable[str], *, before: str = "") -> str:
    """A sentence with the nearest names, a blank before it; empty where nothing is near."""
    near = [f"{before}{name}" for name in nearest(wanted, names)]
    if not near:
        return ""
    *others, last = near
    return f" Did you mean {', '.join(others)}{' or ' if others else ''}{last}?"


def _plain(name: str) -> str:
    return name.lstrip("-+~").replace("_", "-").lower()


def _last(name: str) -> str:
    """`depth` of `config.yaml:model.depth`."""
    return _plain(name.rpartition(":")[2].rpartition(".")[2])

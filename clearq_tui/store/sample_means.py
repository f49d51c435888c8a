"""The mean of samples: nested JSON in which every number is averaged where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeGuard


def mean_with(
    mean: Mapping[str, object], weight: int, sample: Mapping[str, object]
) -> dict[str, object]:
    """The mean of `weight` samples so far, with one more.

    What is no number (a name, a missing value) is the newest's; so are entries that come or go.
    """
    return {
        key: _merge(mean[key], weight, value) if key in mean else value
        for key, value in sample.items()
    }


def _merge(old: object, weight: int, new: object) -> object:
    if _is_number(old) and _is_number(new):
        return round((old * weight + new) / (weight + 1), 3)
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return mean_with(old, weight, new)
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [_merge(before, weight, after) for before, after in zip(old, new, strict=True)]
    return new


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)

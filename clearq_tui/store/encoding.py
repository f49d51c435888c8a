"""How values of the domain are written in the store's columns."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from clearq_tui.model import TaskState

STATE_BIT: Mapping[TaskState, int] = {state: 1 << place for place, state in enumerate(TaskState)}
"""A task's state is one bit, in the order of its life: sorting by it reads as life goes, and
whether a state is among those wanted is a single `state & mask` for each row of a scan."""

STATE_OF: Mapping[int, TaskState] = {bit: state for state, bit in STATE_BIT.items()}

QUEUED = STATE_BIT[TaskState.QUEUED]

OPEN_ATTEMPTS = "state IN ('leased', 'preparing', 'running')"
"""The condition of the partial indexes on attempts; a query must use the very same words."""


def state_mask(states: Iterable[TaskState]) -> int:
    """The bits of all the states."""
    mask = 0
    for state in states:
        mask |= STATE_BIT[state]
    return mask


def to_json(value: object) -> str:
    """Compact JSON."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def from_json(text: str) -> Any:  # noqa: ANN401 - whatever was written
    """What `to_json` was given."""
    return json.loads(text)

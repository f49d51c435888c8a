"""What is overridden in a task, each value beside the original."""

from __future__ import annotations

from clearq_tui.model import ClearqError, Task
from clearq_tui.paths import Home
from clearq_tui.shell_quoting import quote


def overridden_facts(task: Task, home: Home) -> list[tuple[str, str]]:
    """Name and value of a line for each override, with the original where the code is here."""
    if not task.overrides:
        return []
    originals = _originals(task, home)
    return [
        ("overridden", f"{target}={quote(value)}{_instead_of(originals.get(target))}")
        for target, value in task.overrides.items()
    ]


def _originals(task: Task, home: Home) -> dict[str, str | None]:
    """Empty where the code is gone, or would have to be fetched: the overrides are here anyway."""
    from clearq_tui.operations.parameters import find_parameters, is_at_hand

    try:
        if not is_at_hand(task.snapshot):
            return {}
        return {one.target: one.value for one in find_parameters(task, home).parameters}
    except ClearqError:
        return {}


def _instead_of(original: str | None) -> str:
    return "" if original is None else f"  (instead of {quote(original)})"

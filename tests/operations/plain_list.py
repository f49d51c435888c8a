"""The order of a queue as a plain list: what moves mean."""

from __future__ import annotations

from clearq_tui.operations.ordering import Move


def moved(line: list[int], chosen: set[int], to: Move) -> list[int]:
    """What moving the chosen does to a plain list."""
    block = [task for task in line if task in chosen]
    others = [task for task in line if task not in chosen]
    if to.where == "top":
        return [*block, *others]
    if to.where == "bottom":
        return [*others, *block]
    if to.where == "to":
        return [*others[: to.position - 1], *block, *others[to.position - 1 :]] if block else line
    line = list(line) if to.where == "up" else line[::-1]
    for place in range(1, len(line)):
        if line[place] in chosen and line[place - 1] not in chosen:
            line[place - 1], line[place] = line[place], line[place - 1]
    return line if to.where == "up" else line[::-1]

"""What the operator types behind `/`, as a filter of the store. Pure but for names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from clearq_tui.model import TaskState
from clearq_tui.store.tasks import TaskFilter


@dataclass(frozen=True)
class Names:
    """What the words behind `queue:`, `worker:` and `machine:` may be, with their ids."""

    queues: Mapping[str, int] = field(default_factory=dict)
    workers: Mapping[str, int] = field(default_factory=dict)
    machines: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Typed:
    """The filter, and what in the line means nothing."""

    chosen: TaskFilter
    problem: str = ""
    """A short sentence; the part that it is about is left out of the filter."""


def parse(line: str, names: Names) -> Typed:
    """`resnet state:failed,lost queue:train`: words to find, and fields to be equal.

    A field may be cut short (`state:f`, `queue:tr`) as long as it begins exactly one name.
    """
    words: list[str] = []
    states: set[TaskState] = set()
    chosen: dict[str, int] = {}
    problem = ""
    for word in line.split():
        field_name, colon, value = word.partition(":")
        if not colon or field_name not in ("state", "queue", "worker", "machine"):
            words.append(word)
        elif not value:
            problem = f"{field_name}: what?"
        elif field_name == "state":
            found, wrong = _states(value)
            states |= found
            problem = problem or wrong
        else:
            known: Mapping[str, int] = getattr(names, f"{field_name}s")
            name = _completed(value, known)
            if name is None:
                problem = f"no {field_name} {value}"
            else:
                chosen[field_name] = known[name]
    return Typed(
        TaskFilter(
            states=frozenset(states),
            queue=chosen.get("queue"),
            worker=chosen.get("worker"),
            machine=chosen.get("machine"),
            text=" ".join(words),
        ),
        problem,
    )


def _states(value: str) -> tuple[set[TaskState], str]:
    known = {state.value: 0 for state in TaskState}
    found: set[TaskState] = set()
    wrong = ""
    for part in filter(None, value.split(",")):
        name = _completed(part, known)
        if name is None:
            wrong = f"no state {part}"
        else:
            found.add(TaskState(name))
    return found, wrong


def _completed(typed: str, known: Mapping[str, int]) -> str | None:
    """The name that was typed, or the only one that begins so."""
    if typed in known:
        return typed
    found = [name for name in known if name.startswith(typed)]
    return found[0] if len(found) == 1 else None

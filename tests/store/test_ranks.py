"""Queue order under moves that use up the gaps between ranks."""

from __future__ import annotations

import random

import pytest

from clearq_tui.operations import tasks
from clearq_tui.store import Store, ranks
from clearq_tui.store import tasks as stored
from tests.store.fresh import fresh_store


def _queue_of(store: Store, number: int) -> list[int]:
    new = tasks.NewTask(("true",))
    return [tasks.enqueue(store, new, now=float(place)) for place in range(number)]


def test_moving_for_ever_into_one_gap_keeps_the_order() -> None:
    with fresh_store() as store:
        line = _queue_of(store, 60)
        for turn in range(150):
            task = line[-1]
            tasks.move(store, [task], tasks.Move.to(2), now=float(turn))
            line.insert(1, line.pop())
            assert stored.waiting(store, 1, 100) == line


def test_blocks_find_room_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranks, "GAP", 2)
    chance = random.Random(5)
    with fresh_store() as store:
        line = _queue_of(store, 40)
        for turn in range(80):
            block = [task for task in line if chance.random() < 0.2]
            place = chance.randrange(1, 45)
            tasks.move(store, block, tasks.Move.to(place), now=float(turn))
            others = [task for task in line if task not in block]
            line = [*others[: place - 1], *block, *others[place - 1 :]]
            assert stored.waiting(store, 1, 100) == line


def test_a_move_writes_the_rank_of_one_task() -> None:
    with fresh_store() as store:
        line = _queue_of(store, 50)
        before: dict[int, int] = dict(store.rows("SELECT id, rank FROM tasks"))
        for to in (tasks.Move.up(), tasks.Move.to(3), tasks.Move.top(), tasks.Move.down()):
            tasks.move(store, [line[30]], to, now=1.0)
            after: dict[int, int] = dict(store.rows("SELECT id, rank FROM tasks"))
            assert [task for task in line if before[task] != after[task]] == [line[30]]
            before = after

"""Moves of several tasks at once against a plain list."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from clearq_tui.operations import tasks
from clearq_tui.store import tasks as stored
from tests.operations.plain_list import moved
from tests.store.fresh import fresh_store

places = st.one_of(
    st.sampled_from(
        (tasks.Move.up(), tasks.Move.down(), tasks.Move.top(), tasks.Move.bottom()),
    ),
    st.integers(1, 9).map(tasks.Move.to),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sets(st.integers(1, 7)), places), max_size=6), st.booleans())
def test_moves_are_those_of_a_list(
    moves: list[tuple[set[int], tasks.Move]], backwards: bool
) -> None:
    with fresh_store() as store:
        line = [tasks.enqueue(store, tasks.NewTask(("true",)), now=1.0) for _ in range(7)]
        for chosen, to in moves:
            # The order in which they were marked must not matter.
            tasks.move(store, sorted(chosen, reverse=backwards), to, now=2.0)
            line = moved(line, chosen, to)
            assert stored.waiting(store, 1, 100) == line

"""Every sort, filter and depth against sorting everything in Python."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from clearq_tui.model import TaskState
from clearq_tui.operations import tasks
from clearq_tui.store import Store, task_queries
from clearq_tui.store import tasks as stored
from clearq_tui.store.tasks import TaskFilter, TaskRow, TaskSort
from tests.bench.full_store import fill

filters = st.builds(
    TaskFilter,
    states=st.frozensets(st.sampled_from(TaskState), max_size=3),
    queue=st.none() | st.integers(1, 6),
    worker=st.none() | st.integers(1, 5),
    machine=st.none() | st.integers(1, 5),
    text=st.sampled_from(("", "", "resnet", "lr 1", "UNET pyth", "7", "zebra", "-- ?", '"')),
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with fill(tmp_path_factory.mktemp("lists") / "clearq.db", tasks=400, machines=3) as full:
        yield full


def _key(row: TaskRow, sort: TaskSort, rank: dict[int, int]) -> tuple[object, ...]:
    task = row.task
    if sort in (TaskSort.ID, TaskSort.CREATED):
        return (task.id,)
    if sort is TaskSort.NAME:
        return (task.name, task.id)
    if sort is TaskSort.STATE:
        return (list(TaskState).index(task.state), task.id)
    if sort is TaskSort.QUEUE:
        return (row.queue_name or "", rank[task.id], task.id)
    if sort is TaskSort.WORKER:
        return (row.worker_name or "", task.id)
    if sort is TaskSort.CHANGED:
        return (task.changed_at, task.id)
    ran = row.started_at is not None and row.ended_at is not None
    return (row.ended_at - row.started_at if ran else -1.0, task.id)  # type: ignore[operator]


def _wanted(row: TaskRow, chosen: TaskFilter, machine: int | None) -> bool:
    task = row.task
    words = f"{task.id} {task.name} {' '.join(task.command)}".lower()
    for mark in "/.-":
        words = words.replace(mark, " ")
    typed = chosen.text.lower().split()
    return (
        (not chosen.states or task.state in chosen.states)
        and chosen.queue in (None, task.queue)
        and chosen.worker in (None, task.worker)
        and chosen.machine in (None, machine)
        and all(any(word.startswith(part) for word in words.split()) for part in typed)
    )


@settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    filters,
    st.sampled_from(TaskSort),
    st.booleans(),
    st.integers(0, 420),
    st.integers(1, 60),
    st.sampled_from((0, 4000)),
)
@example(TaskFilter(), TaskSort.DURATION, True, 0, 1, 0)  # tasks that never ran have no duration
@example(TaskFilter(), TaskSort.DURATION, False, 399, 1, 0)
def test_a_page_is_a_slice_of_the_sorted_list(
    store: Store,
    chosen: TaskFilter,
    sort: TaskSort,
    descending: bool,
    offset: int,
    limit: int,
    few: int,
) -> None:
    everything = stored.page(store, TaskFilter(), limit=1000)
    assert [row.task.id for row in everything] == list(range(1, 401))
    ranks = {
        task: (rank if rank is not None else -1)
        for task, rank in store.rows("SELECT id, rank FROM tasks")
    }
    machines: dict[int, int | None] = dict(store.rows("SELECT id, machine FROM tasks"))
    expected = sorted(
        (row for row in everything if _wanted(row, chosen, machines[row.task.id])),
        key=lambda row: _key(row, sort, ranks),
        reverse=descending,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(task_queries, "FEW", few)
        assert stored.count(store, chosen) == len(expected)
        assert stored.ids(store, chosen, sort, descending) == [row.task.id for row in expected]
        found = stored.page(store, chosen, sort, descending, offset, limit)
        assert found == expected[offset : offset + limit]
        wanted = offset % 400 + 1
        places = {row.task.id: place for place, row in enumerate(expected)}
        place = stored.position(store, chosen, wanted, sort, descending=descending)
        assert place == places.get(wanted)


def test_text_finds_what_was_just_written_and_loses_what_was_removed(tmp_path: Path) -> None:
    with fill(tmp_path / "clearq.db", tasks=5, machines=1) as store:

        def found(text: str) -> list[int]:
            return stored.ids(store, TaskFilter(text=text))

        assert found("aard") == []
        new = tasks.NewTask(("feed", "--animal=aardvark"), "Zoo")
        first = tasks.create_draft(store, new, now=1.0)
        second = tasks.enqueue(store, new, now=1.0)
        assert found("aard") == [first, second]
        third = tasks.create_draft(store, new, now=1.0)
        assert found("aard") == [first, second, third]
        tasks.remove(store, [third], now=1.0)
        assert found("aard") == [first, second]
        tasks.edit(store, first, tasks.TaskChanges(name="Ark"), now=2.0)
        assert found("ark") == [first]
        tasks.edit(store, first, tasks.TaskChanges(name="Zoo"), now=2.0)
        assert found("ark") == []
        assert found("zoo feed") == [first, second]
        assert found(f"{second}") == [second]
        tasks.edit(store, first, tasks.TaskChanges(command=("feed", "zebra")), now=2.0)
        assert found("aard") == [second]
        assert found("zebr") == [first]
        tasks.remove(store, [second], now=3.0)
        assert found("aard") == []


@given(st.text(max_size=30))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_no_text_is_an_error(store: Store, text: str) -> None:
    assert stored.count(store, TaskFilter(text=text)) <= 400

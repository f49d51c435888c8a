"""Operations one by one: what they refuse, in which words, and what they leave behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from clearq_tui.model import LinkState, NotFound, Policy, Refused, TaskState
from clearq_tui.operations import (
    attempts,
    first_start,
    links,
    machines,
    planning,
    queues,
    tasks,
    workers,
)
from clearq_tui.scheduling import plan
from clearq_tui.store import Store, events, settings
from clearq_tui.store import machines as stored_machines
from clearq_tui.store import queues as stored_queues
from clearq_tui.store import tasks as stored
from clearq_tui.store import workers as stored_workers
from tests.store.fresh import fresh_store


@pytest.fixture
def store() -> Iterator[Store]:
    with fresh_store() as fresh:
        yield fresh


def _task(store: Store, queue: str | None = None, now: float = 10.0) -> int:
    return tasks.enqueue(store, tasks.NewTask(("python", "train.py")), queue, now=now)


def test_the_first_start_is_made_once_and_what_was_removed_stays_away(store: Store) -> None:
    assert stored_queues.names(store) == ["default", "services"]
    assert [row.queues for row in stored_workers.rows(store)] == [("default",)]
    queues.remove_queue(store, "services", now=1.0)
    before = store.change_counter()
    first_start.prepare_first_start(store, now=2.0)
    assert stored_queues.names(store) == ["default"]
    assert store.change_counter() == before


def test_unknown_names_are_refused_with_the_nearest(store: Store) -> None:
    with pytest.raises(NotFound, match=r"no queue named 'defualt'\. Did you mean default"):
        _task(store, "defualt")
    with pytest.raises(NotFound, match="Known: local"):
        workers.drain(store, "zzz", now=1.0)
    with pytest.raises(NotFound, match="#77"):
        tasks.clone(store, 77, now=1.0)


@pytest.mark.parametrize("name", ["", " ", "a b", "a\x1b[2J", "-rf", "a/b", "x" * 101, "a\n"])
def test_names_that_could_harm_or_hide_are_refused(store: Store, name: str) -> None:
    with pytest.raises(Refused, match="cannot be the name"):
        queues.add_queue(store, name, now=1.0)


def test_a_task_must_make_sense(store: Store) -> None:
    for wrong in (
        tasks.NewTask(()),
        tasks.NewTask(("",)),
        tasks.NewTask(("a\0b",)),
        tasks.NewTask(("a",), environment={"A=B": "c"}),
    ):
        with pytest.raises(Refused):
            tasks.enqueue(store, wrong, now=1.0)


def test_only_a_draft_is_edited_and_a_clone_is_one(store: Store) -> None:
    task = _task(store)
    with pytest.raises(Refused, match="only a draft"):
        tasks.edit(store, task, tasks.TaskChanges(name="other"), now=1.0)
    copy = tasks.clone(store, task, tasks.TaskChanges(environment={"A": "1"}), now=1.0)
    tasks.edit(store, copy, tasks.TaskChanges(name="other"), now=2.0)
    made = stored.get(store, copy)
    assert made is not None
    assert (made.state, made.clone_of, made.name) == (TaskState.DRAFT, task, "other")
    assert (made.command, made.environment) == (("python", "train.py"), {"A": "1"})


def test_bulk_operations_do_what_they_can_and_say_what_they_could_not(store: Store) -> None:
    first, second = _task(store), _task(store)
    draft = tasks.create_draft(store, tasks.NewTask(("true",)), now=1.0)
    before = store.change_counter()
    report = tasks.dequeue(store, [first, draft, 99, second, first], now=2.0)
    assert report.done == (first, second)
    assert report.refused == {
        draft: f"Task #{draft} is draft and cannot be taken out of a queue.",
        99: "There is no task #99.",
    }
    assert store.change_counter() == before + 1
    with pytest.raises(Refused, match="#99"):
        report.check()


def test_a_removed_queue_takes_its_turn_and_its_tasks_with_it(store: Store) -> None:
    for name in ("a", "b"):
        queues.add_queue(store, name, now=1.0)
    workers.set_queues(store, "local", ["a", "b", "default"], Policy.ROUND_ROBIN, now=1.0)
    with store.transaction():
        stored_workers.set_turn(store, 1, 1)
    task = _task(store, "b")
    with pytest.raises(Refused, match="1 tasks wait"):
        queues.remove_queue(store, "b", now=2.0)
    queues.remove_queue(store, "b", force=True, now=2.0)
    seat = planning.read_snapshot(store, {1}).seats[0]
    assert seat.queues[seat.turn] == 1
    left = stored.get(store, task)
    assert left is not None
    assert left.state is TaskState.DRAFT
    with pytest.raises(Refused, match="default queue"):
        queues.remove_queue(store, "default", now=3.0)


def test_a_task_of_a_removed_queue_is_retried_in_the_default_one(store: Store) -> None:
    queues.add_queue(store, "a", now=1.0)
    task = _task(store, "a")
    tasks.abort(store, [task], now=2.0)
    queues.remove_queue(store, "a", now=3.0)
    assert tasks.retry(store, [task], now=4.0).done == (task,)
    assert stored.waiting(store, settings.default_queue(store) or 0, 9) == [task]


def test_a_round_robin_goes_on_where_it_was_one_lease_at_a_time(store: Store) -> None:
    for name in ("a", "b", "c"):
        queues.add_queue(store, name, now=1.0)
    workers.set_queues(store, "local", ["a", "b", "c"], Policy.ROUND_ROBIN, now=1.0)
    homes = {_task(store, name): name for name in "aaabbc"}
    served: list[str] = []
    for seq in range(1, 7):
        planned = plan(planning.read_snapshot(store, {1}))
        pairs = [(lease.task, lease.worker) for lease in planned.leases]
        (attempt,) = attempts.lease(store, pairs, now=2.0)
        served.append(homes[attempt.task])
        end = {
            "seq": seq,
            "attempt": attempt.name,
            "kind": "ended",
            "at": 3.0,
            "data": {"outcome": "completed"},
        }
        attempts.apply_events(store, 1, "j", [end], now=3.0)
    assert "".join(served) == "abcaba"


def test_a_lease_of_what_changed_since_the_plan_is_left_out(store: Store) -> None:
    first, second, third, fourth = (_task(store) for _ in range(4))
    tasks.dequeue(store, [first], now=2.0)
    tasks.move_to_queue(store, [second], "services", now=2.0)
    pairs = [(first, 1), (second, 1), (third, 1), (fourth, 1), (third, 9)]
    granted = attempts.lease(store, pairs, now=3.0)
    assert [attempt.task for attempt in granted] == [third]
    workers.set_slots(store, "local", 9, now=4.0)
    workers.drain(store, "local", now=4.0)
    assert attempts.lease(store, [(fourth, 1)], now=5.0) == []


def test_of_leases_granted_at_the_same_moment_each_task_gets_one(store: Store) -> None:
    workers.set_slots(store, "local", 1000, now=1.0)
    ids = [_task(store) for _ in range(40)]
    ready = threading.Barrier(3)

    def lease() -> list[int]:
        with Store.open(store.path) as own:
            ready.wait()
            return [
                attempt.task
                for task in ids
                for attempt in attempts.lease(own, [(task, 1)], now=2.0)
            ]

    with ThreadPoolExecutor(3) as pool:
        results = [pool.submit(lease) for _ in range(3)]
    assert sorted(task for result in results for task in result.result()) == ids


def test_a_machine_with_attempts_is_removed_only_by_force(store: Store) -> None:
    machines.add_machine(store, machines.NewMachine("far", "far"), now=1.0)
    task = _task(store)
    (attempt,) = attempts.lease(store, [(task, 2)], now=2.0)
    assert attempts.raise_epoch(store, attempt.machine) == 1
    assert attempts.raise_epoch(store, attempt.machine) == 2
    with pytest.raises(Refused, match=f"#{attempt.name}"):
        machines.remove_machine(store, "far", now=3.0)
    with pytest.raises(Refused, match=f"#{attempt.name}"):
        workers.remove_worker(store, "far", now=3.0)
    machines.remove_machine(store, "far", force=True, now=4.0)
    lost = stored.page(store, stored.TaskFilter())[0]
    assert lost.task.state is TaskState.LOST
    assert (lost.worker_name, lost.machine_name) == ("far", "far")
    assert stored_machines.names(store) == ["local"]
    machines.add_machine(store, machines.NewMachine("far", "far"), now=5.0)


def test_a_machine_with_an_agent_stays_until_the_controller_has_cleared_it(store: Store) -> None:
    machine = machines.add_machine(store, machines.NewMachine("far", "far"), now=1.0)
    attempts.raise_epoch(store, machine)
    machines.remove_machine(store, "far", now=2.0)
    left = stored_machines.by_name(store, "far")
    assert left is not None
    assert left.removing
    assert stored_workers.names(store) == ["local"]
    with pytest.raises(Refused, match="being removed"):
        workers.add_worker(store, "w", "far", now=3.0)
    links.machine_removed(store, machine, now=4.0)
    assert stored_machines.names(store) == ["local"]


def test_an_accepted_host_key_is_handed_out_once(store: Store) -> None:
    machine = machines.add_machine(store, machines.NewMachine("far", "far"), now=1.0)
    waiting = '{"line": "far ssh-ed25519 AAAA", "fingerprint": "SHA256:x"}'
    links.set_host_key(store, machine, waiting, now=2.0)
    shown = stored_machines.by_id(store, machine)
    assert shown is not None
    assert shown.link is LinkState.HOST_KEY
    assert machines.trust_host_key(store, "far", now=3.0) == "far ssh-ed25519 AAAA"
    with pytest.raises(NotFound, match="waits to be accepted"):
        machines.trust_host_key(store, "far", now=4.0)


def test_the_same_link_state_again_is_no_change(store: Store) -> None:
    links.set_link(store, 1, LinkState.OFFLINE, "no route", now=1.0)
    before = store.change_counter()
    links.set_link(store, 1, LinkState.OFFLINE, "no route", now=2.0)
    assert store.change_counter() == before
    links.set_link(store, 1, LinkState.OFFLINE, "refused", now=3.0)
    machine = stored_machines.by_id(store, 1)
    assert machine is not None
    assert (machine.link_reason, machine.link_since) == ("refused", 1.0)
    assert [event.what for event in events.of_machine(store, 1)].count("link") == 1


def test_log_bytes_move_no_counter_but_the_end_of_a_log_does(store: Store) -> None:
    (attempt,) = attempts.lease(store, [(_task(store), 1)], now=2.0)
    before = store.change_counter()
    attempts.log_progress(store, [(attempt.task, 1, 4096)])
    assert store.change_counter() == before
    attempts.log_progress(store, [(attempt.task, 1, 5000)], whole=True)
    assert store.change_counter() == before + 1

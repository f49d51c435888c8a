"""Scheduling against a reference that grants one task at a time in the plainest way."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from clearq_tui.model import Policy
from clearq_tui.scheduling import Held, Lease, Recall, Seat, Snapshot, plan


def one_at_a_time(snapshot: Snapshot) -> list[Lease]:
    """The promise, word by word, with no thought of speed."""
    waiting = {queue: list(tasks) for queue, tasks in snapshot.waiting.items()}
    seats = {seat.worker: seat for seat in snapshot.seats}
    leases: list[Lease] = []
    while True:
        choices: list[tuple[int, int, int]] = []
        for seat in seats.values():
            if not seat.online or seat.draining or seat.free <= 0:
                continue
            places = list(range(len(seat.queues)))
            if seat.policy is Policy.ROUND_ROBIN:
                places = places[seat.turn :] + places[: seat.turn]
            able = [
                place
                for place in places
                if waiting.get(seat.queues[place]) and seat.queues[place] not in snapshot.paused
            ]
            if able:
                choices.append((-seat.free, seat.worker, able[0]))
        if not choices:
            return leases
        _, worker, place = min(choices)
        seat = seats[worker]
        leases.append(Lease(waiting[seat.queues[place]].pop(0), worker))
        seats[worker] = replace(seat, free=seat.free - 1, turn=(place + 1) % len(seat.queues))


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    queues = draw(st.integers(1, 4))
    seats = []
    for worker in range(1, draw(st.integers(0, 5)) + 1):
        served = draw(st.permutations(range(1, queues + 1)))[: draw(st.integers(0, queues))]
        seats.append(
            Seat(
                worker=worker,
                machine=draw(st.integers(1, 3)),
                free=draw(st.integers(-1, 4)),
                online=draw(st.integers(0, 3)) > 0,
                draining=draw(st.integers(0, 3)) == 0,
                policy=draw(st.sampled_from(Policy)),
                queues=tuple(served),
                turn=draw(st.integers(0, max(0, len(served) - 1))),
            )
        )
    waiting = {
        queue: tuple(queue * 100 + place for place in range(draw(st.integers(0, 6))))
        for queue in range(1, queues + 1)
    }
    paused = frozenset(draw(st.sets(st.integers(1, queues), max_size=2)))
    return Snapshot(tuple(draw(st.permutations(seats))), waiting, paused)


@given(snapshots())
def test_a_plan_is_what_granting_one_at_a_time_gives(snapshot: Snapshot) -> None:
    assert list(plan(snapshot).leases) == one_at_a_time(snapshot)


@given(snapshots())
def test_every_queue_gives_its_tasks_in_its_order_and_each_once(snapshot: Snapshot) -> None:
    leased = [lease.task for lease in plan(snapshot).leases]
    assert len(leased) == len(set(leased))
    for queue, tasks in snapshot.waiting.items():
        taken = [task for task in leased if task // 100 == queue]
        assert taken == list(tasks[: len(taken)])
        if queue in snapshot.paused:
            assert not taken


@given(snapshots())
def test_no_slot_is_overfilled_and_none_stays_empty_beside_work(snapshot: Snapshot) -> None:
    leases = plan(snapshot).leases
    left = {
        queue
        for queue, tasks in snapshot.waiting.items()
        if queue not in snapshot.paused
        and len(tasks) > sum(lease.task // 100 == queue for lease in leases)
    }
    for seat in snapshot.seats:
        got = [lease for lease in leases if lease.worker == seat.worker]
        may = seat.online and not seat.draining
        assert len(got) <= (max(0, seat.free) if may else 0)
        assert all(lease.task // 100 in seat.queues for lease in got)
        if may and len(got) < seat.free:
            assert not left & set(seat.queues)


def _alone(policy: Policy, free: int, queues: tuple[int, ...], turn: int = 0) -> Seat:
    return Seat(1, 1, free, True, False, policy, queues, turn)


def test_strict_priority_holds_for_every_filling_of_three_queues() -> None:
    for sizes in product(range(4), repeat=3):
        waiting = {
            queue: tuple(queue * 100 + place for place in range(size))
            for queue, size in enumerate(sizes, start=1)
        }
        for free in range(8):
            seat = _alone(Policy.STRICT, free, (3, 1, 2))
            given_out = [lease.task for lease in plan(Snapshot((seat,), waiting)).leases]
            assert given_out == [*waiting[3], *waiting[1], *waiting[2]][:free]


def test_round_robin_goes_on_with_its_turn_and_passes_over_empty_queues() -> None:
    waiting = {1: (100, 101, 102), 2: (200,), 3: (300, 301)}
    seat = _alone(Policy.ROUND_ROBIN, 6, (1, 2, 3), turn=1)
    leases = plan(Snapshot((seat,), waiting)).leases
    assert [lease.task for lease in leases] == [200, 300, 100, 301, 101, 102]


def test_load_spreads_over_workers_that_serve_one_queue() -> None:
    seats = tuple(Seat(worker, worker, 2, True, False, Policy.STRICT, (1,)) for worker in (1, 2, 3))
    leases = plan(Snapshot(seats, {1: (100, 101, 102, 103)})).leases
    assert [lease.worker for lease in leases] == [1, 2, 3, 1]


def test_what_has_not_begun_comes_back_from_draining_workers_and_to_paused_queues() -> None:
    seats = (
        Seat(1, 1, 0, True, True, Policy.STRICT, (1, 2)),
        Seat(2, 2, 0, True, False, Policy.STRICT, (1, 2)),
    )
    held = (Held(10, 1, 1, 1), Held(11, 1, 2, 1), Held(12, 3, 2, 2))
    recalls = plan(Snapshot(seats, {}, frozenset({2}), held)).recalls
    assert recalls == (Recall(10, 1), Recall(12, 3))

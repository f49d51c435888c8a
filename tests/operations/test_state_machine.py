"""Random operations and reports against a model made of plain lists."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from clearq_tui.model import Attempt, Policy, TaskState, Wish, may_become
from clearq_tui.operations import attempts, machines, planning, queues, tasks, workers
from clearq_tui.operations.bulk import BulkReport
from clearq_tui.scheduling import plan
from clearq_tui.store import attempts as stored_attempts
from clearq_tui.store import tasks as stored
from tests.operations.plain_list import moved
from tests.store.fresh import fresh_store

QUEUES = ("default", "services", "train")
Places = st.one_of(
    st.just(tasks.Move.up()),
    st.just(tasks.Move.down()),
    st.just(tasks.Move.top()),
    st.just(tasks.Move.bottom()),
    st.integers(1, 12).map(tasks.Move.to),
)


class Cluster(RuleBasedStateMachine):
    """What the operator, the scheduler and two machines can do, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.store = fresh_store()
        self.now = 2000.0
        queues.add_queue(self.store, "train", now=self.now)
        machines.add_machine(
            self.store,
            machines.NewMachine("far", "far"),
            workers.NewWorker("far", 2, ("train", "default"), Policy.ROUND_ROBIN),
            now=self.now,
        )
        self.machines = {"local": 1, "far": 2}
        self.waiting: dict[str, list[int]] = {name: [] for name in QUEUES}
        self.state: dict[int, TaskState] = {}
        self.home: dict[int, str] = {}
        """The queue a task was last in."""
        self.open: dict[int, Attempt] = {}
        self.seq = {1: 0, 2: 0}

    def teardown(self) -> None:
        self.store.close()

    def tick(self) -> float:
        self.now += 1
        return self.now

    # -- what the operator does

    @rule(queue=st.sampled_from(QUEUES), at_top=st.booleans())
    def enqueue(self, queue: str, at_top: bool) -> None:
        task = tasks.enqueue(self.store, tasks.NewTask(("true",)), queue, at_top, now=self.tick())
        self.state[task] = TaskState.QUEUED
        self._into(queue, [task], at_top)

    @rule()
    def draft(self) -> None:
        task = tasks.create_draft(self.store, tasks.NewTask(("true",)), now=self.tick())
        self.state[task] = TaskState.DRAFT

    @rule(data=st.data(), queue=st.sampled_from(QUEUES), at_top=st.booleans())
    def enqueue_existing(self, data: st.DataObject, queue: str, at_top: bool) -> None:
        def able(state: TaskState) -> bool:
            return state is TaskState.DRAFT or state.is_ended

        ids = self._some(data)
        report = tasks.enqueue_existing(self.store, ids, queue, at_top, now=self.tick())
        done = self._expect(report, ids, able)
        for task in done:
            self.state[task] = TaskState.QUEUED
        self._into(queue, done, at_top)

    @rule(data=st.data())
    def dequeue(self, data: st.DataObject) -> None:
        ids = self._some(data)
        report = tasks.dequeue(self.store, ids, now=self.tick())
        for task in self._expect(report, ids, lambda state: state is TaskState.QUEUED):
            self.waiting[self.home[task]].remove(task)
            self.state[task] = TaskState.DRAFT

    @rule(data=st.data(), to=Places)
    def move(self, data: st.DataObject, to: tasks.Move) -> None:
        ids = self._some(data)
        report = tasks.move(self.store, ids, to, now=self.tick())
        done = set(self._expect(report, ids, lambda state: state is TaskState.QUEUED))
        for name, line in self.waiting.items():
            self.waiting[name] = moved(line, done & set(line), to)

    @rule(data=st.data(), queue=st.sampled_from(QUEUES), at_top=st.booleans())
    def move_to_queue(self, data: st.DataObject, queue: str, at_top: bool) -> None:
        ids = self._some(data)
        report = tasks.move_to_queue(self.store, ids, queue, at_top, now=self.tick())
        done = self._expect(report, ids, lambda state: state is TaskState.QUEUED)
        for task in done:
            self.waiting[self.home[task]].remove(task)
        self._into(queue, done, at_top)

    @rule(data=st.data(), kill=st.booleans())
    def abort(self, data: st.DataObject, kill: bool) -> None:
        ids = self._some(data)
        report = tasks.abort(self.store, ids, kill, now=self.tick())

        def able(state: TaskState) -> bool:
            return state is TaskState.QUEUED or state.is_active

        for task in self._expect(report, ids, able):
            if self.state[task] is TaskState.QUEUED:
                self.waiting[self.home[task]].remove(task)
                self.state[task] = TaskState.ABORTED
            else:
                attempt = stored_attempts.open_of_task(self.store, task)
                assert attempt is not None
                assert attempt.wish in (Wish.ABORT, Wish.KILL)
                assert attempt.wish is Wish.KILL or not kill

    @rule(data=st.data())
    def retry(self, data: st.DataObject) -> None:
        ids = self._some(data)
        report = tasks.retry(self.store, ids, now=self.tick())
        for task in self._expect(report, ids, lambda state: state.is_ended):
            self.state[task] = TaskState.QUEUED
            self._into(self.home[task], [task], False)

    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        ids = self._some(data)
        report = tasks.remove(self.store, ids, now=self.tick())
        for task in self._expect(report, ids, lambda state: not state.is_active):
            if self.state.pop(task) is TaskState.QUEUED:
                self.waiting[self.home[task]].remove(task)

    @rule(queue=st.sampled_from(QUEUES), paused=st.booleans())
    def pause(self, queue: str, paused: bool) -> None:
        (queues.pause if paused else queues.resume)(self.store, queue, now=self.tick())

    @rule(worker=st.sampled_from(("local", "far")), draining=st.booleans())
    def drain(self, worker: str, draining: bool) -> None:
        (workers.drain if draining else workers.undrain)(self.store, worker, now=self.tick())

    @rule(queue=st.sampled_from(QUEUES))
    def clear(self, queue: str) -> None:
        assert queues.clear(self.store, queue, now=self.tick()) == len(self.waiting[queue])
        for task in self.waiting[queue]:
            self.state[task] = TaskState.DRAFT
        self.waiting[queue] = []

    # -- what the controller and the machines do

    @rule(online=st.sets(st.sampled_from((1, 2))))
    def schedule(self, online: set[int]) -> None:
        planned = plan(planning.read_snapshot(self.store, online))
        pairs = [(lease.task, lease.worker) for lease in planned.leases]
        granted = attempts.lease(self.store, pairs, now=self.tick())
        assert [(attempt.task, attempt.worker) for attempt in granted] == pairs
        for attempt in granted:
            line = self.waiting[self.home[attempt.task]]
            assert line[0] == attempt.task
            line.pop(0)
            self.state[attempt.task] = TaskState.LEASED
            assert attempt.task not in self.open
            self.open[attempt.task] = attempt
        wanted = [(recall.task, recall.attempt) for recall in planned.recalls]
        attempts.recall(self.store, wanted, now=self.tick())

    @rule(
        data=st.data(),
        kind=st.sampled_from(("accepted", "preparing", "started", "ended", "recalled")),
        outcome=st.sampled_from(("completed", "failed", "aborted", "lost")),
    )
    def report(self, data: st.DataObject, kind: str, outcome: str) -> None:
        if not self.open:
            return
        task = data.draw(st.sampled_from(sorted(self.open)))
        attempt = self.open[task]
        self._tell(attempt, kind, outcome)
        present = self.state[task]
        if kind == "preparing" and present is TaskState.LEASED:
            self.state[task] = TaskState.PREPARING
        elif kind == "started" and present is not TaskState.RUNNING:
            self.state[task] = TaskState.RUNNING
        elif kind == "ended":
            self.state[task] = TaskState(outcome)
            del self.open[task]
        elif kind == "recalled" and present is TaskState.LEASED:
            self._came_back(task, attempt)

    def _came_back(self, task: int, attempt: Attempt) -> None:
        del self.open[task]
        known = stored_attempts.get(self.store, task, attempt.number)
        assert known is not None
        if known.wish in (Wish.ABORT, Wish.KILL):
            self.state[task] = TaskState.ABORTED
            return
        self.state[task] = TaskState.QUEUED
        # Where exactly depends on what moved meanwhile; that it is again in line does not.
        queue = stored.get(self.store, task)
        assert queue is not None
        line = stored.waiting(self.store, queue.queue or 0, 1000)
        name = self.home[task]
        assert [other for other in line if other != task] == self.waiting[name]
        self.waiting[name] = line

    @rule(
        task=st.integers(1, 12),
        number=st.integers(1, 3),
        kind=st.sampled_from(("preparing", "started", "recalled", "released", "nonsense")),
        machine=st.sampled_from((1, 2)),
    )
    def report_what_makes_no_sense(self, task: int, number: int, kind: str, machine: int) -> None:
        attempt = self.open.get(task)
        if attempt is not None and (attempt.number, attempt.machine) == (number, machine):
            return
        self.seq[machine] += 1
        told = {
            "seq": self.seq[machine],
            "attempt": f"{task}.{number}",
            "kind": kind,
            "at": self.tick(),
            "data": {},
        }
        known = attempts.apply_events(self.store, machine, "j", [told], now=self.now)
        assert known == self.seq[machine]

    @rule(machine=st.sampled_from((1, 2)))
    def repeat_the_journal(self, machine: int) -> None:
        told = [
            {"seq": seq, "attempt": "1.1", "kind": "ended", "at": 1.0, "data": {}}
            for seq in range(1, self.seq[machine] + 1)
        ]
        known = attempts.apply_events(self.store, machine, "j", told, now=self.tick())
        assert known == self.seq[machine]

    def _tell(self, attempt: Attempt, kind: str, outcome: str) -> None:
        self.seq[attempt.machine] += 1
        told = {
            "seq": self.seq[attempt.machine],
            "attempt": attempt.name,
            "kind": kind,
            "at": self.tick(),
            "data": {"outcome": outcome, "exit_code": None, "signal": None, "reason": ""},
        }
        attempts.apply_events(self.store, attempt.machine, "j", [told], now=self.now)

    # -- what must hold at all times

    @invariant()
    def order_is_the_models(self) -> None:
        for number, name in enumerate(QUEUES, start=1):
            assert stored.waiting(self.store, number, 1000) == self.waiting[name]

    @invariant()
    def states_are_the_models(self) -> None:
        rows = self.store.rows("SELECT id FROM tasks")
        assert {task for (task,) in rows} == set(self.state)
        for task, state in self.state.items():
            present = stored.get(self.store, task)
            assert present is not None
            assert present.state is state

    @invariant()
    def a_task_has_an_open_attempt_exactly_while_it_is_active(self) -> None:
        held = [
            attempt.task
            for machine in (1, 2)
            for attempt in stored_attempts.open_of_machine(self.store, machine)
        ]
        active = [task for task, state in self.state.items() if state.is_active]
        assert sorted(held) == sorted(active)

    @invariant()
    def history_is_one_legal_path_for_each_task(self) -> None:
        paths: dict[int, list[tuple[str, str]]] = {}
        for task, before, after in self.store.rows(
            "SELECT task, before, after FROM events WHERE what = 'state' ORDER BY id"
        ):
            paths.setdefault(task, []).append((before, after))
        for task, path in paths.items():
            state = "draft"
            for before, after in path:
                assert before == state
                assert may_become(TaskState(before), TaskState(after))
                state = after
            assert self.state.get(task, TaskState(state)) == state

    @invariant()
    def counts_are_true(self) -> None:
        counted = {
            (queue, state): number
            for queue, state, number in self.store.rows("SELECT * FROM task_counts")
            if number
        }
        true = self.store.rows("SELECT ifnull(queue, 0), state, count(*) FROM tasks GROUP BY 1, 2")
        assert counted == {(queue, state): number for queue, state, number in true}

    def _into(self, queue: str, ids: list[int], at_top: bool) -> None:
        line = self.waiting[queue]
        self.waiting[queue] = [*ids, *line] if at_top else [*line, *ids]
        self.home.update(dict.fromkeys(ids, queue))

    def _some(self, data: st.DataObject) -> list[int]:
        known = [*sorted(self.state), 999]
        return data.draw(st.lists(st.sampled_from(known), unique=True, max_size=4))

    def _expect(
        self, report: BulkReport, ids: list[int], able: Callable[[TaskState], bool]
    ) -> list[int]:
        done = [task for task in ids if task in self.state and able(self.state[task])]
        assert list(report.done) == done
        assert sorted(report.refused) == sorted(set(ids) - set(done))
        return done


Cluster.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestCluster = Cluster.TestCase

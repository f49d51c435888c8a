"""What every screen with tasks lets one do to them; the keys are the same everywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from textual import work
from textual.binding import Binding, BindingType

from clearq_tui.model import ClearqError, TaskState
from clearq_tui.operations import tasks as operations
from clearq_tui.operations.bulk import BulkReport
from clearq_tui.shell_quoting import join
from clearq_tui.store import Store, queues, tasks
from clearq_tui.ui import task_questions
from clearq_tui.ui.chrome import ClearqScreen
from clearq_tui.ui.dialogs.choose import Choice, ChooseDialog
from clearq_tui.ui.dialogs.confirm import MOST_WITHOUT_COUNT, ConfirmDialog, Question
from clearq_tui.ui.task_cells import tasks_in_words

_SLICE: Final = 200
"""Tasks that one transaction is about: some 30 ms."""

TASK_ACTIONS: Final = frozenset(
    {
        "open_task", "abort", "kill", "retry", "clone", "edit", "to_queue", "dequeue", "remove",
        "copy_command",
    }
)  # fmt: skip
"""Those that are about tasks that are there."""

_OnTasks = Callable[[Store, list[int], float], BulkReport]
"""An operation on tasks of a store, at a time."""


class TaskCommands(ClearqScreen):
    """A screen that has tasks; a subclass says which ones an action is about."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "open_task('log')", "Log", id="task.log"),
        Binding("e", "new_task", "New task", id="task.new"),
        Binding("x", "abort", "Abort", id="task.abort"),
        Binding("X", "kill", "Kill now", show=False, id="task.kill"),
        Binding("R", "retry", "Retry", id="task.retry"),
        Binding("c", "clone", "Clone", show=False, id="task.clone"),
        Binding("ctrl+e", "edit", "Edit the draft", show=False, id="task.edit"),
        Binding("m", "to_queue", "Move to a queue", show=False, id="task.to_queue"),
        Binding("d", "dequeue", "Take out of its queue", show=False, id="task.dequeue"),
        Binding("delete", "remove", "Delete", show=False, id="task.remove"),
        Binding("C", "copy_command", "Copy the command", show=False, id="task.copy_command"),
    ]

    def task_targets(self) -> list[int]:
        """Ids of the tasks that an action is about; empty where there are none."""
        raise NotImplementedError

    def task_done(self, report: BulkReport) -> None:
        """An action was done to these tasks: take their marks away, for instance."""

    def action_open_task(self, tab: str = "summary") -> None:
        """Open the first of the tasks."""
        from clearq_tui.ui.screens.task import TaskScreen

        if targets := self.task_targets():
            self.app.push_screen(TaskScreen(targets[0], tab=tab))

    def action_new_task(self) -> None:
        """Ask for a new task."""
        from clearq_tui.ui.dialogs.new_task import NewTaskDialog

        self.app.push_screen(NewTaskDialog(queue=self.queue_for_new()))

    def queue_for_new(self) -> str | None:
        """The queue that a new task is offered; None for the default one."""
        return None

    def action_clone(self) -> None:
        """Ask for a new task like the first of these."""
        from clearq_tui.ui.dialogs.new_task import NewTaskDialog

        if targets := self.task_targets():
            self.app.push_screen(NewTaskDialog(clone_of=targets[0]))

    def action_edit(self) -> None:
        """Change what a draft says."""
        from clearq_tui.ui.dialogs.new_task import NewTaskDialog

        targets = self.task_targets()
        rows = tasks.rows_of(self.cluster.store, targets[:1])
        if not rows:
            return
        if rows[0].task.state is not TaskState.DRAFT:
            self.cluster.say_error(
                f"Task #{targets[0]} is {rows[0].task.state.value}: only a draft can be edited. "
                "Take it out of its queue (d) first, or clone it (c)."
            )
            return
        self.app.push_screen(NewTaskDialog(edited=targets[0]))

    def action_retry(self) -> None:
        """Queue ended tasks again."""
        self._do("Queued {} again.", operations.retry, self.task_targets())

    def action_dequeue(self) -> None:
        """Make drafts of waiting tasks."""
        self._do("Took {} out of the queue.", operations.dequeue, self.task_targets())

    @work
    async def action_abort(self) -> None:
        """End tasks, after asking."""
        if self._all_ended():
            return
        if targets := await self._agreed(task_questions.abort_question):
            self._do("Aborted {}.", operations.abort, targets)

    @work
    async def action_kill(self) -> None:
        """End tasks without a grace period, after asking."""
        if self._all_ended():
            return
        if targets := await self._agreed(task_questions.kill_question):
            self._do("Killed {}.", operations.abort, targets, kill=True)

    def action_remove(self) -> None:
        """Take tasks out of the store, after asking."""
        self._remove_tasks()

    @work
    async def _remove_tasks(self) -> None:
        if targets := await self._agreed(task_questions.remove_question):
            self._do("Deleted {}.", operations.remove, targets)

    @work
    async def action_to_queue(self) -> None:
        """Move waiting tasks to another queue; queue drafts and ended ones there."""
        targets = self.task_targets()
        if not targets:
            return
        rows = queues.rows(self.cluster.store)
        choices = [Choice(row.queue.name, row.queue.name, _queue_note(row)) for row in rows]
        title = f"Move {tasks_in_words(targets)} to queue"
        queue = await self.app.push_screen_wait(ChooseDialog(title, choices))
        if queue is not None:
            self._do(f"{{}} → {queue}.", _to_queue, targets, queue)

    def action_copy_command(self) -> None:
        """Copy the first task's command as a line of shell."""
        rows = tasks.rows_of(self.cluster.store, self.task_targets()[:1])
        if rows:
            self.app.copy_to_clipboard(join(rows[0].task.command))
            self.cluster.say(f"Copied the command of #{rows[0].task.id}.")

    def _all_ended(self) -> bool:
        """Say so where there is nothing left to end, instead of asking first."""
        targets = self.task_targets()
        if len(targets) > MOST_WITHOUT_COUNT:
            return False
        rows = tasks.rows_of(self.cluster.store, targets)
        if not all(row.task.state.is_ended for row in rows):
            return False
        for row in rows:
            self.cluster.say_error(f"Task #{row.task.id} is {row.task.state.value} already.")
        return True

    async def _agreed(self, question: Callable[[Sequence[str], str], Question]) -> list[int]:
        """The targets, when the operator says yes to them; they are kept from before asking."""
        targets = self.task_targets()
        if not targets:
            return []
        lines = task_questions.described(self.cluster.store, targets)
        asked = question(lines, tasks_in_words(targets))
        return targets if await self.app.push_screen_wait(ConfirmDialog(asked)) else []

    def _do(
        self,
        done: str,
        operation: Callable[..., BulkReport],
        targets: list[int],
        *arguments: object,
        **keywords: object,
    ) -> None:
        """Do it and say `done` with the tasks in place of `{}`."""
        if len(targets) > _SLICE:
            self._do_many(done, _bound(operation, *arguments, **keywords), targets)
        elif targets:
            self._conclude(done, self.cluster.act(operation, targets, *arguments, **keywords))

    @work
    async def _do_many(self, done: str, operation: _OnTasks, targets: list[int]) -> None:
        """Do it to some at a time, so that keys are answered in between."""
        cluster = self.cluster
        finished: tuple[int, ...] = ()
        refused: dict[int, str] = {}
        try:
            for start in range(0, len(targets), _SLICE):
                some = targets[start : start + _SLICE]
                part = operation(cluster.store, some, cluster.now())
                finished += part.done
                refused.update(part.refused)
                cluster.store_changed()
                await asyncio.sleep(0)
        except ClearqError as error:
            cluster.say_error(str(error))
        self._conclude(done, cluster.act(_reported, BulkReport(finished, refused)))

    def _conclude(self, done: str, report: BulkReport | None) -> None:
        if report is not None and report.done:
            self.cluster.say(done.format(tasks_in_words(list(report.done))))
            self.task_done(report)


def _queue_note(row: queues.QueueRow) -> str:
    paused = ", paused" if row.queue.paused else ""
    served = "" if row.workers else ", no worker serves it"
    return f"{row.waiting:,} waiting{paused}{served}"


def _bound(
    operation: Callable[..., BulkReport], *arguments: object, **keywords: object
) -> _OnTasks:
    def bound(store: Store, ids: list[int], now: float) -> BulkReport:
        return operation(store, ids, *arguments, now=now, **keywords)

    return bound


def _reported(_: Store, report: BulkReport, *, now: float) -> BulkReport:  # noqa: ARG001
    """What was done in slices, told as one operation."""
    return report


def _to_queue(store: Store, ids: Sequence[int], queue: str, *, now: float) -> BulkReport:
    """Waiting tasks are moved, drafts and ended ones are queued."""
    waiting = {
        task
        for task in ids
        if (found := tasks.get(store, task)) and found.state is TaskState.QUEUED
    }
    moved = operations.move_to_queue(store, [t for t in ids if t in waiting], queue, now=now)
    others = [task for task in ids if task not in waiting]
    queued = operations.enqueue_existing(store, others, queue, now=now)
    return BulkReport(moved.done + queued.done, {**moved.refused, **queued.refused})

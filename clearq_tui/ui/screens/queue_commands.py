"""What the Queues view does to queues, and to the order of their tasks."""

from __future__ import annotations

from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType

from clearq_tui.operations import queues as operations
from clearq_tui.operations.ordering import Move, move
from clearq_tui.store.queues import QueueRow
from clearq_tui.ui.dialogs.ask import AskDialog
from clearq_tui.ui.dialogs.confirm import ConfirmDialog, Question
from clearq_tui.ui.screens.task_commands import TaskCommands


class QueueCommands(TaskCommands):
    """A screen with queues; a subclass says which one is meant."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("J", "shift('down')", "Move down", id="queue.down"),
        Binding("K", "shift('up')", "Move up", id="queue.up"),
        Binding("T", "shift('top')", "To the top", show=False, id="queue.top"),
        Binding("B", "shift('bottom')", "To the bottom", show=False, id="queue.bottom"),
        Binding("P", "pause", "Pause", id="queue.pause"),
        Binding("A", "add_queue", "Add a queue", show=False, id="queue.add"),
        Binding("N", "rename_queue", "Rename the queue", show=False, id="queue.rename"),
        Binding("asterisk", "default_queue", "Make it the default", key_display="*", show=False,
                id="queue.default"),
        Binding("Z", "clear_queue", "Clear the queue", show=False, id="queue.clear"),
    ]  # fmt: skip

    def queue_row(self) -> QueueRow | None:
        """The queue under the cursor."""
        raise NotImplementedError

    def why_not_shift(self) -> str:
        """Why tasks cannot be moved now, as a sentence; empty where they can."""
        raise NotImplementedError

    def queue_made(self, queue: int) -> None:
        """A new queue: put the cursor there."""

    def queue_for_new(self) -> str | None:
        """The queue under the cursor."""
        row = self.queue_row()
        return row.queue.name if row else None

    def action_shift(self, where: str) -> None:
        """Move the tasks within their queue."""
        if reason := self.why_not_shift():
            self.cluster.say_error(reason)
        elif targets := self.task_targets():
            self.cluster.act(move, targets, Move(where))

    def action_pause(self) -> None:
        """Pause the queue, or let it go on."""
        if (row := self.queue_row()) is None:
            return
        if row.queue.paused:
            self.cluster.act(operations.resume, row.queue.name)
            self.cluster.say(f"Queue {row.queue.name} goes on.")
        else:
            self.cluster.act(operations.pause, row.queue.name)
            self.cluster.say(f"Queue {row.queue.name} is paused; what runs goes on.")

    def action_default_queue(self) -> None:
        """Tasks without a named queue go to this one from now on."""
        if (row := self.queue_row()) is not None:
            self.cluster.act(operations.set_default, row.queue.name)

    @work
    async def action_add_queue(self) -> None:
        """Make a new queue."""
        asked = AskDialog("Add a queue", "Its name. Workers serve it when you tell them to.")
        name = await self.app.push_screen_wait(asked)
        if name is not None:
            queue = self.cluster.act(operations.add_queue, name)
            if queue is not None:
                self.queue_made(queue)

    @work
    async def action_rename_queue(self) -> None:
        """Give the queue another name."""
        if (row := self.queue_row()) is None:
            return
        old = row.queue.name
        name = await self.app.push_screen_wait(AskDialog(f"Rename {old}", "Its name.", value=old))
        if name is not None and name != old:
            self.cluster.act(operations.rename_queue, old, name)

    @work
    async def action_clear_queue(self) -> None:
        """Make drafts of all that wait in the queue, after asking."""
        if (row := self.queue_row()) is None or not row.waiting:
            return
        question = Question(
            f"Clear queue {row.queue.name}",
            f"All {row.waiting:,} waiting tasks become drafts; what runs goes on.",
            "Clear",
        )
        if await self.app.push_screen_wait(ConfirmDialog(question)):
            self.cluster.act(operations.clear, row.queue.name)

    @work
    async def action_remove_queue(self) -> None:
        """Delete the queue, after asking."""
        if (row := self.queue_row()) is None:
            return
        waiting = f" Its {row.waiting:,} waiting tasks become drafts." if row.waiting else ""
        question = Question(
            f"Delete queue {row.queue.name}",
            f"Workers stop serving it, and what runs goes on.{waiting}",
            "Delete",
        )
        if await self.app.push_screen_wait(ConfirmDialog(question)):
            self.cluster.act(operations.remove_queue, row.queue.name, force=True)

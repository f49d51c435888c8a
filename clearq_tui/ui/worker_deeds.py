"""What an operator does with workers and machines from the Workers view."""

from __future__ import annotations

from collections.abc import Callable

from clearq_tui.model import LinkState
from clearq_tui.operations import machines as machine_operations
from clearq_tui.operations import workers as worker_operations
from clearq_tui.store import attempts, machines, workers
from clearq_tui.ui.chrome import ClearqScreen
from clearq_tui.ui.dialogs.choose import Choice, ChooseDialog
from clearq_tui.ui.dialogs.confirm import ConfirmDialog, Question
from clearq_tui.ui.sources.workers import WorkerLine
from clearq_tui.ui.worker_questions import machine_question, worker_question

_MACHINE = "machine"
_WORKER = "worker"


class WorkerDeeds(ClearqScreen):
    """The actions; a subclass says which worker is meant."""

    @property
    def selected(self) -> WorkerLine | None:
        """The worker under the cursor."""
        raise NotImplementedError

    @property
    def targets(self) -> list[WorkerLine]:
        """The marked workers, else the one under the cursor."""
        raise NotImplementedError

    def open_task(self, line: WorkerLine, tab: str) -> None:
        """Open the worker's task; of several the one that the operator chooses."""
        tasks = line.row.tasks
        if len(tasks) == 1:
            self._open(tasks[0][0], tab)
        elif tasks:
            choices = [Choice(str(number), f"#{number}", name) for number, name in tasks]
            self.app.push_screen(
                ChooseDialog(f"Tasks of {line.row.worker.name}", choices),
                lambda chosen: self._open(int(chosen), tab) if chosen else None,
            )

    def _open(self, task: int, tab: str) -> None:
        from clearq_tui.ui.screens.task import TaskScreen

        self.app.push_screen(TaskScreen(task, tab=tab))

    def action_new_task(self) -> None:
        """Enqueue a new task, into the queue of the worker under the cursor."""
        from clearq_tui.ui.dialogs.new_task import NewTaskDialog

        queues = self.selected.row.queues if self.selected else ()
        self.app.push_screen(NewTaskDialog(queue=queues[0] if queues else None))

    def action_add_machine(self) -> None:
        """Register a machine and watch it come online."""
        from clearq_tui.ui.dialogs.add_machine import AddMachineDialog

        def added(name: str | None) -> None:
            machine = machines.by_name(self.cluster.store, name) if name else None
            if machine is not None:
                self._watch_link(machine.id)

        self.app.push_screen(AddMachineDialog(), added)

    def action_host_key(self) -> None:
        """Show the host key that waits, and ask."""
        line = self.selected
        if line is not None and line.row.link is LinkState.HOST_KEY:
            self._watch_link(line.row.worker.machine)

    def action_reconnect(self) -> None:
        """Try the machine again now instead of when its turn comes."""
        line = self.selected
        if line is not None:
            self.cluster.act(machine_operations.reconnect, line.row.machine_name)

    def _watch_link(self, machine: int) -> None:
        from clearq_tui.ui.dialogs.link_progress import LinkProgressDialog

        self.app.push_screen(LinkProgressDialog(machine))

    def action_drain(self) -> None:
        """Let the workers take no new tasks; where all of them drain already, take them again."""
        lines = self.targets
        drains = not all(line.row.worker.draining for line in lines)
        deed = worker_operations.drain if drains else worker_operations.undrain
        names = [line.row.worker.name for line in lines if line.row.worker.draining is not drains]
        for name in names:
            self.cluster.act(deed, name)
        if names:
            said = ("drains" if len(names) == 1 else "drain") if drains else "again"
            shown = names[0] if len(names) == 1 else f"{len(names)} workers"
            what = f"{said}: no new tasks." if drains else "take tasks again."
            self.cluster.say(f"{shown} {what}")

    def action_remove(self) -> None:
        """Remove the worker, or its machine with all its workers; asks which, then asks again."""
        line = self.selected
        if line is None:
            return
        seats = workers.of_machine(self.cluster.store, line.row.worker.machine)
        others = [seat.name for seat in seats if seat.id != line.row.worker.id]
        along = f"and its worker{'s' * (len(seats) > 1)} {', '.join(seat.name for seat in seats)}"
        choices = [
            Choice(_MACHINE, f"machine {line.row.machine_name}", along),
            Choice(_WORKER, f"worker {line.row.worker.name}", "the machine stays"),
        ]

        def chosen(what: str | None) -> None:
            if what == _MACHINE:
                self._remove_machine(line)
            elif what == _WORKER:
                self._remove_worker(line)

        first = _WORKER if others else _MACHINE
        self.app.push_screen(ChooseDialog("Remove", choices, chosen=first), chosen)

    def _remove_worker(self, line: WorkerLine) -> None:
        self._ask(
            worker_question(line),
            lambda: self.cluster.act(worker_operations.remove_worker, line.row.worker.name),
        )

    def _remove_machine(self, line: WorkerLine) -> None:
        held = attempts.open_of_machine(self.cluster.store, line.row.worker.machine)
        self._ask(
            machine_question(line.row.machine_name, [attempt.name for attempt in held]),
            lambda: self.cluster.act(
                machine_operations.remove_machine, line.row.machine_name, force=bool(held)
            ),
        )

    def _ask(self, question: Question, deed: Callable[[], object]) -> None:
        def answered(yes: bool | None) -> None:
            if yes:
                deed()

        self.app.push_screen(ConfirmDialog(question), answered)

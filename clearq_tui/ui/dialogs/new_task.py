"""The form of a task: a new one, a clone of one, or a draft that is edited."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final, cast

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Input, Label, Select, Static

from clearq_tui.environment_plan import NO_PLAN
from clearq_tui.model import ClearqError, Refused, Task
from clearq_tui.operations.parameters import with_overrides
from clearq_tui.operations.plans import find_packages, script_of
from clearq_tui.operations.tasks import NewTask
from clearq_tui.store import Store, queues, tasks
from clearq_tui.ui import task_form
from clearq_tui.ui.dialogs.dialog import DialogScreen
from clearq_tui.ui.environment_field import EnvironmentField
from clearq_tui.ui.parameter_editor import ParameterEditor
from clearq_tui.ui.parameter_search import search
from clearq_tui.ui.task_facts import code_facts
from clearq_tui.ui.task_making import save_task
from clearq_tui.ui.widgets.safe_text import safe_line

if TYPE_CHECKING:
    from clearq_tui.ui.app import ClearqApp
    from clearq_tui.ui.cluster import Cluster

HERE: Final = "here"
KEPT: Final = "kept"
NO_CODE: Final = "none"
"""Where the code comes from: a directory, the task that is cloned or edited, nowhere."""
TOP: Final = "top"
BOTTOM: Final = "bottom"
_GLANCE_DELAY: Final = 0.2


class Field(Horizontal):
    """A label and what is typed behind it."""

    def __init__(self, label: str, *widgets: Widget) -> None:
        super().__init__(classes="field")
        self._label, self._widgets = label, widgets

    def compose(self) -> ComposeResult:
        """Side by side."""
        yield Label(self._label)
        yield from self._widgets


def _line(field: str, value: str, placeholder: str) -> Input:
    # Without selecting, or the first key would wipe out what is prefilled.
    return Input(value, placeholder=placeholder, id=field, compact=True, select_on_focus=False)


def _choice(field: str, choices: list[tuple[str, str]], value: str) -> Select[str]:
    shown = [(safe_line(label), one) for label, one in choices]
    return Select(shown, value=value, allow_blank=False, id=field, compact=True)


class NewTaskDialog(DialogScreen[int]):
    """Answers with the task's id once it is enqueued or saved."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+j,ctrl+enter", "enqueue", "Enqueue", id="new_task.enqueue"),
        Binding("ctrl+s", "save", "Save as a draft", id="new_task.save"),
        Binding("ctrl+t", "toggle_top", "At the top", show=False, id="new_task.top"),
    ]
    keys = "^j enqueue · ^s save as draft · ^t at the top · esc cancel"

    def __init__(
        self,
        *,
        queue: str | None = None,
        clone_of: int | None = None,
        edited: int | None = None,
    ) -> None:
        super().__init__(classes="form")
        self._queue = queue
        self._clone_of, self._edited = clone_of, edited
        self._origin: Task | None = None
        self._busy = False

    @property
    def cluster(self) -> Cluster:
        """The store and what is live."""
        return cast("ClearqApp", self.app).cluster

    def compose_box(self) -> Iterable[Widget]:
        """One line for each thing."""
        self._read_origin()
        origin = self._origin
        self._command_before = task_form.command_line(origin.command) if origin else ""
        environment = task_form.environment_line(origin.environment) if origin else ""
        self._environment_before = environment
        name = task_form.name_of(origin) if origin else ""
        names = queues.names(self.cluster.store)
        yield Field(
            "Command",
            _line("command", self._command_before, "python train.py --lr 0.1"),
        )
        yield Static("", id="runs-as", classes="note")
        yield Field("Name", _line("name", name, "the command's words"))
        yield Static("", classes="note")
        yield Field(
            "Queue",
            _choice("queue", [(name, name) for name in names], self._first_queue(names)),
            _choice("top", [("at the bottom", BOTTOM), ("at the top", TOP)], BOTTOM),
        )
        yield Static("", classes="note")
        yield Field(
            "Code",
            _choice("code", self._code_choices(), KEPT if origin else HERE),
            _line("directory", str(Path.cwd()), "a directory"),
        )
        yield Static("", id="code-is", classes="note")
        yield EnvironmentField(origin.plan if origin else NO_PLAN)
        yield Static("", classes="note")
        yield Field("Environment", _line("environment", environment, "SEED=1 WANDB_MODE=offline"))
        yield ParameterEditor(origin.overrides if origin else {})
        yield Static("", id="problem")
        with Horizontal(classes="buttons"):
            yield Button("Cancel", id="cancel", compact=True)
            yield Button("Save draft", id="save", compact=True)
            yield Button("Enqueue", id="enqueue", variant="primary", compact=True)

    def on_mount(self) -> None:
        """Begin with the command."""
        self.query_one("#command", Input).focus()
        self._say_command()
        self._show_code()
        self._look_for_parameters()

    def on_resize(self) -> None:
        """Let the parameters have the room that is left, once the rest has its own."""
        self.call_after_refresh(self._parameters.fit)

    def action_toggle_top(self) -> None:
        """Before all others in the queue, or behind them."""
        place = self.query_one("#top", Select)
        place.value = BOTTOM if place.value == TOP else TOP

    @on(Button.Pressed, "#enqueue")
    def action_enqueue(self) -> None:
        """Queue the task."""
        self._finish(enqueue=True)

    @on(Button.Pressed, "#save")
    def action_save(self) -> None:
        """Keep the task as a draft."""
        self._finish(enqueue=False)

    @on(Button.Pressed, "#cancel")
    def _cancel_pressed(self) -> None:
        self.dismiss(None)

    @on(Input.Submitted)
    def _next_field(self) -> None:
        self.focus_next()

    @on(Input.Changed, "#command")
    def _say_command(self) -> None:
        line = self.query_one("#command", Input).value
        said = ""
        if line.strip() and line != self._command_before:
            try:
                said = "runs in a shell: sh -c '…'" if task_form.read_command(line).by_shell else ""
            except Refused as error:
                said = str(error)
        self.query_one("#runs-as", Static).update(Content(safe_line(said)))

    @on(Select.Changed, "#code")
    @on(Input.Changed, "#directory")
    def _show_code(self) -> None:
        self.query_one("#directory").display = self._code == HERE
        self._look_at_code()

    @on(Input.Changed, "#command")
    @on(Input.Changed, "#environment")
    @on(Input.Changed, "#directory")
    @on(Select.Changed, "#code")
    def _look_for_parameters(self) -> None:
        try:
            form = self._form()
        except Refused:
            return  # half typed
        directory = self._directory if self._code == HERE else None
        self._parameters.look(partial(search, form, directory, self.cluster.home))

    @work(exclusive=True, group="glance")
    async def _look_at_code(self) -> None:
        """Say what would be brought along, without holding up the keys."""
        from clearq_tui.capture import glance

        said = ""
        if self._code == HERE:
            directory = self._directory
            await asyncio.sleep(_GLANCE_DELAY)
            try:
                said = str(await asyncio.to_thread(glance, directory))
            except ClearqError as error:
                said = str(error)
        elif self._code == KEPT and self._origin:
            said = ", ".join(text.plain for _, text in code_facts(self._origin.snapshot))
        elif self._code == NO_CODE:
            said = "it runs in an empty directory"
        for shown in self.query("#code-is").results(Static):  # none, once the dialog is closed
            shown.update(Content(safe_line(said)))

    @property
    def _parameters(self) -> ParameterEditor:
        return self.query_one(ParameterEditor)

    @property
    def _code(self) -> str:
        return self._chosen("code")

    def _chosen(self, field: str) -> str:
        return str(self.query_one(f"#{field}", Select).value)

    @property
    def _directory(self) -> Path:
        return Path(self.query_one("#directory", Input).value or ".").expanduser()

    def _read_origin(self) -> None:
        """Prefill from the task that is cloned or edited, and name the dialog."""
        number = self._clone_of or self._edited
        self._origin = None if number is None else tasks.get(self.cluster.store, number)
        if self._origin is None:
            self.heading = "New task"
        else:
            self.heading = f"{'Edit' if self._edited else 'Clone'} #{number}"

    def _first_queue(self, names: list[str]) -> str:
        store = self.cluster.store
        if self._origin and self._origin.queue is not None:
            found = queues.by_id(store, self._origin.queue)
            if found and found.name in names:
                return found.name
        if self._queue in names:
            return str(self._queue)
        default = [row.queue.name for row in queues.rows(store) if row.is_default]
        return default[0] if default else names[0]

    def _code_choices(self) -> list[tuple[str, str]]:
        kept = [(f"as in #{self._origin.id}", KEPT)] if self._origin else []
        return [*kept, ("directory", HERE), ("none", NO_CODE)]

    @work
    async def _finish(self, *, enqueue: bool) -> None:
        """Make the task and leave; a problem leaves the form open, to be tried again."""
        if self._busy:
            return
        self._busy = True  # and for good, once the task is made: no second key makes another
        try:
            number = await self._made(enqueue=enqueue)
        except ClearqError as error:
            self._busy = False
            self._say(str(error))
            return
        if number is not None:
            self.cluster.say(f"{'Enqueued' if enqueue else 'Saved'} task #{number}.")
            self.dismiss(number)

    async def _made(self, *, enqueue: bool) -> int | None:
        """Capture the code in a thread, then make the task; None where the form was left first."""
        form = self._form()
        if self._code == HERE:
            self._say("Capturing the code …")
            form = await self._with_code(form)
        form = await asyncio.to_thread(with_overrides, form, {}, self.cluster.home)
        if self.is_left:
            return None
        return self.cluster.do(
            save_task,
            form,
            self._chosen("queue") if enqueue else None,
            self._chosen("top") == TOP,
            clone_of=self._clone_of,
            edited=self._edited,
        )

    def _form(self) -> NewTask:
        command = self.query_one("#command", Input).value
        environment = self.query_one("#environment", Input).value
        if self._origin:
            words = task_form.edited_command(command, self._command_before, self._origin.command)
            variables = task_form.edited_environment(
                environment, self._environment_before, self._origin.environment
            )
        else:
            words = task_form.read_command(command).words
            variables = task_form.read_environment(environment)
        return NewTask(
            command=words,
            name=self.query_one("#name", Input).value.strip(),
            environment=variables,
            snapshot=self._origin.snapshot if self._origin and self._code == KEPT else "",
            plan=self.query_one(EnvironmentField).plan,
            overrides=dict(self._parameters.overrides),
        )

    async def _with_code(self, form: NewTask) -> NewTask:
        from clearq_tui.capture import capture

        directory = self._directory
        taken = await asyncio.to_thread(capture, directory, self.cluster.home.snapshots)
        for warning in taken.warnings:
            self.app.notify(safe_line(warning), severity="warning", markup=False)
        packages = await asyncio.to_thread(self._packages_for, form, directory)
        plan = replace(form.plan, packages=packages) if packages else form.plan
        return replace(form, snapshot=taken.to_json(), plan=plan)

    def _packages_for(self, form: NewTask, directory: Path) -> Mapping[str, object] | None:
        """What the code in the directory needs, where packages may be installed at all."""
        with Store.open(self.cluster.home.database) as store:
            script = script_of(directory, form.command)
            return find_packages(store, form.plan, directory, script=script)

    def _say(self, problem: str) -> None:
        for shown in self.query("#problem").results(Static):  # none, once the dialog is closed
            shown.update(Content(safe_line(problem)))

"""Register a machine, or change how one is reached: pick it from `ssh_config`, or type it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Label, OptionList, Static
from textual.widgets.option_list import Option

from clearq_tui.model import ClearqError, Machine, Refused
from clearq_tui.operations.machines import NewMachine, add_machine, change_machine
from clearq_tui.operations.registering import machine_from
from clearq_tui.operations.workers import NewWorker
from clearq_tui.ssh_hosts import hosts_of_operator
from clearq_tui.ui.dialogs.dialog import DialogScreen
from clearq_tui.ui.widgets.safe_text import safe_line

if TYPE_CHECKING:
    from clearq_tui.ui.app import ClearqApp
    from clearq_tui.ui.cluster import Cluster

_FIELDS = (
    ("name", "Name", "the host's name"),
    ("queues", "Queues", "the default queue; or a, b in this order"),
    ("slots", "Slots", "1"),
    ("jump", "Jump", "as ssh_config says; or a bastion"),
    ("identity", "Key", "as ssh_config says; or a private key's path"),
    ("python", "Python", "found by itself; or a path there"),
)
_OF_WORKER = frozenset({"queues", "slots"})


def matching_hosts(hosts: Iterable[str], typed: str) -> list[str]:
    """The hosts with what was typed in their name, those that begin with it first."""
    wanted = typed.strip().casefold()
    found = [host for host in hosts if wanted in host.casefold()]
    return sorted(found, key=lambda host: not host.casefold().startswith(wanted))


class AddMachineDialog(DialogScreen[str]):
    """Answers with the machine's name once it is in the store."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", "Next host", show=False, id="add_machine.down"),
        Binding("up", "move(-1)", "Previous host", show=False, id="add_machine.up"),
        Binding("ctrl+j", "submit", "Add", show=False, priority=True, id="add_machine.submit"),
    ]

    def __init__(self, changed: Machine | None = None) -> None:
        super().__init__()
        self._changed = changed
        self._hosts: list[str] = []
        self._shown: list[str] = []
        self.heading = "Add machine" if changed is None else f"Reach {changed.name} otherwise"
        deed = "add" if changed is None else "change"
        self.keys = f"↑↓ choose · ⏎ {deed} · tab next field · esc cancel"

    def compose_box(self) -> Iterable[Widget]:
        """The target with the hosts that match it, then what may stay as it is."""
        present = self._present()
        with Horizontal(classes="field"):
            yield Label("Target")
            yield Input(
                present.get("target", ""),
                placeholder="alias, user@host or host:port",
                id="target",
                compact=True,
                select_on_focus=False,
            )
        hosts = OptionList(id="hosts")
        hosts.can_focus = False
        yield hosts
        for key, title, hint in _FIELDS:
            if self._changed is not None and key in _OF_WORKER:
                continue
            with Horizontal(classes="field"):
                yield Label(title)
                yield Input(
                    present.get(key, ""),
                    placeholder=hint,
                    id=key,
                    compact=True,
                    select_on_focus=False,
                )
        yield Static("", id="problem", markup=False)

    def on_mount(self) -> None:
        """Offer the hosts that `ssh_config` names."""
        self._hosts = hosts_of_operator()
        self._show_hosts(self._value("target"))
        self.query_one("#target").focus()

    def action_move(self, lines: int) -> None:
        """Move through the hosts; from a field further down, to the field above or below."""
        if self.focused is not None and self.focused.id != "target":
            (self.focus_next if lines > 0 else self.focus_previous)(Input)
            return
        options = self.query_one("#hosts", OptionList)
        if not self._shown:
            self.focus_next(Input)
            return
        place = options.highlighted
        if place is None:
            options.highlighted = 0 if lines > 0 else len(self._shown) - 1
        else:
            options.highlighted = (place + lines) % len(self._shown)

    @on(Input.Changed, "#target")
    def _typed(self, event: Input.Changed) -> None:
        self._show_hosts(event.value)

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        self.query_one("#target", Input).value = self._shown[event.option_index]

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.action_submit()

    def action_submit(self) -> None:
        """Write the machine into the store, or say what is wrong with it."""
        highlighted = self.query_one("#hosts", OptionList).highlighted
        target = self._value("target") if highlighted is None else self._shown[highlighted]
        try:
            new = machine_from(
                target,
                name=self._value("name"),
                identity=self._value("identity"),
                jump=self._value("jump"),
                interpreter=self._value("python"),
                transport=self._changed.transport if self._changed else "asyncssh",
            )
            self._write(new)
        except ClearqError as error:
            self.query_one("#problem", Static).update(safe_line(str(error)))
        else:
            self.dismiss(new.name)

    def _write(self, new: NewMachine) -> None:
        cluster = self._cluster
        if self._changed is not None:
            cluster.do(change_machine, self._changed.name, new)
            return
        queues = tuple(name for name in self._value("queues").replace(",", " ").split() if name)
        cluster.do(add_machine, new, NewWorker(slots=self._slots(), queues=queues))

    def _slots(self) -> int:
        typed = self._value("slots")
        if not typed:
            return 1
        if not (typed.isascii() and typed.isdigit()):
            raise Refused(f"{typed!r} is no number of slots; how many tasks at once?")
        return int(typed)

    def _show_hosts(self, typed: str) -> None:
        self._shown = matching_hosts(self._hosts, typed)
        if self._shown == [typed.strip()]:
            self._shown = []
        options = self.query_one("#hosts", OptionList)
        options.set_options([Option(Content(safe_line(host))) for host in self._shown])
        options.highlighted = None
        options.display = bool(self._shown)
        options.border_title = "from ssh_config"

    def _present(self) -> dict[str, str]:
        machine = self._changed
        if machine is None:
            return {}
        return {
            "target": machine.target,
            "name": machine.name,
            "jump": machine.jump or "",
            "identity": machine.identity or "",
            "python": machine.interpreter or "",
        }

    def _value(self, field: str) -> str:
        found = self.query(f"#{field}").results(Input)
        return next((box.value.strip() for box in found), "")

    @property
    def _cluster(self) -> Cluster:
        return cast("ClearqApp", self.app).cluster

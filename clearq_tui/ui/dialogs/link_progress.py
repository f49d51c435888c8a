"""Watch a machine come online step by step; accept its host key, try again, change, give up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, cast

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widget import Widget

from clearq_tui.model import ClearqError, LinkState, Machine
from clearq_tui.operations.host_keys import HostKey, accept_host_key, pending_key
from clearq_tui.operations.machines import reconnect, remove_machine
from clearq_tui.store import agents, machines
from clearq_tui.ui.controller_state import ControllerPhase
from clearq_tui.ui.dialogs.choose import Choice, ChooseDialog
from clearq_tui.ui.dialogs.dialog import DialogScreen
from clearq_tui.ui.link_steps import NOTE_AT, Step, step_lines, step_reached
from clearq_tui.ui.preview import describe
from clearq_tui.ui.tone_lines import ToneLines
from clearq_tui.ui.widgets.tones import Tone
from clearq_tui.ui.worker_columns import gpu_model

if TYPE_CHECKING:
    from clearq_tui.ui.app import ClearqApp
    from clearq_tui.ui.cluster import Cluster

_REMOVE = "remove"
_KEEP = "keep"


class LinkProgressDialog(DialogScreen[None]):
    """Follows one machine by its id until the operator leaves."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "accept", "Accept the host key", id="link.accept"),
        Binding("r", "retry", "Try again now", id="link.retry"),
        Binding("b", "change", "Change the target", id="link.change"),
        Binding("enter", "close", "Close", show=False, id="link.close"),
    ]

    def __init__(self, machine: int) -> None:
        super().__init__()
        self._number = machine
        self._reached = Step.CONNECT
        self._shown_key: HostKey | None = None

    def compose_box(self) -> Iterable[Widget]:
        """The steps, and what is asked."""
        yield ToneLines(hang=NOTE_AT, id="steps")
        yield ToneLines(id="asked")

    def on_mount(self) -> None:
        """Follow the store."""
        self._cluster.changed.subscribe(self, lambda _: self.show_steps())
        self._cluster.controller_changed.subscribe(self, lambda _: self.show_steps())
        self._cluster.sampled.subscribe(self, self._sampled)
        self.show_steps()

    def show_steps(self) -> None:
        """Show how the machine stands now."""
        machine = self._machine
        if machine is None:
            self.dismiss(None)
            return
        self._reached = step_reached(machine.link, self._reached)
        key = self._shown_key = _key(machine)
        lines = step_lines(machine, self._reached, key, self._described(machine))
        self.query_one("#steps", ToneLines).show([line.text for line in lines])
        self.query_one("#asked", ToneLines).show(self._asked(machine, key))
        box = self.query_one(".dialog")
        box.border_title = box.render_str(self._plain(f"Machine {machine.name}"))
        box.border_subtitle = box.render_str(self._plain(_keys(machine)))
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what makes sense as the link stands."""
        link = machine.link if (machine := self._machine) is not None else LinkState.NEVER
        match action:
            case "accept":
                return link is LinkState.HOST_KEY
            case "retry":
                return link in (LinkState.OFFLINE, LinkState.FAILED)
            case "change":
                return link is not LinkState.ONLINE
            case "close":
                return link is LinkState.ONLINE
            case _:
                return super().check_action(action, parameters)

    def action_accept(self) -> None:
        """Accept the key whose fingerprint is shown, and no other that came meanwhile."""
        machine, key = self._machine, self._shown_key
        if machine is not None and key is not None:
            self._cluster.act(
                accept_host_key,
                machine.name,
                self._cluster.home,
                compared=key.fingerprint,
            )

    def action_retry(self) -> None:
        """Let the controller try at once."""
        machine = self._machine
        if machine is not None:
            self._cluster.act(reconnect, machine.name)

    def action_change(self) -> None:
        """Change how the machine is reached."""
        from clearq_tui.ui.dialogs.add_machine import AddMachineDialog

        if (machine := self._machine) is not None:
            self.app.push_screen(AddMachineDialog(changed=machine), lambda _: self.show_steps())

    def action_close(self) -> None:
        """Leave; the machine is online."""
        self.dismiss(None)

    def action_cancel(self) -> None:
        """Leave; of a machine that never was online, ask whether it is to stay registered."""
        machine = self._machine
        if machine is None or machine.link is LinkState.ONLINE or self._was_online(machine):
            self.dismiss(None)
            return
        choices = [
            Choice(_REMOVE, "remove it", "nothing is left behind"),
            Choice(_KEEP, "keep it", "the controller goes on trying"),
        ]
        title = f"{machine.name} never was online"
        self.app.push_screen(ChooseDialog(title, choices, chosen=_KEEP), self._cancelled)

    def _cancelled(self, choice: str | None) -> None:
        if choice is None:
            self.show_steps()  # the machine may be gone by now
            return
        machine = self._machine
        if choice == _REMOVE and machine is not None:
            self._cluster.act(remove_machine, machine.name)
        self.dismiss(None)

    def _was_online(self, machine: Machine) -> bool:
        return agents.record(self._cluster.store, machine.id).epoch > 0

    def _asked(self, machine: Machine, key: HostKey | None) -> list[Text]:
        controller = self._cluster.controller
        if controller.phase is ControllerPhase.GONE:
            return [Text(""), Text(f"✗ {controller.sentence}", Tone.BAD)]
        if machine.link is not LinkState.HOST_KEY or key is None:
            return []
        return [
            Text(""),
            Text.assemble("  ", (key.fingerprint, Tone.ACCENT)),
            Text("  Compare it with what the machine itself says, for instance:", Tone.DIM),
            Text("  ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub", Tone.DIM),
        ]

    def _described(self, machine: Machine) -> str:
        """What is known of the machine, GPUs included once the first sample is here."""
        history = self._cluster.histories.get(machine.id)
        gpus = history.readings.gpus if history else ()
        named = f"{len(gpus)}×{gpu_model(gpus[0].name)}" if gpus else ""  # noqa: RUF001
        warning = str(machine.facts.get("warning") or "")
        return " · ".join(piece for piece in (describe(machine), named, warning) if piece)

    def _sampled(self, machine: int) -> None:
        if machine == self._number:
            self.show_steps()

    @property
    def _machine(self) -> Machine | None:
        """The machine as it is in the store; None where it is gone."""
        found = machines.by_id(self._cluster.store, self._number)
        known = found is not None and machines.by_name(self._cluster.store, found.name) == found
        return found if known else None

    @property
    def _cluster(self) -> Cluster:
        return cast("ClearqApp", self.app).cluster


def _key(machine: Machine) -> HostKey | None:
    """The key that waits, where one does and can be understood."""
    try:
        return pending_key(machine)
    except ClearqError:
        return None


def _keys(machine: Machine) -> str:
    match machine.link:
        case LinkState.ONLINE:
            return "⏎ close"
        case LinkState.HOST_KEY:
            return "y accept and save · esc stop"
        case LinkState.OFFLINE | LinkState.FAILED:
            return "r retry · b change · esc stop"
        case _:
            return "b change · esc stop"

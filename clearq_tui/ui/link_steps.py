"""How far a machine has come: four steps, from the state of its link. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Final

from rich.text import Text

from clearq_tui.model import LinkState, Machine
from clearq_tui.operations.host_keys import HostKey
from clearq_tui.ui.widgets.tones import Tone

NOTE_AT: Final = 12
"""The cell at which notes begin."""


class Step(IntEnum):
    """What happens one after the other."""

    CONNECT = 0
    HOST_KEY = 1
    AGENT = 2
    ONLINE = 3


class Standing(Enum):
    """How a step stands: glyph and tone."""

    AHEAD = ("·", Tone.DIM)
    NOW = ("◌", Tone.BUSY)
    DONE = ("✓", Tone.GOOD)
    ASKS = ("?", Tone.WARNING)
    FAILED = ("✗", Tone.BAD)


_NAMES = {
    Step.CONNECT: "Connect",
    Step.HOST_KEY: "Host key",
    Step.AGENT: "Agent",
    Step.ONLINE: "Online",
}

_AT = {
    LinkState.NEVER: Step.CONNECT,
    LinkState.CONNECTING: Step.CONNECT,
    LinkState.HOST_KEY: Step.HOST_KEY,
    LinkState.INSTALLING: Step.AGENT,
    LinkState.ONLINE: Step.ONLINE,
}


@dataclass(frozen=True)
class StepLine:
    """One step, how it stands, and what there is to say of it."""

    step: Step
    standing: Standing
    note: str = ""

    @property
    def text(self) -> Text:
        """As it is shown."""
        glyph, tone = self.standing.value
        name_tone = Tone.DIM if self.standing is Standing.AHEAD else Tone.STRONG
        text = Text.assemble((f"{glyph} ", tone), (_NAMES[self.step].ljust(NOTE_AT - 2), name_tone))
        note_tone = tone if self.standing in (Standing.ASKS, Standing.FAILED) else Tone.PLAIN
        return text.append(self.note, note_tone)


def step_reached(link: LinkState, before: Step) -> Step:
    """The step that the link is at; one that broke is at the step that was reached `before`."""
    return _AT.get(link, before)


def step_lines(machine: Machine, reached: Step, key: HostKey | None, online: str) -> list[StepLine]:
    """All four steps. `reached` is what `step_reached` gave, `online` what is known of it then."""
    link = machine.link
    lines = []
    for step in Step:
        if step < reached or link is LinkState.ONLINE:
            lines.append(StepLine(step, Standing.DONE, online if step is Step.ONLINE else ""))
        elif step > reached:
            lines.append(StepLine(step, Standing.AHEAD))
        elif link in (LinkState.OFFLINE, LinkState.FAILED):
            lines.append(StepLine(step, Standing.FAILED, _failure(machine)))
        elif link is LinkState.HOST_KEY and key is not None:
            lines.append(StepLine(step, Standing.ASKS, f"{key.kind} of {key.host} is not known"))
        else:
            lines.append(StepLine(step, Standing.NOW, _now(machine)))
    return lines


def _failure(machine: Machine) -> str:
    again = " It is tried again by itself." if machine.link is LinkState.OFFLINE else ""
    return f"{machine.link_reason or 'The link was cut.'}{again}"


def _now(machine: Machine) -> str:
    match machine.link:
        case LinkState.NEVER:
            return machine.link_reason or "waiting for the controller"
        case LinkState.CONNECTING:
            return f"connecting to {machine.target}" if machine.target else "starting the agent"
        case LinkState.INSTALLING:
            return "pushing the agent and starting it"
        case _:
            return machine.link_reason

"""What the Summary of a task says, line by line. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from rich.text import Text

from clearq_tui.model import Attempt, Step
from clearq_tui.shell_quoting import join, quote
from clearq_tui.ui.amounts import age, size
from clearq_tui.ui.task_cells import ran_seconds
from clearq_tui.ui.task_details import TaskDetails
from clearq_tui.ui.task_looks import ATTEMPT_LOOKS, TASK_LOOKS
from clearq_tui.ui.widgets.tones import Tone
from clearq_tui.wording import moment

Fact = tuple[str, Text]
"""A label and what is said of it."""

Wrap = Callable[[Text, int], Sequence[Text]]
"""Breaks a text into lines of at most so many cells."""

LABEL: Final = 12
"""Cells that labels take."""

_STEP_LOOKS: Final = (("✗", Tone.BAD), ("◌", Tone.ACCENT), ("✓", Tone.GOOD))
"""Glyph and tone of a step that failed, is under way, is done."""

_INDENT: Final = 7
"""Cells before the reason of an attempt."""


def headline(details: TaskDetails, now: float) -> Text:
    """The task in one line: state, where, how long, which try."""
    task, row = details.task, details.row
    text = TASK_LOOKS[task.state].text
    if row.worker_name and task.state.is_active:
        text.append(f" on {row.worker_name}")
    if (seconds := ran_seconds(row, now)) is not None:
        verb = "" if task.state.is_active else "ran "
        text.append(f"  {verb}{age(seconds)}", Tone.STRONG)
    if details.place:
        text.append(f"  place {details.place:,} in {row.queue_name}")
    if task.exit_code is not None:
        text.append(f"  exit {task.exit_code}", Tone.BAD if task.exit_code else Tone.GOOD)
    if task.attempt > 1:
        text.append(f"  try {task.attempt}", Tone.DIM)
    if details.ending:
        text.append("  ◌ asked to end", Tone.WARNING)
    return text


def facts(details: TaskDetails, now: float) -> list[Fact]:
    """Label and value of each line of the summary's upper part."""
    task, row = details.task, details.row
    found: list[Fact] = [
        ("name", Text(task.name, Tone.STRONG)),
        ("state", _state(details, now)),
    ]
    why = task.reason or details.waits
    if why:
        found.append(("why", Text(why, TASK_LOOKS[task.state].tone if task.reason else Tone.PLAIN)))
    found.append(("command", Text(join(task.command), Tone.ACCENT)))
    if row.queue_name:
        place = f", place {details.place:,}" if details.place else ""
        found.append(("queue", Text(f"{row.queue_name}{place}")))
    if row.worker_name:
        found.append(("worker", Text(_seat(row.worker_name, row.machine_name))))
    found += code_facts(task.snapshot)
    found += [(label, Text(value)) for label, value in task.plan.facts()]
    found += _settings("environment", task.environment)
    found += _settings("overridden", task.overrides)
    found.append(
        ("created", Text(f"{moment(task.created_at)}, {age(now - task.created_at)} ago", Tone.DIM))
    )
    if task.clone_of:
        found.append(("clone of", Text(f"#{task.clone_of}")))
    if task.secrets:
        found.append(("secrets", Text(", ".join(use.in_words for use in task.secrets))))
    return found


def code_facts(snapshot: str) -> list[Fact]:
    """What code the task brings: `main @4f2a91c + 3 changes`."""
    if not snapshot:
        return [("code", Text("none: it runs in an empty directory", Tone.DIM))]
    captured = json.loads(snapshot)
    if "remote" in captured:
        remote = captured["remote"]
        text = Text.assemble((remote["ref"] or "the default branch", Tone.STRONG))
        text.append(f" @{remote['commit'][:7]}, cloned by the machine")
        return [("code", text), ("", Text(remote["url"], Tone.DIM))]
    root, counts = captured["repositories"][0], captured["counts"]
    changes = [f"{counts[kind]} {kind}" for kind in ("staged", "unstaged", "untracked")
               if counts[kind]]  # fmt: skip
    text = Text()
    if root["index"] is None:
        text.append("files of a directory without git")
    else:
        text.append(root["branch"] or "detached", Tone.STRONG)
        text.append(f" @{root['head'][:7]}" if root["head"] else " without a commit")
        if changes:
            text.append(f" + {', '.join(changes)}", Tone.WARNING)
        else:
            text.append(", nothing changed", Tone.DIM)
    if captured["subdirectory"]:
        text.append(f", in {captured['subdirectory']}/")
    found = [("code", text)]
    if root["remote_url"]:
        found.append(("", Text(root["remote_url"], Tone.DIM)))
    return found


def attempt_lines(details: TaskDetails, now: float, width: int, wrap: Wrap) -> list[Text]:
    """A small table of the attempts, the latest one first, reasons below them."""
    if not details.attempts:
        return [Text("No attempt yet.", Tone.DIM)]
    title = f"  TRY  {'STATE':<12}{'WORKER':<16}{'STARTED':<20}{'RAN':>7}{'EXIT':>6}{'LOG':>7}"
    lines = [Text(title, Tone.DIM)]
    for one in details.attempts:
        lines.append(_attempt(details, one, now))
        if one is details.attempts[0] and one.steps:
            steps = step_line(one.steps)
            lines += [Text.assemble(" " * _INDENT, part) for part in wrap(steps, width - _INDENT)]
        reason = Text(one.reason, ATTEMPT_LOOKS[one.state].tone)
        parts = wrap(reason, max(10, width - _INDENT)) if one.reason else ()
        lines += [Text.assemble(" " * _INDENT, part) for part in parts]
    return lines


def step_line(steps: Sequence[Step]) -> Text:
    """The steps of a preparation, each with how it stands: `✓ code 0.12 s`."""
    text = Text()
    for number, step in enumerate(steps):
        glyph, tone = _STEP_LOOKS[0 if step.failed else 1 if step.seconds is None else 2]
        took = "" if step.seconds is None else f" {step.seconds:.2f} s"
        text.append("   " if number else "")
        text.append(f"{glyph} {step.name}{took}", tone)
    return text


def hung(found: Sequence[Fact], width: int, wrap: Wrap) -> list[Text]:
    """The facts as lines of `width` cells: values wrap below themselves, not below labels."""
    lines: list[Text] = []
    for label, value in found:
        for number, part in enumerate(wrap(value, max(10, width - LABEL)) or [Text()]):
            head = Text(label.ljust(LABEL) if number == 0 else " " * LABEL, Tone.DIM)
            lines.append(Text.assemble(head, part))
    return lines


def _settings(label: str, settings: Mapping[str, str]) -> list[Fact]:
    """A line for each; the label stands before the first one."""
    return [
        ("" if number else label, Text.assemble((name, Tone.STRONG), f"={quote(value)}"))
        for number, (name, value) in enumerate(settings.items())
    ]


def _state(details: TaskDetails, now: float) -> Text:
    text = headline(details, now)
    return Text.assemble(text, (f"  since {moment(details.task.changed_at)}", Tone.DIM))


def _seat(worker: str, machine: str | None) -> str:
    return worker if machine in (None, worker) else f"{worker} on {machine}"


def _attempt(details: TaskDetails, one: Attempt, now: float) -> Text:
    look = ATTEMPT_LOOKS[one.state]
    ran = "" if one.started_at is None else age((one.ended_at or now) - one.started_at)
    code = "" if one.exit_code is None else str(one.exit_code)
    started = moment(one.started_at) or "not started"
    worker = details.worker_names.get(one.worker, "")
    log = size(one.log_bytes) if one.log_whole else "grows" if one.state.is_open else ""
    return Text.assemble(
        f"{'':2}{one.number:>3}  ",
        (f"{look.glyph} {look.word:<10}", look.tone),
        f"{worker[:15]:<16}{started:<20}{ran:>7}{code:>6}{log:>7}",
    )

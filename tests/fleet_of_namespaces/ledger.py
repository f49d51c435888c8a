"""Tasks that bear witness: each attempt enters itself in its machine's ledger when it starts.

A ledger is the only thing that shows a command that was started twice: it is opened with O_APPEND
by the tasks themselves and written by nobody else.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from tests.fleet_of_namespaces.machine import Machine

_LEDGER = "/var/tmp/ledger"

_SCRIPT = """\
echo "$CLEARQ_TASK $CLEARQ_ATTEMPT" >>/var/tmp/ledger
number=0
while [ $number -lt {lines} ]; do
    number=$((number + 1))
    printf 'line %06d of {lines}\\n' $number
    {pause}
    if [ $number -eq {gate} ]; then
        : >"/var/tmp/at-gate-$CLEARQ_TASK"
        while ! [ -e "/var/tmp/gate-$CLEARQ_TASK" ]; do sleep 0.02; done
    fi
done
exit {exit_code}
"""


@dataclass(frozen=True)
class Witness:
    """A task that prints numbered lines, waits half-way at a gate, and ends with an exit code."""

    lines: int = 2000
    exit_code: int = 7
    gated: bool = True
    """Wait half-way until the test opens the gate."""
    pause: float = 0.0
    """Seconds between lines."""

    def command(self) -> tuple[str, ...]:
        """What to enqueue."""
        script = _SCRIPT.format(
            lines=self.lines,
            gate=self.lines // 2 if self.gated else 0,
            exit_code=self.exit_code,
            pause=f"sleep {self.pause}" if self.pause else "",
        )
        return ("sh", "-c", script)

    def log(self) -> bytes:
        """All that the task prints, byte for byte."""
        lines = (f"line {number:06} of {self.lines}\n" for number in range(1, self.lines + 1))
        return "".join(lines).encode()


def starts(machine: Machine) -> Counter[str]:
    """How often each attempt, `8123.2`, entered itself in the machine's ledger."""
    path = machine.path(_LEDGER)
    if not path.exists():
        return Counter()
    entries = (line.split() for line in path.read_text().splitlines())
    return Counter(attempt if "." in attempt else f"{task}.{attempt}" for task, attempt in entries)


def is_at_gate(machine: Machine, task: int) -> bool:
    """Whether the task waits half-way."""
    return machine.path(f"/var/tmp/at-gate-{task}").exists()


def open_gate(machine: Machine, task: int) -> None:
    """Let the task go on, now or when it comes there."""
    machine.path(f"/var/tmp/gate-{task}").touch()

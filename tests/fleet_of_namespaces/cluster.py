"""A laptop with machines, and what an operator does with them through `clearq`."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar, cast

from clearq_tui.cli.documents import MachineDocument, TaskDetails
from clearq_tui.model import AgentRecord, LinkState, Machine, TaskState
from clearq_tui.store import Store, agents, attempts, machines, tasks
from tests.fleet_of_namespaces import machine as fleet_machine
from tests.fleet_of_namespaces.fleet import Fleet
from tests.fleet_of_namespaces.laptop import Laptop
from tests.fleet_of_namespaces.waiting import wait_for

_T = TypeVar("_T")


class Cluster:
    """One laptop and its fleet. Every machine has a queue of its own name that it alone serves."""

    def __init__(self, laptop: Laptop, fleet: Fleet) -> None:
        self.laptop = laptop
        self.fleet = fleet

    # What the operator does

    def write_ssh_files(self, *, trusted: bool = True) -> None:
        """Name all machines in `~/.ssh/config`, and their keys in `known_hosts` if `trusted`."""
        self.laptop.ssh_config.write_text(self.fleet.ssh_config())
        self.laptop.known_hosts.write_text(self.fleet.known_hosts() if trusted else "")

    def add(self, *added: fleet_machine.Machine, options: Sequence[str] = ()) -> None:
        """Register machines under their names in `ssh_config`, and start the controller."""
        self.write_ssh_files()
        for machine in added:
            self.register(machine, options=options)

    def register(self, machine: fleet_machine.Machine, *, options: Sequence[str] = ()) -> None:
        """`clearq machine add`, with a queue that only this machine serves."""
        name = machine.name
        self.laptop.clearq("queue", "add", name)
        self.laptop.clearq("machine", "add", name, "--queue", name, "--no-wait", *options)

    def enqueue(
        self,
        machine: fleet_machine.Machine,
        command: Sequence[str],
        *options: str,
        directory: Path | None = None,
    ) -> int:
        """`clearq enqueue` for this machine, with the code of `directory`; the task's id."""
        code = () if directory else ("--no-code",)
        arguments = ["enqueue", "--queue", machine.name, *code, *options, "--", *command]
        return int(self.laptop.clearq(*arguments, directory=directory))

    # What the operator sees

    def state(self, task: int) -> TaskState:
        """The task's state in the store."""
        with Store.open(self.laptop.home.database) as store:
            found = tasks.get(store, task)
        assert found is not None
        return found.state

    def reason(self, task: int) -> str:
        """What the store says of why the task is as it is."""
        with Store.open(self.laptop.home.database) as store:
            found = tasks.get(store, task)
        assert found is not None
        return found.reason

    def show(self, task: int) -> TaskDetails:
        """`clearq task show --json`."""
        printed = self.laptop.clearq("task", "show", str(task), "--json")
        return cast(TaskDetails, json.loads(printed))

    def link(self, machine: fleet_machine.Machine) -> Machine:
        """What the store says of the machine."""
        with Store.open(self.laptop.home.database) as store:
            found = machines.by_name(store, machine.name)
        assert found is not None
        return found

    def agent(self, machine: fleet_machine.Machine) -> AgentRecord:
        """What the store remembers of the machine's agent."""
        with Store.open(self.laptop.home.database) as store:
            return agents.record(store, self.link(machine).id)

    def log(self, task: int, attempt: int = 1) -> bytes:
        """As much of the attempt's log as has arrived."""
        path = self.laptop.home.attempt_log(task, attempt)
        return path.read_bytes() if path.exists() else b""

    def listed_machines(self) -> list[MachineDocument]:
        """`clearq machine list --json`."""
        return cast(
            list[MachineDocument], json.loads(self.laptop.clearq("machine", "list", "--json"))
        )

    # Waiting

    def wait_until_online(self, *awaited: fleet_machine.Machine, seconds: float = 30) -> None:
        """Until the agents of all of them answer."""
        for machine in awaited:
            self.wait(
                lambda: self.link(machine).link is LinkState.ONLINE,  # noqa: B023 - called here
                f"{machine.name} to be online",
                seconds,
            )

    def wait_for_state(self, task: int, *wanted: TaskState, seconds: float = 30) -> TaskState:
        """Until the task is in one of the states; which one.

        Raises:
            AssertionError: it was not in time, or it ended in another state.
        """

        def reached() -> bool:
            state = self.state(task)
            return state in wanted or (state.is_ended and wanted != ())

        names = " or ".join(wanted)
        self.wait(reached, f"#{task} to be {names}", seconds)
        state = self.state(task)
        assert state in wanted, f"#{task} is {state}, not {names}: {self.report()}"
        return state

    def wait_for_whole_log(self, task: int, attempt: int = 1, seconds: float = 30) -> bytes:
        """Until all of the log has arrived; the log."""

        def whole() -> bool:
            with Store.open(self.laptop.home.database) as store:
                found = attempts.get(store, task, attempt)
            return found is not None and found.log_whole

        self.wait(whole, f"the whole log of #{task}.{attempt}", seconds)
        return self.log(task, attempt)

    def wait(self, question: Callable[[], _T], what: str, seconds: float = 30) -> _T:
        """See `wait_for`; a failure tells all that is known of the cluster."""
        try:
            return wait_for(question, what, seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.report()}") from None

    def report(self) -> str:
        """All that may explain a failure."""
        parts = [
            self.laptop.run("machine", "list").stdout,
            self.laptop.run("task", "list").stdout,
            f"the controller said:\n{self.laptop.controller_log()[-4000:]}",
        ]
        for machine in self.fleet.machines:
            running = "\n".join(process.line for process in machine.processes())
            parts.append(f"{machine.name} runs:\n{running}\n{machine.sshd_log()[-1000:]}")
        return "\n".join(parts)

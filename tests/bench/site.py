"""A whole clearq for benchmarks: a controller, and a machine behind a real sshd on loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from clearq_tui import feed
from clearq_tui.fleet.host_keys import accept
from clearq_tui.model import LinkState, Machine
from clearq_tui.operations.first_start import prepare_first_start
from clearq_tui.operations.machines import NewMachine, add_machine
from clearq_tui.paths import Home
from clearq_tui.store import Store, machines
from tests.fleet.sshd import Sshd, public_line

PATIENCE = 60.0
"""Seconds until a benchmark gives up."""


@dataclass(frozen=True)
class Site:
    """Laptop and sshd."""

    home: Home
    store: Store
    sshd: Sshd
    environment: dict[str, str]

    def add_machine(self, name: str) -> None:
        """Register the machine behind the sshd under one more name."""
        new = NewMachine(
            name=name,
            target="127.0.0.1",
            user=self.sshd.user,
            port=self.sshd.port,
            identity=str(self.sshd.client_key),
        )
        add_machine(self.store, new, now=time.time())
        feed.nudge(self.home)

    def machine(self, name: str) -> Machine:
        """The machine as the store has it."""
        found = machines.by_name(self.store, name)
        assert found is not None, f"there is no machine {name}"
        return found

    def await_online(self, name: str) -> None:
        """Until the machine's agent is there."""
        wait_for(lambda: self.machine(name).link is LinkState.ONLINE)

    @contextmanager
    def controller(self) -> Iterator[int]:
        """A controller while the context lasts; its pid."""
        process = subprocess.Popen(
            [sys.executable, "-m", "clearq_tui.controller"],
            env=self.environment,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_for(lambda: feed.listens(self.home))
            yield process.pid
        finally:
            process.terminate()
            process.wait(10)


@contextmanager
def site() -> Iterator[Site]:
    """Everything, in a temporary directory; without the machine `local`."""
    with tempfile.TemporaryDirectory(prefix="clearq-bench-") as place:
        directory = Path(place)
        home = Home(directory / "home")
        home.create()
        with Sshd(directory / "sshd", extra=[f"SetEnv HOME={directory}/machine"]) as sshd:
            (directory / "machine").mkdir()
            accept("127.0.0.1", sshd.port, public_line(sshd.host_key()), home.known_hosts)
            config = directory / "ssh_config"
            config.write_text("")
            environment = {
                name: value for name, value in os.environ.items() if not name.startswith("PYTHON")
            }
            environment |= {"CLEARQ_HOME": str(home.root), "CLEARQ_SSH_CONFIG": str(config)}
            with Store.open(home.database) as store:
                prepare_first_start(store, now=time.time())
                with store.transaction():
                    machines.set_gone(store, 1)
                    store.change("UPDATE workers SET gone = 1")
                yield Site(home, store, sshd, environment)


def wait_for(condition: Callable[[], bool], every: float = 0.001) -> None:
    """Until the condition holds.

    Raises:
        TimeoutError: it does not within `PATIENCE`.
    """
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("the benchmark waited in vain")
        time.sleep(every)


def cpu_seconds(pids: list[int]) -> float:
    """What the processes have used so far, without their children."""
    total = 0.0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def unique_bytes(pid: int) -> int:
    """What the process alone holds in memory (USS)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith("Private_"))


def fact(machine: Machine, name: str) -> int:
    """A number that the agent said of its machine."""
    return int(json.loads(json.dumps(machine.facts))[name])

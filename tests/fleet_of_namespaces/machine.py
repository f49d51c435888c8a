"""One machine of the fleet, and what a test can do to it."""

from __future__ import annotations

import shutil
import signal
import subprocess
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from tests.fleet_of_namespaces import network
from tests.fleet_of_namespaces.availability import program
from tests.fleet_of_namespaces.boot_script import boot_script
from tests.fleet_of_namespaces.machine_options import MachineOptions
from tests.fleet_of_namespaces.namespace import Namespace
from tests.fleet_of_namespaces.network import Cable, connect
from tests.fleet_of_namespaces.processes import Process
from tests.fleet_of_namespaces.waiting import wait_for

Direction = Literal["both", "to", "from"]

USER = "ada"


class Machine:
    """A running machine. Its disk survives `reboot`; all else of it is volatile."""

    def __init__(
        self,
        name: str,
        index: int,
        cable: Cable,
        disk: Path,
        client_key: Path,
        options: MachineOptions,
    ) -> None:
        self.name = name
        self.options = options
        self.address = cable.far
        self._cable = cable
        self._uid = 61000 + index
        self._disk = disk
        for directory in ("over", "home", "vartmp"):
            (disk / directory).mkdir(parents=True)
        (disk / "vartmp").chmod(0o1777)
        shutil.copy(client_key.with_suffix(".pub"), disk / "keys")
        self.change_host_key()
        self._namespace = self._boot()

    # Where it is

    @property
    def target(self) -> str:
        """`user@address`."""
        return f"{USER}@{self.address}"

    @property
    def port(self) -> int:
        """Where its sshd listens."""
        return 22

    @property
    def host_key(self) -> str:
        """Type and key, as they stand in `known_hosts` behind the host's name."""
        return " ".join((self._disk / "host_key.pub").read_text().split()[:2])

    @property
    def host_key_line(self) -> str:
        """A line for `known_hosts`."""
        return f"{self.address} {self.host_key}\n"

    @property
    def uid(self) -> int:
        """The account's number."""
        return self._uid

    @property
    def init(self) -> int:
        """The pid of the machine's `init`, seen from this system."""
        return self._namespace.init

    def path(self, inside: str) -> Path:
        """A file of the machine, seen from this system; relative to the home."""
        absolute = inside if inside.startswith("/") else f"{self.options.home}/{inside}"
        return self._namespace.root / absolute.lstrip("/")

    def sshd_log(self) -> str:
        """What its sshd has to say."""
        return self.path("/run/sshd.log").read_text(errors="replace")

    # What runs there

    def run(self, *command: str) -> str:
        """Run a command inside as root, without SSH; what it printed."""
        return self._namespace.run(*command)

    def processes(self, *words: str) -> list[Process]:
        """What lives there, or only the processes whose command line holds every word."""
        return [
            process
            for process in self._namespace.processes()
            if all(word in process.line for word in words)
        ]

    def kill(
        self,
        which: str | Callable[[Process], bool],
        number: signal.Signals = signal.SIGKILL,
    ) -> list[Process]:
        """Signal processes by a part of their command line or by a test; which ones were.

        `sshd-sessions` means every SSH session and connection, not the sshd that listens.
        """
        if which == "sshd-sessions":
            listener = int(self.path("/run/sshd.pid").read_text())
            chosen = [
                process
                for process in self._namespace.processes()
                if process.name.startswith("sshd") and not self._is_number(process, listener)
            ]
        elif isinstance(which, str):
            chosen = self.processes(which)
        else:
            chosen = [process for process in self._namespace.processes() if which(process)]
        for process in chosen:
            process.send(number)
        return chosen

    def stop_sshd(self) -> None:
        """End the sshd that listens; sessions go on."""
        pid_file = self.path("/run/sshd.pid")
        self.run("kill", pid_file.read_text().strip())
        wait_for(lambda: not pid_file.exists(), "sshd to end")

    def start_sshd(self) -> None:
        """Let a new sshd listen."""
        sshd = program("sshd")
        assert sshd is not None
        self.run(sshd, "-f", "/etc/ssh/fleet_config", "-E", "/run/sshd.log")
        self.wait_until_listening()

    def wait_until_listening(self) -> None:
        """Wait until sshd takes connections."""
        wait_for(self.path("/run/sshd.pid").exists, "sshd to listen")

    # Its network

    def cut(self, direction: Direction = "both") -> None:
        """Drop packets to the machine, from it, or both, without a word to either end."""
        if direction != "from":
            self._firewall("-A", "INPUT", "-i", "eth0", "-j", "DROP")
        if direction != "to":
            self._firewall("-A", "OUTPUT", "-o", "eth0", "-j", "DROP")

    def heal(self) -> None:
        """Let all packets through again."""
        self._firewall("-F")

    @contextmanager
    def slow(self, bytes_per_second: int) -> Iterator[None]:
        """For the time of the block, what is sent to the machine takes its time."""
        network.slow_down(self._cable, bytes_per_second)
        try:
            yield
        finally:
            network.full_speed(self._cable)

    def received(self) -> int:
        """How many bytes have come over its cable since it was laid."""
        lines = Path(f"/proc/{self.init}/net/dev").read_text().splitlines()
        (line,) = [line for line in lines if line.strip().startswith("eth0:")]
        return int(line.partition(":")[2].split()[0])

    # Its end

    def change_host_key(self) -> None:
        """Draw a new host key; used from the next boot on."""
        for suffix in ("", ".pub"):
            (self._disk / f"host_key{suffix}").unlink(missing_ok=True)
        subprocess.run(
            [
                "ssh-keygen",
                "-q",
                "-t",
                "ed25519",
                "-N",
                "",
                "-C",
                "",
                "-f",
                self._disk / "host_key",
            ],
            check=True,
            stdin=subprocess.DEVNULL,
        )

    def reboot(self) -> None:
        """Pull the plug and switch it on again."""
        self.destroy()
        self._namespace = self._boot()
        self.wait_until_listening()

    def destroy(self) -> None:
        """Pull the plug."""
        self._namespace.destroy()

    def _boot(self) -> Namespace:
        sshd = program("sshd")
        assert sshd is not None
        (self._disk / "boot_id").write_text(f"{uuid.uuid4()}\n")
        script = self._disk / "boot.sh"
        script.write_text(boot_script(self._disk, self.name, self._uid, self.options, sshd))
        namespace = Namespace(("uts", "ipc", "net"), script, self._disk / "boot.log")
        namespace.wait_until_ready()
        behind = self.options.behind
        near = ("nsenter", "--target", str(behind.init), "--net", "--") if behind else ()
        connect(self._cable, namespace.init, near)
        return namespace

    def _firewall(self, *arguments: str) -> None:
        # From this system's own programs, so that what the machine lacks does not matter.
        self._namespace.run("iptables", "--wait", *arguments, kinds=("net",))

    def _is_number(self, process: Process, inside: int) -> bool:
        """Whether the process has this pid inside the machine."""
        try:
            status = Path(f"/proc/{process.pid}/status").read_text()
        except OSError:
            return False
        line = next(line for line in status.splitlines() if line.startswith("NSpid:"))
        return int(line.split()[-1]) == inside

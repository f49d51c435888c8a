"""Engines of the tests' own, which know nothing of the machine's: started here, gone after."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.fleet_of_namespaces.waiting import wait_for

PATIENCE = 60.0
_DIES_WITH_US = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
"""Put before a program that is not to outlive tests that are killed."""


@dataclass(frozen=True)
class OwnEngine:
    """One engine, and how a process has to be started so that it finds this one and no other."""

    kind: str
    environment: dict[str, str]
    place: Path
    """Where it keeps everything."""

    def run(
        self, *arguments: str, text: bytes | None = None, check: bool = True
    ) -> subprocess.CompletedProcess[bytes]:
        """Run its program."""
        return subprocess.run(
            [self.program, *arguments],
            input=text,
            capture_output=True,
            env=self.environment,
            timeout=PATIENCE,
            check=check,
        )

    @property
    def program(self) -> str:
        found = shutil.which(self.kind, path=self.environment["PATH"])
        assert found is not None
        return found

    def say(self, *arguments: str) -> str:
        """What it says, without the space around."""
        return self.run(*arguments).stdout.decode().strip()

    def containers(self) -> list[str]:
        """The names of all, running or not."""
        return self.say("ps", "--all", "--format", "{{.Names}}").split()


def why_no_docker() -> str:
    """What is missing for a dockerd of our own; empty: nothing."""
    if os.geteuid() != 0:
        return "a dockerd of the test's own needs root"
    for program in ("docker", "dockerd"):
        if _which(program) is None:
            return f"there is no {program}"
    return ""


def why_no_podman() -> str:
    """What is missing for podman; empty: nothing."""
    return "" if _which("podman") else "there is no podman"


@contextlib.contextmanager
def own_dockerd() -> Iterator[OwnEngine | None]:
    """A dockerd with nothing in it, stopped at the end of the block; None: it does not come up."""
    with short_place() as place:
        for driver in ("overlay2", "vfs"):
            with _dockerd(place / driver, driver) as engine:
                if engine is not None:
                    yield engine
                    return
        print((place / "vfs" / "log").read_text(errors="replace")[-2000:])
        yield None


@contextlib.contextmanager
def short_place() -> Iterator[Path]:
    """A directory of its own: sockets in it must not have long paths, and any account sees it.

    In memory where that can be: engines wait for the disk after each of their steps.
    """
    place = Path(tempfile.mkdtemp(prefix="clearq-"))
    memory = ["mount", "-t", "tmpfs", "-o", "mode=711", "clearq-tests", str(place)]
    subprocess.run(memory, check=False, capture_output=True, timeout=PATIENCE)
    place.chmod(0o711)
    try:
        yield place
    finally:
        _unmount_below(place)
        if place.is_mount():
            subprocess.run(["umount", "--lazy", str(place)], check=True, timeout=PATIENCE)
        shutil.rmtree(place)


@contextlib.contextmanager
def _dockerd(place: Path, driver: str) -> Iterator[OwnEngine | None]:
    place.mkdir()
    socket = place / "docker.sock"
    home = place / "home"
    environment = {**os.environ, "DOCKER_HOST": f"unix://{socket}", "HOME": str(home)}
    environment["PATH"] = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    write_rules(home, "docker")
    engine = OwnEngine("docker", environment, place)
    options = {
        "data-root": place / "data",
        "exec-root": place / "exec",
        "pidfile": place / "pid",
        "host": f"unix://{socket}",
        "storage-driver": driver,
        "iptables": "false",
        "ip6tables": "false",
        "bridge": "none",
    }
    with (
        (place / "log").open("wb") as log,
        subprocess.Popen(
            [*_DIES_WITH_US, "dockerd", *(f"--{name}={value}" for name, value in options.items())],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment,
        ) as daemon,
    ):
        try:

            def is_up() -> bool:
                return engine.run("info", check=False).returncode == 0 or daemon.poll() is not None

            wait_for(is_up, "dockerd to come up", PATIENCE)
            yield engine if daemon.poll() is None else None
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(PATIENCE)


@contextlib.contextmanager
def own_podman() -> Iterator[OwnEngine]:
    """A podman with nothing in its storage, run by whoever runs the tests."""
    with short_place() as place:
        programs, home = place / "bin", place / "home"
        programs.mkdir()
        roots = {name: place / name for name in ("root", "runroot", "tmpdir")}
        options = " ".join(f"--{name} '{path}'" for name, path in roots.items())
        wrapper = programs / "podman"
        wrapper.write_text(f'#!/bin/sh\nexec {_which("podman")} {options} "$@"\n')
        wrapper.chmod(0o755)
        environment = {
            **os.environ,
            "PATH": f"{programs}:{os.environ['PATH']}:/usr/sbin:/sbin",
            "HOME": str(home),
            "CONTAINERS_CONF": str(write_settings(place / "containers.conf")),
        }
        write_rules(home, str(wrapper))
        yield OwnEngine("podman", environment, place)


def write_settings(path: Path) -> Path:
    """Settings with which podman works where tests run: without systemd, with few rights."""
    runtime = "runc" if _which("runc") else "crun"
    path.write_text(
        "[containers]\n"
        'netns = "none"\n'
        'default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]\n'
        "[engine]\n"
        f'runtime = "{runtime}"\ncgroup_manager = "cgroupfs"\nevents_logger = "none"\n'
    )
    return path


def write_rules(home: Path, engine: str) -> Path:
    """Say what the owner of the machine would: which engine is used."""
    rules = home / ".config" / "clearq" / "containers.json"
    rules.parent.mkdir(mode=0o700, parents=True)
    rules.write_text(json.dumps({"engine": engine}))
    rules.chmod(0o600)
    return rules


def _which(program: str) -> str | None:
    return shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")


def _unmount_below(place: Path) -> None:
    """What an engine has left mounted would keep the directory from being removed."""
    mounts = [line.split(" ")[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    for mount in reversed(mounts):
        if mount.startswith(f"{place}/"):
            subprocess.run(["umount", "--lazy", mount], check=False, timeout=PATIENCE)

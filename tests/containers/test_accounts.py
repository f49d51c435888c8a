"""Engines that are used by an account without rights: whose are the outputs then?"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.agent.interpreters import HOUSE
from tests.containers.engines import (
    OwnEngine,
    short_place,
    why_no_podman,
    write_rules,
    write_settings,
)
from tests.containers.images import BUSYBOX, DEBIAN, busybox_tar
from tests.containers.packages import small_index
from tests.containers.specs import in_image
from tests.python_environments.machine import uv_program
from tests.python_environments.wheels import as_uv_wheel, sha256

PYTHON = Path("/usr/bin/python3")
"""One that every account may run."""
pytestmark = [
    pytest.mark.needs_root,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can make accounts"),
    pytest.mark.skipif(
        not all(map(shutil.which, ("useradd", "setpriv"))), reason="there is no useradd or setpriv"
    ),
    pytest.mark.skipif(not PYTHON.exists(), reason=f"there is no {PYTHON}"),
]
SCRIPT = (
    'echo data >"$CLEARQ_OUTPUT/x"; cat "$CLEARQ_OUTPUT/x"; id; echo "$USER"; echo ready\n'
    "trap 'echo got TERM; exit 7' TERM; while :; do sleep 0.1; done"
)


@dataclass(frozen=True)
class Account:
    """One that was made for the test, with a copy of the agent."""

    name: str
    uid: int
    place: Path
    variables: dict[str, str] = field(default_factory=dict)

    def run(self, *command: str | Path, **variables: str) -> bytes:
        """What the program prints, run by the account."""
        become = ["setpriv", f"--reuid={self.uid}", f"--regid={self.uid}", "--clear-groups"]
        done = subprocess.run(
            [*become, *command],
            env={**self.variables, **variables},
            cwd=self.place,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            check=True,
            timeout=100,
        )
        return done.stdout

    def attempt(self, last_word: str, *command: str, **more: object) -> dict[str, Any]:
        """What came of an attempt that is asked to end once it has said its last word."""
        spec = {"command": list(command), "worker": "w", "task": 1, "attempt": 1, "grace": 5.0}
        script = self.place / "attempt.py"
        said = self.run(
            *(PYTHON, "-ISB", script, self.place / "root", json.dumps({**spec, **more}), last_word),
            HOUSE=str(self.place),
        )
        told: dict[str, Any] = json.loads(said)
        return told


@pytest.fixture
def account() -> Iterator[Account]:
    """An account with a home directory, and subordinate ids where the system gives them."""
    name = f"cq-{os.getpid()}"
    with short_place() as place:
        subprocess.run(["useradd", "-M", "-d", place, name], check=True, timeout=20)
        try:
            uid = int(subprocess.check_output(["id", "-u", name], timeout=20))
            shutil.copytree(
                HOUSE / "remote_agent",
                place / "remote_agent",
                ignore=shutil.ignore_patterns("__pycache__"),
            )
            shutil.copy(Path(__file__).parent / "scripts" / "attempt.py", place)
            shutil.chown(place, name)
            run = place / "run"
            run.mkdir(mode=0o700)
            shutil.chown(run, name)
            path = f"{os.environ['PATH']}:/usr/sbin:/sbin"
            variables = {"PATH": path, "HOME": str(place), "XDG_RUNTIME_DIR": str(run)}
            yield Account(name, uid, place, variables)
        finally:
            subprocess.run(["userdel", "-f", name], check=True, timeout=20, capture_output=True)


def owned(account: Account, path: Path) -> None:
    """Have everything down to the path belong to the account."""
    for one in (path, *path.parents):
        if one == account.place:
            return
        shutil.chown(one, account.name)


def check(account: Account, told: dict[str, Any]) -> None:
    """The outputs are the account's, the command was asked once, and nothing is left."""
    output = account.place / "root/attempts/1.1/output/x"
    assert told["record"]["outcome"] == "aborted", told
    assert told["record"]["exit_code"] == 7, told
    assert f"data\nuid={account.uid}" in told["log"]
    assert f"\n{account.name}\n" in told["log"]
    assert told["log"].count("got TERM") == 1
    assert told["left"] == []
    assert output.stat().st_uid == account.uid
    for path in (account.place / "root").rglob("*"):
        assert path.lstat().st_uid == account.uid, path


def test_docker_as_root_writes_as_the_account(account: Account, dockerd: OwnEngine) -> None:
    socket = Path(dockerd.environment["DOCKER_HOST"].removeprefix("unix://"))
    os.chown(socket, -1, account.uid)  # as its group docker would
    owned(account, write_rules(account.place, "docker"))
    account.variables["DOCKER_HOST"] = dockerd.environment["DOCKER_HOST"]
    check(account, account.attempt("ready", "sh", "-c", SCRIPT, **in_image()))
    assert dockerd.containers() == []


def test_packages_for_an_image_belong_to_the_account_too(
    account: Account, dockerd: OwnEngine, debian_archive: Path, tmp_path: Path
) -> None:
    socket = Path(dockerd.environment["DOCKER_HOST"].removeprefix("unix://"))
    os.chown(socket, -1, account.uid)
    owned(account, write_rules(account.place, "docker"))
    dockerd.run("import", str(debian_archive), DEBIAN)
    blobs = account.place / "root" / "blobs"
    blobs.mkdir(mode=0o700, parents=True)
    uv = as_uv_wheel(uv_program(), blobs / "uv")
    uv = uv.rename(blobs / sha256(uv))
    owned(account, uv)
    account.variables["DOCKER_HOST"] = dockerd.environment["DOCKER_HOST"]
    with small_index(tmp_path / "index") as index:
        told = account.attempt(
            "",
            *("python", "-c", "import alpha; print(alpha.__file__)"),
            mode="docker",
            image={"name": DEBIAN, "network": "host"},
            packages={"kind": "python", "lines": ["alpha"]},
            tools={"uv": {"name": "uv.whl", "sha256": uv.name, "size": uv.stat().st_size}},
            environment={"PIP_INDEX_URL": index.url, "PIP_CONFIG_FILE": os.devnull},
        )
    assert told["record"]["outcome"] == "completed", told
    assert f"{account.place}/root/cache/environments/" in told["log"]
    for path in (account.place / "root").rglob("*"):
        assert path.lstat().st_uid == account.uid, path
    assert dockerd.containers() == []


def test_podman_without_root_writes_as_the_account(account: Account) -> None:
    if why := why_no_podman():
        pytest.skip(why)
    if shutil.which("newuidmap") is None:
        pytest.skip("there is no newuidmap (Debian: uidmap)")
    if account.name not in Path("/etc/subuid").read_text():
        pytest.skip("the system gives accounts no subordinate ids")
    owned(account, write_rules(account.place, "podman"))
    conf = write_settings(account.place / "containers.conf")
    account.variables["CONTAINERS_CONF"] = str(conf)
    archive = account.place / "busybox.tar"
    archive.write_bytes(busybox_tar())
    account.run("podman", "import", archive, BUSYBOX)
    check(account, account.attempt("ready", "sh", "-c", SCRIPT, **in_image()))
    assert account.run("podman", "ps", "--all", "--quiet") == b""

"""Engines that are used by an account without rights: whose are the outputs then?"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.containers.accounts import Account, needs_accounts, owned
from tests.containers.engines import (
    OwnEngine,
    why_no_podman,
    write_rules,
    write_settings,
)
from tests.containers.images import BUSYBOX, busybox_tar
from tests.containers.specs import in_image

pytestmark = needs_accounts
SCRIPT = (
    'echo data >"$CLEARQ_OUTPUT/x"; cat "$CLEARQ_OUTPUT/x"; id; echo "$USER"; echo ready\n'
    "trap 'echo got TERM; exit 7' TERM; while :; do sleep 0.1; done"
)


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

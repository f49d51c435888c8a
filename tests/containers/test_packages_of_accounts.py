"""Packages for an image, where the engine is root and the agent is not."""

from __future__ import annotations

import os
from pathlib import Path

from tests.containers.accounts import Account, needs_accounts, owned
from tests.containers.engines import OwnEngine, write_rules
from tests.containers.images import DEBIAN
from tests.containers.packages import small_index
from tests.python_environments.machine import uv_program
from tests.python_environments.wheels import as_uv_wheel, sha256

pytestmark = needs_accounts


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

"""What micromamba, mamba and conda are told; and the real ones, where one is installed."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from clearq_tui.conda.packages import CondaPackages
from clearq_tui.paths import Home
from remote_agent import what_is_here
from remote_agent.conda_environments.archives import Archives
from remote_agent.conda_environments.request import read_request
from remote_agent.conda_environments.with_conda import (
    Tool,
    command,
    explicit_list,
    tool_of,
    variables_for,
)
from remote_agent.environments.interface import StepFailed
from tests.conda.archives import Channel
from tests.conda.machine import Machine, brought

SHA256, MD5 = "a" * 64, "b" * 32
URL = "https://host/chan/linux-64/tool-1.0-0.conda"
PACKAGE = {
    "url": URL, "name": "tool", "version": "1.0", "build": "0", "subdir": "linux-64",
    "sha256": SHA256, "md5": MD5,
}  # fmt: skip
REQUEST = read_request(
    {"packages": {"kind": "conda", "lock": {"platform": "linux-64", "packages": [PACKAGE]}}}
)


@pytest.mark.parametrize(
    ("path", "said", "expected"),
    [
        ("/x/micromamba", "2.0.5\n", "#sha256:" + SHA256),
        ("/x/micromamba", "1.4.2\n", "#sha256:" + SHA256),
        ("/x/mamba", "2.1.0\n", "#sha256:" + SHA256),
        ("/x/mamba", "mamba 1.5.8\nconda 24.1.2\n", "#" + MD5),
        ("/x/conda", "conda 24.9.0\n", "#" + SHA256),
        ("/x/conda", "conda 4.12.0\n", "#" + MD5),
    ],
)
def test_hashes_as_each_tool_knows_them(path: str, said: str, expected: str) -> None:
    tool = tool_of(path, said)
    lines = explicit_list(tool, REQUEST, Archives("/nowhere")).splitlines()
    assert lines == ["# platform: linux-64", "@EXPLICIT", URL + expected]


def test_a_tool_that_does_not_say_its_version() -> None:
    with pytest.raises(StepFailed, match="does not say its version: 'broken'"):
        tool_of("/x/conda", "broken")


def test_command_lines() -> None:
    micromamba = Tool("/x/micromamba", "micromamba", (2, 0, 5))
    conda = Tool("/x/conda", "conda", (24, 9))
    beginning = ["create", "--yes", "--quiet", "--prefix", "/place", "--file", "/list"]
    assert command(micromamba, "/place", "/list", True) == [
        "/x/micromamba", *beginning, "--offline",
    ]  # fmt: skip
    assert command(conda, "/place", "/list", False) == [
        "/x/conda", *beginning, "--no-default-packages",
    ]  # fmt: skip


def test_variables() -> None:
    given = {"PATH": "/bin", "PYTHONPATH": "/x", "CONDA_PREFIX": "/y", "HTTPS_PROXY": "p"}
    assert variables_for(given, "/cache") == {
        "PATH": "/bin",
        "HTTPS_PROXY": "p",
        "CONDA_PKGS_DIRS": "/cache",
        "MAMBA_NO_BANNER": "1",
    }


def test_with_a_real_one(
    channel: Channel, home: Home, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_home = pwd.getpwuid(os.getuid()).pw_dir
    if not what_is_here.conda(real_home):
        pytest.skip("NOT TESTED: none of micromamba, mamba and conda is installed here")
    monkeypatch.setenv("HOME", real_home)
    asked = CondaPackages("environment.yml", (channel.url,), False, ("tool",)).to_json()
    built = machine.attempt(brought(home, asked), home=home, tools={}).obtain()
    assert (Path(built.place) / "share" / "data.txt").read_bytes() == b"first\n"

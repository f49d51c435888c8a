"""System packages, on what this system really has; installing needs a Debian of one's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from remote_agent.environments.system_packages import NAME
from tests.agent.forker import Forker
from tests.agent.interpreters import HOUSE

needs_dpkg = pytest.mark.skipif(shutil.which("dpkg-query") is None, reason="no dpkg here")


@needs_dpkg
def test_installed_ones_pass(forker: Forker) -> None:
    forker.start("1.1", "/bin/true", system_packages=["dpkg", "libc6", "coreutils"])
    assert forker.result("1.1") == ("completed", 0, None, "")
    assert "All there: dpkg, libc6, coreutils." in forker.log("1.1")


@needs_dpkg
def test_what_cannot_be_installed_is_named(forker: Forker) -> None:
    names = ["dpkg", "clearq-has-no-such-package", "nor-this-one=1.0"]
    forker.start("1.1", "/bin/true", system_packages=names)
    outcome, _, _, reason = forker.result("1.1")
    assert outcome == "failed"
    assert reason.startswith("system packages: ")
    assert "clearq-has-no-such-package, nor-this-one=1.0" in reason


@needs_dpkg
@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody else")
def test_without_authority_the_missing_ones_are_named_and_nothing_is_tried() -> None:
    """As nobody, with a copy of the agent that everybody may read."""
    script = Path(__file__).parent / "scripts" / "ask_for_packages.py"
    become_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    with tempfile.TemporaryDirectory(dir="/var/tmp") as place:
        shutil.copytree(HOUSE / "remote_agent", Path(place) / "remote_agent")
        shutil.copy(script, place)
        Path(place).chmod(0o755)
        ask = ["/usr/bin/python3", "-ISB", f"{place}/{script.name}", "/tmp"]
        done = subprocess.run(
            [*become_nobody, *ask, "dpkg", "clearq-has-no-such-package"],
            env={"PATH": "/usr/bin:/bin", "HOUSE": place},
            capture_output=True,
            text=True,
            check=True,
        )
    assert done.stdout == (
        "clearq-has-no-such-package is missing, and clearq may not install here (no root, no sudo "
        "without a password). Ask the machine's owner for: apt-get -q -y -o "
        "DPkg::Lock::Timeout=600 install --no-install-recommends clearq-has-no-such-package\n"
    )


@pytest.mark.parametrize("name", ["-y", "--root=/", "a;b", "$(x)", "../x", "", "a b", "a\n"])
def test_no_name_is_an_option_or_a_command(forker: Forker, name: str) -> None:
    assert not NAME.match(name)
    forker.start("1.1", "/bin/true", system_packages=[name])
    assert "is not the name of a system package" in forker.result("1.1")[3]


@pytest.mark.parametrize("name", ["g++", "libc6:amd64", "python3.11", "vim=2:9.0", "gcc-c++"])
def test_names_of_packages_are_taken(name: str) -> None:
    assert NAME.match(name)

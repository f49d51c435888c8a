"""What the laptop brings for a task of the mode conda, and that a machine needs no more."""

from __future__ import annotations

import os
import shutil
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clearq_tui.conda import CondaError
from clearq_tui.conda.bring import bring_conda_environment
from clearq_tui.conda.packages import CondaPackages
from clearq_tui.conda.rattler_wheel import own_tag, rattler_wheel
from clearq_tui.paths import Home
from clearq_tui.provisioning import Errand, Target, own_target
from remote_agent.layout import Layout
from tests.agent.forker import Forker
from tests.conda.archives import Channel, File, Package
from tests.conda.machine import FACTS
from tests.provisioning.package_index import PackageIndex, serving
from tests.python_environments.wheels import Package as Wheel

INFORMATION = "site-packages/given-1.0.dist-info/METADATA"
GIVEN = Package(
    "conda-given",  # conda's name of a package is not always Python's
    "1.0.7",
    {
        "site-packages/given.py": File(b"origin = 'conda'\n"),
        INFORMATION: File(b"Metadata-Version: 2.1\nName: given\nVersion: 1.0\n"),
    },
    depends=["python"],
    noarch="python",
)
HERE = {
    **FACTS,
    "conda": "",
    "python": "3.8.18",
    "pythons": [{"version": ".".join(map(str, sys.version_info[:3])), "path": sys.executable}],
}

WITH_CONDA = {**HERE, "conda": "/opt/conda/bin/conda"}


@pytest.fixture
def index(tmp_path: Path) -> Iterator[PackageIndex]:
    with serving(tmp_path / "index") as index:
        for version in ("1.0", "2.0"):
            Wheel("given", version, files={"given.py": "origin = 'index'\n"}).wheel(index.directory)
        Wheel("user", requires=["given"]).wheel(index.directory)
        Wheel("demanding", requires=["given>=2"]).wheel(index.directory)
        yield index


@pytest.fixture
def errand(home: Home, tmp_path: Path, index: PackageIndex) -> Errand:
    variables = {
        name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))
    }
    variables |= {
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_INDEX_URL": index.url,
        "PIP_RETRIES": "0",
        "UV_CACHE_DIR": str(tmp_path / "uv-cache"),
        "UV_HTTP_RETRIES": "0",
    }
    return Errand(home, "lab-a", environment=variables)


def asking(channel: Channel, *specs: str, lines: list[str]) -> dict[str, object]:
    pip: dict[str, object] = {
        "kind": "python", "source": "environment.yml", "python": "", "lines": lines,
        "constraints": [], "options": [], "projects": [], "locked": False,
    }  # fmt: skip
    return CondaPackages("environment.yml", (channel.url,), False, specs, pip=pip).to_json()


def names_of(wheels: list[dict[str, Any]]) -> list[str]:
    return sorted(wheel["name"] for wheel in wheels)


def test_a_task_without_any_network(
    channel: Channel, errand: Errand, tmp_path: Path, index: PackageIndex
) -> None:
    """Everything is brought, and then neither channel nor index is there any more."""
    channel.add(GIVEN)
    asked = asking(channel, "conda-given", lines=["user"])
    brought = bring_conda_environment(asked, "", HERE, errand, offline=True)
    assert names_of(brought.packages["pip"]["wheels"]) == ["user-1.0-py3-none-any.whl"]
    assert brought.python_build is None
    assert brought.rattler is not None
    shutil.rmtree(channel.directory)
    index.close()

    layout = Layout(str(tmp_path / "machine"))
    layout.make_directories()
    for file in (*brought.files, brought.rattler):
        shutil.copyfile(errand.home.blobs / file["sha256"], Path(layout.kept, file["sha256"]))
    program = "import user, given; print(given.origin, given.__file__)"
    with Forker(sys.executable, tmp_path / "machine") as forker:
        forker.start(
            "1.1", "python", "-c", program, mode="conda", packages=brought.packages, offline=True,
            tools={"rattler": brought.rattler}, environment={"PIP_CONFIG_FILE": os.devnull},
        )  # fmt: skip
        outcome, _, _, reason = forker.result("1.1")
        assert (outcome, reason) == ("completed", ""), forker.log("1.1")
        last = forker.log("1.1").splitlines()[-1]
    assert last.startswith(f"conda {layout.cache}/conda/environments/")


def test_another_version_than_conda_has_travels(channel: Channel, errand: Errand) -> None:
    channel.add(GIVEN)
    said: list[str] = []
    told = Errand(errand.home, "lab-a", said.append, environment=errand.environment)
    asked = asking(channel, "conda-given", lines=["demanding"])
    brought = bring_conda_environment(asked, "", WITH_CONDA, told, offline=True)
    assert names_of(brought.packages["pip"]["wheels"]) == [
        "demanding-1.0-py3-none-any.whl",
        "given-2.0-py3-none-any.whl",
    ]
    assert any("Trying without regard" in text for text in said)


def test_a_machine_with_a_network_fetches_itself(channel: Channel, errand: Errand) -> None:
    asked = asking(channel, "module", lines=["user"])
    brought = bring_conda_environment(asked, "", WITH_CONDA, errand, offline=False)
    assert "wheels" not in brought.packages["pip"]
    assert brought.rattler is None
    assert len(brought.files) == 2  # what only the laptop's disk has


def test_the_kept_lock_is_used(channel: Channel, errand: Errand) -> None:
    asked = asking(channel, "module", lines=[])
    first = bring_conda_environment(asked, "", WITH_CONDA, errand, offline=True)
    assert first.kept != asked
    again = bring_conda_environment(first.kept, "", WITH_CONDA, errand, offline=True)
    assert again == first


def test_a_pip_section_without_a_python(channel: Channel, errand: Errand) -> None:
    explicit = CondaPackages(
        "explicit.txt",
        explicit={"linux-64": (f"{channel.url}/noarch/data-1.0-0.conda",)},
        pip={"kind": "python", "lines": ["user"]},
    )
    with pytest.raises(CondaError, match="no Python among the conda packages"):
        bring_conda_environment(explicit.to_json(), "", WITH_CONDA, errand, offline=True)


def test_rattler_is_packed_once(errand: Errand) -> None:
    wheel = rattler_wheel(own_target(), errand)
    path = errand.home.blobs / wheel["sha256"]
    with zipfile.ZipFile(path) as archive:
        assert any(name.startswith("rattler/rattler.") for name in archive.namelist())
    before = path.stat()
    assert rattler_wheel(own_target(), errand) == wheel
    assert path.stat().st_mtime_ns == before.st_mtime_ns


def test_rattler_for_another_kind_of_machine(errand: Errand, index: PackageIndex) -> None:
    arm = Target("Linux", "riscv64", "glibc", (2, 36))
    assert own_tag(arm) == ""
    with pytest.raises(CondaError, match=r"rattler .* cannot be had for it \(Linux riscv64"):
        rattler_wheel(arm, errand)

"""What comes as source is built here, where that makes a wheel for every machine."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from clearq_tui.provisioning import Errand, ProvisionError, Target, bring_packages
from tests.provisioning.conftest import Told
from tests.provisioning.package_index import PackageIndex
from tests.provisioning.small_wheels import project_files, write_sdist, write_wheel
from tests.provisioning.wishes import names_of, pins_of, wish


def git(place: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", *arguments]
    done = subprocess.run(command, cwd=place, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_sources_repositories_and_addresses_become_wheels(
    index: PackageIndex, told: Told, arm: Target, tmp_path: Path
) -> None:
    write_wheel(index.directory, "alpha", "1.0")
    needing = project_files("gamma", "2.0", requires=["alpha"])
    write_sdist(index.directory, "gamma", "2.0", needing)
    theta = write_wheel(index.directory, "theta", "3")
    repository = tmp_path / "repository"
    (repository / "below").mkdir(parents=True)
    for name, text in project_files("vcs", "0.3").items():
        (repository / "below" / name).write_text(text)
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"], ["tag", "v1"]):
        git(repository, *arguments)
    packages = wish(
        index,
        "gamma",
        f"theta @ {index.url_of(theta)}",
        f"vcs @ git+file://{repository}@v1#subdirectory=below",
    )
    brought = bring_packages(packages, arm, "3.10", told.errand)
    assert pins_of(brought) == ["alpha==1.0", "gamma==2.0", "theta==3", "vcs==0.3"]
    assert all(name.endswith("-py3-none-any.whl") for name in names_of(brought))
    assert {"building gamma 2.0 for lab-a", "building vcs 0.3 for lab-a"} <= set(told.said)
    # Another set of packages, with the same source in it: it is not built again.
    told.said.clear()
    again = bring_packages(wish(index, "gamma"), arm, "3.10", told.errand)
    assert pins_of(again) == ["alpha==1.0", "gamma==2.0"]
    assert not any("building" in each for each in told.said)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (
            project_files("native", "1", "cp311-cp311-linux_x86_64"),
            "what was built of it here (native-1-cp311-cp311-linux_x86_64.whl) need not run on",
        ),
        (
            {
                **project_files("native", "1"),
                "backend.py": project_files("native", "1")["backend.py"]
                + "\ndef build_wheel(*_, **__):\n    raise RuntimeError('no compiler')\n",
            },
            "native 1 has no wheel for lab-a, and cannot be built here",
        ),
    ],
)
def test_what_can_only_be_built_on_the_machine_is_refused_by_name(
    index: PackageIndex, errand: Errand, arm: Target, files: dict[str, str], words: str
) -> None:
    write_sdist(index.directory, "native", "1", files)
    with pytest.raises(ProvisionError) as refused:
        bring_packages(wish(index, "native"), arm, "3.10", errand)
    assert words in str(refused.value)

"""Projects in the task's code, for a machine that builds them without a network."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from clearq_tui.provisioning import Code, Errand, ProvisionError, Target, bring_packages
from tests.provisioning.package_index import PackageIndex
from tests.provisioning.small_wheels import project_files, write_wheel
from tests.provisioning.wishes import names_of, pins_of, wish

ROOT = {"path": ".", "extras": [], "editable": True}


class Written:
    """Code that counts how often it is laid out."""

    def __init__(self, files: Mapping[str, str], key: str = "1") -> None:
        self.times = 0
        self._files = files
        self.code = Code(key, self._lay_out)

    def _lay_out(self, directory: Path) -> Path:
        self.times += 1
        for name, text in self._files.items():
            path = directory / "tree" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return directory / "tree"


@pytest.fixture
def filled(index: PackageIndex) -> PackageIndex:
    write_wheel(index.directory, "alpha", "1.0")
    write_wheel(index.directory, "tool", "5", "cp310-cp310-manylinux_2_17_aarch64")
    write_wheel(index.directory, "tool", "5", "py3-none-any")
    write_wheel(index.directory, "editor", "6")
    return index


def test_what_a_project_needs_and_what_builds_it_are_brought(
    filled: PackageIndex, errand: Errand, arm: Target
) -> None:
    files = project_files(
        "mine", "0.1", requires=["alpha"], build_requires=["tool"], extra=["editor>=1"]
    )
    written = Written(files)
    packages = wish(filled, projects=[ROOT])
    brought = bring_packages(packages, arm, "3.10", errand, written.code)
    assert pins_of(brought) == ["alpha==1.0"]
    assert names_of(brought) == [
        "alpha-1.0-py3-none-any.whl",
        "editor-6-py3-none-any.whl",
        "tool-5-cp310-cp310-manylinux_2_17_aarch64.whl",
    ]
    assert brought["projects"] == [ROOT]
    assert written.times == 1
    # The same code again; other code whose project says the same; other words of the project.
    assert bring_packages(packages, arm, "3.10", errand, written.code) == brought
    assert written.times == 1
    edited = Written({**files, "train.py": "print()"}, "2")
    asked = len(filled.requests)
    assert bring_packages(packages, arm, "3.10", errand, edited.code) == brought
    assert (edited.times, len(filled.requests)) == (1, asked)
    needs_less = Written(project_files("mine", "0.1", build_requires=[]), "3")
    other = bring_packages(packages, arm, "3.10", errand, needs_less.code)
    assert (other["lines"], other["wheels"]) == ([], [])


def test_files_directories_and_projects_in_the_code_that_do_not_count(
    filled: PackageIndex, errand: Errand, arm: Target, tmp_path: Path
) -> None:
    lib = {f"libs/own/{name}": text for name, text in project_files("own", "2").items()}
    packages = wish(
        None,
        "alpha",
        "./wheels/zeta-3-py3-none-any.whl ; python_version > '3'",
        options=["--no-index", "--find-links wheels"],
        projects=[
            {"path": "libs/own", "extras": [], "editable": False},
            {"path": "nowhere", "extras": [], "editable": True, "marker": "os_name == 'nt'"},
        ],
    )

    def lay_out(directory: Path) -> Path:
        place = Written(lib).code.lay_out(directory)
        (place / "wheels").mkdir()
        write_wheel(place / "wheels", "zeta", "3")
        write_wheel(place / "wheels", "alpha", "0.9")
        return place

    brought = bring_packages(packages, arm, "3.10", errand, Code("1", lay_out))
    assert pins_of(brought) == ["alpha==0.9", "zeta==3"]
    assert filled.requests == []


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"setup.py": "", "pyproject.toml": "]"}, "is no TOML"),
        ({"pyproject.toml": "[build-system]\nrequires = 7\n"}, "for a list of texts"),
        (
            {"pyproject.toml": "[build-system]\nrequires = ['gone']\nbuild-backend = 'gone'\n"},
            "The build system (gone) of the task's code cannot be had: .*gone was not found",
        ),
        (
            {"pyproject.toml": "[build-system]\nrequires = []\nbuild-backend = 'broken'\n"
             "backend-path = ['.']\n", "broken.py": "raise RuntimeError('no license')"},
            "does not say what it needs: .*no license",
        ),
    ],
)  # fmt: skip
def test_a_project_in_error_is_named(
    filled: PackageIndex, errand: Errand, arm: Target, files: dict[str, str], words: str
) -> None:
    written = Written({f"mine/{name}": text for name, text in files.items()})
    project = {"path": "mine", "extras": [], "editable": True}
    packages = wish(filled, projects=[project], locked=True)
    with pytest.raises(ProvisionError, match=_anywhere(words)):
        bring_packages(packages, arm, "3.10", errand, written.code)


@pytest.mark.parametrize(
    ("packages", "words"),
    [
        (wish(None, projects=[ROOT | {"path": "gone"}]), "no directory gone"),
        (wish(None, "./gone.whl"), r"name ./gone.whl, which is not in its code"),
        ({"projects": 7}, "projects are no list"),
        ({"lines": [7]}, "lines are no list of texts"),
        ({"projects": [{}]}, "a project has no path"),
        (wish(None, projects=[ROOT | {"marker": "so so"}]), "'so so' is no marker"),
    ],
)
def test_what_the_packages_name_must_be_there(
    errand: Errand, arm: Target, packages: dict[str, object], words: str
) -> None:
    with pytest.raises(ProvisionError, match=words):
        bring_packages(packages, arm, "3.10", errand, Written({"a.py": ""}).code)


def test_without_the_code_projects_are_refused(errand: Errand, arm: Target) -> None:
    with pytest.raises(ProvisionError, match="described by its code, which is not here"):
        bring_packages(wish(None, projects=[ROOT]), arm, "3.10", errand)


def _anywhere(words: str) -> str:
    """A pattern in which only `.*` means something else."""
    return ".*".join(map(re.escape, words.split(".*")))

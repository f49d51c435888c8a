"""The packages of a script, asked of a real environment that the test makes."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from clearq_tui.requirements import Project, Requirements, RequirementsError, find_requirements
from tests.requirements.wheels import make_wheel, uv, write

SERIES = f"=={sys.version_info[0]}.{sys.version_info[1]}.*"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with wheels of every kind that matters."""
    place = tmp_path_factory.mktemp("environment")
    wheels = [
        make_wheel(place / "wheels", "alpha", "1.2", requires=["deep-thing>=1"]),
        make_wheel(place / "wheels", "deep-thing", "3.1", requires=["alpha"]),
        make_wheel(place / "wheels", "Py-Differs", "4.0", module="differs"),
        make_wheel(place / "wheels", "ns-one", "1.0", module="ns.one"),
        make_wheel(place / "wheels", "ns-two", "2.0", module="ns.sub.two"),
        make_wheel(place / "wheels", "accelerated", "2.3.0+cu121"),
        make_wheel(place / "wheels", "from-git", "0.1"),
        make_wheel(place / "wheels", "from-conda", "0.2"),
        make_wheel(place / "wheels", "datasets", "5.0"),
    ]
    uv(place, "venv", "--python", sys.executable, "env")
    python = place / "env/bin/python"
    uv(place, "pip", "install", "--python", str(python), "--no-index", *map(str, wheels))
    packages = next((place / "env/lib").glob("python*/site-packages"))
    come_from(packages, "from_git-0.1", GIT)
    come_from(packages, "from_conda-0.2", {"url": "file:///no/such/place", "dir_info": {}})
    for wheel in wheels:
        name = wheel.name.removesuffix("-py3-none-any.whl")
        if not name.startswith("from_"):  # uv notes that each was installed from a file
            (packages / f"{name}.dist-info/direct_url.json").unlink()
    return place / "env"


GIT: dict[str, object] = {
    "url": "https://git.example/from-git",
    "vcs_info": {"vcs": "git", "commit_id": "abc123"},
    "subdirectory": "py",
}


def come_from(packages: Path, stem: str, direct: dict[str, object]) -> None:
    (packages / f"{stem}.dist-info/direct_url.json").write_text(json.dumps(direct))


@pytest.fixture(autouse=True)
def active(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", str(environment))
    monkeypatch.delenv("CONDA_PREFIX", raising=False)


def found(tree: Path, script: str, **files: str) -> Requirements | None:
    return find_requirements(write(tree, {"go.py": script, **files}), script=Path("go.py"))


def lines(tree: Path, script: str, **files: str) -> tuple[str, ...]:
    requirements = found(tree, script, **files)
    return requirements.lines if requirements else ()


def test_pinned_to_what_the_operator_has(tmp_path: Path) -> None:
    script = "import os, json\nimport alpha\nfrom differs import version\nimport cv2, new_thing.x\n"
    assert found(tmp_path, script) == Requirements(
        source="imports",
        python=SERIES,
        lines=("alpha==1.2", "new-thing", "opencv-python", "Py-Differs==4.0"),
        constraints=("deep-thing==3.1",),
    )


def test_nothing_but_the_standard_library(tmp_path: Path) -> None:
    assert found(tmp_path, "import os.path, tomllib\nfrom concurrent import futures\n") is None


def test_where_a_distribution_came_from(tmp_path: Path) -> None:
    assert lines(tmp_path, "import from_git") == (
        "from-git @ git+https://git.example/from-git@abc123#subdirectory=py",
    )
    assert lines(tmp_path, "import from_conda") == ("from-conda==0.2",)
    assert lines(tmp_path, "import accelerated") == ("accelerated==2.3.0",)


def test_distributions_that_share_a_package(tmp_path: Path) -> None:
    assert lines(tmp_path, "import ns.one") == ("ns-one==1.0",)
    assert lines(tmp_path, "from ns.sub import two") == ("ns-two==2.0",)
    assert lines(tmp_path, "from ns import sub") == ("ns-two==2.0",)


def test_alternatives(tmp_path: Path) -> None:
    either = "try:\n  import {}\nexcept ImportError:\n  {}\n"
    assert lines(tmp_path, either.format("missing", "import alpha")) == ("alpha==1.2",)
    assert lines(tmp_path, either.format("alpha", "import missing")) == ("alpha==1.2",)
    assert lines(tmp_path, either.format("missing", "import json")) == ()
    assert lines(tmp_path, either.format("missing", "missing = None")) == ()
    assert lines(tmp_path, either.format("alpha", "alpha = None")) == ("alpha==1.2",)
    assert lines(tmp_path, either.format("missing", "raise")) == ("missing",)
    assert lines(tmp_path, either.format("missing_a", "import missing_b")) == ("missing-a",)


def test_modules_of_the_tree_are_followed(tmp_path: Path) -> None:
    files = {
        "package/__init__.py": "from .inner import deep\n",
        "package/inner/__init__.py": "",
        "package/inner/deep.py": "from ...nowhere import x\nfrom .. import side\n",
        "package/side.py": "import alpha\nif __name__ == '__main__':\n  import never\n",
        "package/unused.py": "import never_used\n",
        "src/laid/__init__.py": "import differs\n",
        "plain/part.py": "import accelerated\n",
        "datasets/notes.py": "import never_data\n",
        "circle.py": "import go, circle\n",
    }
    script = "import package, laid, plain.part, circle\nfrom datasets import notes\n"
    assert lines(tmp_path, script, **files) == (
        "accelerated==2.3.0",
        "alpha==1.2",
        "datasets==5.0",
        "Py-Differs==4.0",
    )


def test_a_module_far_away_in_the_tree_is_no_package(tmp_path: Path) -> None:
    """An index may have something else, and hostile, under the name of a private module."""
    files = {
        "tools/private/__init__.py": "import alpha\n",
        ".venv/lib/odd.py": "",
        ".venv/pyvenv.cfg": "",
        "env/pyvenv.cfg": "",
        "env/lib/other.py": "import never\n",
    }
    script = "import sys\nsys.path.append('tools')\nimport private, odd, other\n"
    assert lines(tmp_path, script, **files) == ("alpha==1.2", "odd", "other")
    optional = "try:\n  import private\nexcept ImportError:\n  private = None\n"
    assert lines(tmp_path, optional, **files) == ("alpha==1.2",)


def test_programs_that_are_directories_and_parts_of_packages(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "tool/__init__.py": "import alpha\n",
            "tool/__main__.py": "from tool.core import go\n",
            "tool/core.py": "import differs\n",
        },
    )
    requirements = find_requirements(tmp_path, script=Path("tool"))
    assert requirements is not None
    assert requirements.lines == ("alpha==1.2", "Py-Differs==4.0")


def test_a_script_for_a_newer_python_is_read_by_the_operators(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = sorted(Path("~/.pyenv/versions").expanduser().glob("3.1[2-9].*/bin/python"))
    if not newer or sys.version_info >= (3, 12):
        pytest.skip("there is no Python newer than the one that runs the tests")
    monkeypatch.delenv("VIRTUAL_ENV")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python3").symlink_to(newer[0])
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    tree = tmp_path / "tree"
    assert lines(tree, "type X = int\nimport missing\n") == ("missing",)


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequirementsError) as caught:
        found(tmp_path, "import helper\n", **{"helper.py": "\nprint 'old'\n"})
    message = str(caught.value)
    assert message.startswith(f"{tmp_path}/helper.py, line 2: this is not Python that can be read")
    assert message.endswith("name the packages with --package.")
    unneeded = "try:\n  import json\nexcept ImportError:\n  import helper\n"
    assert found(tmp_path, unneeded) is None


def test_a_module_that_is_on_this_laptop_alone_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"private/mine.py": "", "tree/x": ""})
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "private"))
    with pytest.raises(RequirementsError) as caught:
        found(tmp_path / "tree", "import alpha\nimport mine\n")
    assert str(caught.value) == (
        f"{tmp_path}/tree/go.py, line 2: mine is imported from {tmp_path}/private/mine.py, which "
        "does not travel to the machine. Move it into the tree, or name the package to install "
        "with --package."
    )


@pytest.mark.parametrize("is_inside", [True, False])
def test_a_project_that_is_installed_editable(
    tmp_path: Path, environment: Path, is_inside: bool
) -> None:
    """What only a `.pth` file leads to is told by the directory that the distribution names."""
    tree = tmp_path / "tree"
    project = (tree if is_inside else tmp_path) / "libs"
    write(project, {"pyproject.toml": "[project]\nname='mine'\n", "src/my_lib/__init__.py": ""})
    packages = next(environment.glob("lib/python*/site-packages"))
    about = packages / "mine-1.0.dist-info"
    direct = {"url": project.as_uri(), "dir_info": {"editable": True}}
    write(
        packages,
        {
            "_mine.pth": f"{project}/src\n",
            "mine-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: mine\nVersion: 1.0\n",
            "mine-1.0.dist-info/RECORD": "_mine.pth,,\n",
            "mine-1.0.dist-info/direct_url.json": json.dumps(direct),
        },
    )
    try:
        if is_inside:
            requirements = found(tree, "import my_lib\n")
            assert requirements is not None
            assert requirements.projects == (Project("libs"),)
            assert requirements.lines == ()
        else:
            with pytest.raises(RequirementsError, match=r"go.py, line 1: .*/libs' lies outside of"):
                found(tree, "import my_lib\n")
    finally:
        (packages / "_mine.pth").unlink()
        for file in about.iterdir():
            file.unlink()
        about.rmdir()


def test_which_python_is_the_operators(
    tmp_path: Path, environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VIRTUAL_ENV")
    monkeypatch.setenv("CONDA_PREFIX", str(environment))
    assert lines(tmp_path, "import alpha") == ("alpha==1.2",)
    monkeypatch.delenv("CONDA_PREFIX")
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    unknown = found(tmp_path, "import alpha")
    assert unknown == Requirements("imports", lines=("alpha",))
    (tmp_path / ".venv").symlink_to(environment)
    assert lines(tmp_path, "import alpha") == ("alpha==1.2",)
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "gone"))
    with pytest.raises(RequirementsError, match=r"VIRTUAL_ENV says .*/gone, but there is no"):
        found(tmp_path, "import alpha")


def test_an_interpreter_that_fails_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"broken/bin/python": "#!/bin/sh\necho trouble >&2\nexit 3\n"})
    (tmp_path / "broken/bin/python").chmod(0o755)
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "broken"))
    with pytest.raises(RequirementsError, match=r"bin/python \(VIRTUAL_ENV\) failed .*: trouble\."):
        found(tmp_path, "import alpha")


def test_a_versions_file_goes_before_the_environments_python(tmp_path: Path) -> None:
    requirements = found(tmp_path, "import alpha", **{".python-version": "3.9\n"})
    assert requirements is not None
    assert requirements.python == "==3.9.*"

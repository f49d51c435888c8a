"""In which order requirements are looked for, and what is the same for all of them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clearq_tui.model import ClearqError
from clearq_tui.requirements import (
    Project,
    Requirements,
    RequirementsError,
    find_requirements,
    has_conda_file,
)
from tests.requirements.wheels import HASH, SETUP, write

SCRIPT = "# /// script\n# dependencies = ['inline']\n# ///\nimport imported\n"
LOCK = 'lock-version = "1.0"\ncreated-by = "t"\n'
POETRY = '[metadata]\nlock-version = "2.1"\npython-versions = "*"\n'


@pytest.fixture(autouse=True)
def no_interpreter(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing here asks the Python of whoever runs the tests."""
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "no-programs"))


def source(directory: Path, top: Path, script: str = "") -> str | None:
    found = find_requirements(directory, top=top, script=Path(script) if script else None)
    return found.source if found else None


def test_the_order(tmp_path: Path) -> None:
    """Take away what is found, and the next one is found."""
    write(
        tmp_path,
        {
            "sub/go.py": SCRIPT,
            "sub/pylock.toml": f"{LOCK}packages = []\n",
            "sub/pyproject.toml": "[project]\nname = 'x'\ndependencies = []\n[tool.poetry]\n",
            "sub/poetry.lock": POETRY,
            "sub/requirements-gpu.txt": "c",
            "sub/requirements.txt": "a",
            "sub/setup.cfg": "[metadata]\nname = x\n",
            "sub/setup.py": SETUP,
            "requirements.txt": "b",
        },
    )
    sub = tmp_path / "sub"
    taken_away = [
        ("script", "go.py"),
        ("pylock.toml", "pylock.toml"),
        ("poetry.lock", "poetry.lock"),
        ("pyproject.toml", "pyproject.toml"),
        ("requirements.txt", "requirements.txt"),
        ("requirements-gpu.txt", "requirements-gpu.txt"),
        ("setup.py", "setup.py"),
        ("setup.cfg", "setup.cfg"),
    ]
    for expected, name in taken_away:
        assert source(sub, tmp_path, "go.py") == expected
        (sub / name).unlink()
    write(sub, {"go.py": "import imported\n"})
    assert source(sub, tmp_path, "go.py") == "requirements.txt"
    assert source(sub, sub, "go.py") == "imports"
    assert source(sub, sub) is None


def test_the_tasks_own_list_goes_before_everything(tmp_path: Path) -> None:
    write(tmp_path, {"requirements.txt": "a", "own.txt": f"d==1 --hash={HASH}", "setup.py": SETUP})
    listed = find_requirements(tmp_path, chosen=("b>1", "-e .", "--pre"))
    assert listed == Requirements(
        "list", lines=("b>1",), options=("--pre",), projects=(Project("."),)
    )
    both = find_requirements(tmp_path, chosen=("b",), requirements_file=Path("own.txt"))
    assert both == Requirements("list", lines=("b", f"d==1 --hash={HASH}"))
    alone = find_requirements(tmp_path, requirements_file=Path("own.txt"))
    assert alone == Requirements("own.txt", lines=(f"d==1 --hash={HASH}",), locked=True)


def test_a_file_is_read_as_what_its_name_says(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "x/pyproject.toml": "[project]\nname = 'x'\ndependencies = ['p']\n",
            "x/pylock.gpu.toml": f"{LOCK}packages = []\n",
            "requirements.txt": "a",
        },
    )
    project = find_requirements(tmp_path, requirements_file=Path("x/pyproject.toml"))
    assert project == Requirements("pyproject.toml", lines=("p",))
    lock = find_requirements(tmp_path, requirements_file=Path("x/pylock.gpu.toml"))
    assert lock == Requirements("pylock.gpu.toml", locked=True)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"chosen": ("not a name",)}, "--package 'not a name': 'not a name' is not a requirement"),
        ({"chosen": ("./none.whl",)}, "--package './none.whl': there is no file or directory"),
        ({"requirements_file": Path("none.txt")}, "There is no file "),
        ({"chosen": ("a",), "extras": ("x",)}, "list of packages has no extras and no groups, but"),
        (
            {"groups": ("g",)},
            "requirements.txt has no extras and no groups, but group 'g' is asked",
        ),
    ],
)
def test_refusals(tmp_path: Path, arguments: dict[str, object], expected: str) -> None:
    write(tmp_path, {"requirements.txt": "a"})
    with pytest.raises(ClearqError) as caught:
        find_requirements(tmp_path, **arguments)  # type: ignore[arg-type]
    assert expected in str(caught.value)


def test_directories_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RequirementsError, match="There is no directory"):
        find_requirements(tmp_path / "none")
    write(tmp_path, {"a/x": "", "b/x": ""})
    with pytest.raises(RequirementsError, match="is not inside of"):
        find_requirements(tmp_path / "a", top=tmp_path / "b")


def test_several_requirements_files(tmp_path: Path) -> None:
    write(tmp_path, {"requirements-dev.txt": "a", "requirements_test.txt": "b"})
    assert find_requirements(tmp_path) is None
    write(tmp_path, {"requirements-gpu.txt": "c"})
    found = find_requirements(tmp_path)
    assert found is not None
    assert found.lines == ("c",)
    write(tmp_path, {"requirements-cpu.txt": "d"})
    with pytest.raises(RequirementsError, match=r"has requirements-cpu.txt, requirements-gpu.txt;"):
        find_requirements(tmp_path)


def test_what_lies_beside_a_script_that_is_run_from_above(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "examples/a/go.py": "import x",
            "examples/a/requirements.txt": "-e .\n./lib",
            "lib/setup.py": SETUP,
        },
    )
    write(tmp_path, {"examples/a/setup.py": SETUP})
    found = find_requirements(tmp_path, script=Path("examples/a/go.py"))
    assert found is not None
    assert found.projects == (Project("examples/a"), Project("lib", editable=False))


def test_a_directory_reached_by_a_symbolic_link(tmp_path: Path) -> None:
    write(tmp_path, {"real/requirements.txt": "-e .", "real/setup.py": SETUP})
    (tmp_path / "link").symlink_to("real")
    found = find_requirements(tmp_path / "link")
    assert found == find_requirements(tmp_path / "real")


@pytest.mark.parametrize(
    ("versions_file", "project", "expected"),
    [
        ("3.11\n", "", "==3.11.*"),
        ("3.11.7\n", "", "~=3.11.7"),
        ("# mine\n\n cpython@3.12  # new\n", "", "==3.12.*"),
        ("my-environment\n", "", ""),
        ("system\n3.10\n", "", "==3.10.*"),
        ("3.11.7\n", ">=3.9", "~=3.11.7,>=3.9"),
        ("3\n", ">=3.9", "==3.*,>=3.9"),
        ("", ">=3.9", ">=3.9"),
    ],
)
def test_the_wanted_python(tmp_path: Path, versions_file: str, project: str, expected: str) -> None:
    needs = f"requires-python = '{project}'\n" if project else ""
    write(
        tmp_path, {"pyproject.toml": f"[project]\nname = 'x'\n{needs}", "sub/requirements.txt": "a"}
    )
    if versions_file:
        write(tmp_path, {".python-version": versions_file})
    found = find_requirements(tmp_path / "sub", top=tmp_path)
    assert found is not None
    assert found.python == expected
    alone = find_requirements(tmp_path)
    assert (alone.python if alone else "") == expected


def test_pythons_that_exclude_each_other_are_refused(tmp_path: Path) -> None:
    project = "[project]\nname = 'x'\ndependencies = []\nrequires-python = '>=3.10'\n"
    write(tmp_path, {"pyproject.toml": project, ".python-version": "\n3.9.1\n"})
    with pytest.raises(RequirementsError) as caught:
        find_requirements(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}/.python-version, line 2: Python ~=3.9.1 is chosen here, "
        f"but {tmp_path}/pyproject.toml requires >=3.10."
    )


def test_a_file_of_condas(tmp_path: Path) -> None:
    write(tmp_path, {"sub/x": ""})
    assert not has_conda_file(tmp_path / "sub", top=tmp_path)
    write(tmp_path, {"environment.yml": ""})
    assert has_conda_file(tmp_path / "sub", top=tmp_path)
    assert not has_conda_file(tmp_path / "sub")


TEXTS = st.lists(st.text(max_size=20), max_size=3).map(tuple)
PROJECTS = st.builds(
    Project,
    path=st.text(max_size=9),
    extras=TEXTS,
    editable=st.booleans(),
    marker=st.text(max_size=9),
)
ALL = st.builds(
    Requirements,
    source=st.text(max_size=9),
    python=st.text(max_size=9),
    lines=TEXTS,
    constraints=TEXTS,
    options=TEXTS,
    projects=st.lists(PROJECTS, max_size=2).map(tuple),
    locked=st.booleans(),
)


@settings(deadline=None)
@given(ALL)
def test_json_keeps_everything(requirements: Requirements) -> None:
    said = json.loads(json.dumps(requirements.to_json()))
    assert said["kind"] == "python"
    assert Requirements.from_json(said) == requirements


@settings(deadline=None)
@given(ALL, st.sampled_from(["kind", "source", "lines", "projects", "locked"]))
def test_json_of_something_else_is_refused(requirements: Requirements, name: str) -> None:
    said = requirements.to_json()
    for wrong in (said | {name: 3}, {key: value for key, value in said.items() if key != name}):
        with pytest.raises(RequirementsError):
            Requirements.from_json(wrong)


def test_nothing_to_find_is_found_quickly(tmp_path: Path) -> None:
    """Without the libraries that only what was found needs."""
    write(tmp_path, {"README.md": "", "data/x.bin": ""})
    program = (
        "import sys, time\nfrom pathlib import Path\nimport clearq_tui.model\n"
        "start = time.perf_counter()\n"
        "from clearq_tui.requirements import find_requirements\n"
        f"assert find_requirements(Path({str(tmp_path)!r})) is None\n"
        "print(time.perf_counter() - start)\n"
        "print([name for name in ('packaging', 'uv', 'pip', 'subprocess') if name in sys.modules])"
    )
    took = []
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        )
        seconds, loaded = done.stdout.splitlines()
        assert loaded == "[]"
        took.append(float(seconds))
    assert min(took) < 0.03

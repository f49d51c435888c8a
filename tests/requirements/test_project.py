"""Projects without a lock: pyproject.toml, setup.py, setup.cfg."""

from __future__ import annotations

from pathlib import Path

import pytest

from clearq_tui.requirements import Project, Requirements, RequirementsError, find_requirements
from tests.requirements.wheels import SETUP, make_wheel, write

PROJECT = """\
[project]
name = "My.App"
version = "1"
requires-python = ">=3.10"
dependencies = [
  "alpha[x]>=1 ; python_version < '4'",
  "beta",
]

[project.optional-dependencies]
train = ["gamma>=2"]
all = ["my-app[train]", "delta"]

[dependency-groups]
base = ["epsilon"]
dev = [{ include-group = "base" }, "zeta==1", "my_app[train]"]
"""
BUILD = '\n[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'


def found(tree: Path, text: str, **wish: tuple[str, ...]) -> Requirements:
    requirements = find_requirements(write(tree, {"pyproject.toml": text}), **wish)  # type: ignore[arg-type]
    assert requirements is not None
    return requirements


def refusal(tree: Path, text: str, **wish: tuple[str, ...]) -> str:
    with pytest.raises(RequirementsError) as caught:
        found(tree, text, **wish)
    return str(caught.value).replace(f"{tree}/", "")


def test_a_project(tmp_path: Path) -> None:
    assert found(tmp_path, PROJECT) == Requirements(
        source="pyproject.toml",
        python=">=3.10",
        lines=('alpha[x]>=1; python_version < "4"', "beta"),
    )
    assert found(tmp_path, PROJECT + BUILD).projects == (Project("."),)


def test_extras_and_groups(tmp_path: Path) -> None:
    requirements = found(tmp_path, PROJECT + BUILD, extras=("ALL",), groups=("dev",))
    assert requirements.lines[2:] == ("gamma>=2", "delta", "epsilon", "zeta==1")
    assert requirements.projects == (Project(".", ("ALL",)),)
    assert refusal(tmp_path, PROJECT, extras=("nope",)) == (
        "pyproject.toml: there is no extra 'nope'; it has all, train."
    )
    assert refusal(tmp_path, PROJECT, groups=("nope",)) == (
        "pyproject.toml: there is no dependency group 'nope'; it has base, dev."
    )


def test_whether_a_project_can_be_built(tmp_path: Path) -> None:
    assert found(tmp_path, PROJECT + "[tool.uv]\npackage = true\n").projects
    assert not found(tmp_path, PROJECT + BUILD + "[tool.uv]\npackage = false\n").projects
    assert not found(tmp_path, PROJECT + BUILD + "[tool.poetry]\npackage-mode = false\n").projects


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[project]\ndependencies = 'x'\n", "line 2: dependencies must be a list of strings."),
        ("[project]\ndependencies = [\n 'a',\n 'b c']\n", "line 4: 'b c' is not a requirement: "),
        ("[project\n", "line 1: this is not TOML: "),
        ("project = 3\n", "line 1: project must be a table."),
        (
            "[project]\nrequires-python='three'\ndependencies=[]\n",
            "line 2: 'three' is no version of Python to require.",
        ),
    ],
)
def test_what_is_malformed_is_refused(tmp_path: Path, text: str, expected: str) -> None:
    assert refusal(tmp_path, text).startswith(f"pyproject.toml, {expected}")


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ('a = [{ include-group = "b" }]\nb = [{ include-group = "a" }]', "a → b → a."),
        ('a = [{ include-group = "c" }]', "there is no dependency group 'c'; it has a."),
        ('a = "x"', "the group 'a' must be a list."),
        ("a = [3]", "the group 'a' has 3, which is neither a requirement nor a group."),
    ],
)
def test_groups_that_are_malformed_are_refused(tmp_path: Path, groups: str, expected: str) -> None:
    text = f"[project]\nname='x'\n[dependency-groups]\n{groups}\n"
    assert refusal(tmp_path, text, groups=("a",)).endswith(expected)


def test_dependencies_that_setuptools_reads_from_files(tmp_path: Path) -> None:
    text = (
        '[project]\nname = "app"\ndynamic = ["dependencies", "optional-dependencies", "version"]\n'
        "[tool.setuptools.dynamic]\n"
        'dependencies = { file = ["needs.txt", "more.txt"] }\n'
        'optional-dependencies.train = { file = "train.txt" }\n' + BUILD
    )
    write(tmp_path, {"needs.txt": "# why\nalpha\n\nbeta>1 # x\n", "more.txt": "", "train.txt": "g"})
    assert found(tmp_path, text).lines == ("alpha", "beta>1")
    assert found(tmp_path, text, extras=("train",)).lines == ("alpha", "beta>1", "g")
    (tmp_path / "more.txt").unlink()
    assert refusal(tmp_path, text) == "pyproject.toml, line 5: there is no file 'more.txt'."
    write(tmp_path, {"more.txt": "\nx y\n"})
    assert refusal(tmp_path, text).startswith("more.txt, line 2: 'x y' is not a requirement")


def test_dependencies_that_only_the_build_knows(tmp_path: Path) -> None:
    text = f'[project]\nname = "app"\ndynamic = ["dependencies"]\n{BUILD}'
    requirements = found(tmp_path, text)
    assert (requirements.lines, requirements.projects) == ((), (Project(".", says_needs=False),))


def test_sources_of_uv_are_obeyed_without_a_lock(tmp_path: Path) -> None:
    make_wheel(tmp_path / "vendor", "beta")
    write(
        tmp_path,
        {
            "packages/lib/pyproject.toml": "[project]\nname = 'The_Lib'\n",
            "packages/loose/setup.py": SETUP,
        },
    )
    text = """\
[project]
name = "app"
dependencies = ["alpha[x]>1", "beta", "the-lib", "loose", "torch>=2;python_version>'3'", "split"]
[tool.uv]
constraint-dependencies = ["omega<2"]
[tool.uv.workspace]
members = ["packages/*"]
exclude = ["packages/loose"]
[tool.uv.sources]
Alpha = { git = "https://git.example/alpha", tag = "v1", subdirectory = "py" }
beta = { path = "vendor/beta-1.0-py3-none-any.whl" }
the-lib = { workspace = true }
loose = { path = "packages/loose" }
torch = { index = "cpu" }
split = [
  { url = "https://f.example/split.zip", marker = "sys_platform == 'win32'" },
]
[[tool.uv.index]]
name = "cpu"
url = "https://cpu.example/simple"
"""
    requirements = found(tmp_path, text)
    assert requirements.lines == (
        "alpha[x] @ git+https://git.example/alpha@v1#subdirectory=py",
        "./vendor/beta-1.0-py3-none-any.whl",
        'torch>=2; python_version > "3"',
        'split @ https://f.example/split.zip ; sys_platform == "win32"',
        'split; sys_platform != "win32"',
    )
    assert requirements.projects == (
        Project("packages/lib"),
        Project("packages/loose", editable=False),
    )
    assert requirements.constraints == ("omega<2",)
    assert requirements.options == ("--extra-index-url https://cpu.example/simple",)
    missing = text.replace('"the-lib", ', '"other", ').replace("the-lib =", "other =")
    assert refusal(tmp_path, missing) == (
        "pyproject.toml, line 3: no member of the workspace is called 'other'."
    )


def test_a_project_of_poetrys_without_a_lock(tmp_path: Path) -> None:
    text = """\
[tool.poetry]
name = "app"
[tool.poetry.dependencies]
python = "^3.9"
alpha = "^1.2"
beta = { version = "~0.3", extras = ["x"], markers = "os_name == 'posix'" }
gamma = [
  { version = "1.*", python = "<3.11" },
  { version = ">=2,<3 ", python = ">=3.11", platform = "linux" },
]
repo = { git = "https://git.example/repo", branch = "main" }
lib = { path = "lib", develop = true }
extra = { version = "*", optional = true }
[tool.poetry.extras]
more = ["extra"]
[tool.poetry.dev-dependencies]
old = "1.0"
[tool.poetry.group.docs.dependencies]
new = "1.0"
[[tool.poetry.source]]
name = "private"
url = "https://private.example/simple"
priority = "supplemental"
"""
    write(tmp_path, {"lib/setup.py": SETUP})
    requirements = found(tmp_path, text)
    assert requirements.python == "<4.0,>=3.9"
    assert requirements.lines == (
        "alpha<2.0,>=1.2",
        'beta[x]<0.4,>=0.3; os_name == "posix"',
        'gamma==1.*; python_version < "3.11"',
        'gamma<3,>=2; python_version >= "3.11" and sys_platform == "linux"',
        "repo @ git+https://git.example/repo@main",
    )
    assert requirements.projects == (Project("lib"),)
    assert requirements.options == ("--extra-index-url https://private.example/simple",)
    assert "extra" in found(tmp_path, text, extras=("more",)).lines
    assert "old==1.0" in found(tmp_path, text, groups=("dev",)).lines
    assert "new==1.0" in found(tmp_path, text, groups=("docs",)).lines
    assert refusal(tmp_path, text, groups=("x",)).endswith("no group 'x'; it has dev, docs.")
    either = text.replace('alpha = "^1.2"', 'alpha = "^1.2 || ^3"')
    assert refusal(tmp_path, either) == (
        "pyproject.toml, line 5: alpha is wanted in versions >=1.2,<2.0 or >=3,<4, which only "
        "Poetry can choose from; run `poetry lock`, or name one range."
    )


def test_projects_of_setuptools_alone(tmp_path: Path) -> None:
    write(tmp_path, {"setup.py": "raise SystemExit('never run')\n"})
    unsaid = Project(".", says_needs=False)
    assert find_requirements(tmp_path) == Requirements("setup.py", projects=(unsaid,))
    write(tmp_path, {"setup.py": SETUP})
    assert find_requirements(tmp_path) == Requirements("setup.py", projects=(Project("."),))
    cfg = (
        "[metadata]\nname = app\n[options]\npython_requires = >=3.9\ninstall_requires =\n  alpha\n"
        "[options.extras_require]\nx =\n  beta>1 ; os_name == 'nt'\n  gamma\n"
    )
    write(tmp_path, {"setup.cfg": cfg})
    requirements = find_requirements(tmp_path, extras=("x",))
    lines = ("alpha", 'beta>1; os_name == "nt"', "gamma")
    expected = Requirements("setup.py", ">=3.9", lines, projects=(Project(".", ("x",)),))
    assert requirements == expected
    with pytest.raises(RequirementsError, match=r"setup.py: there is no extra 'y'; it has x\."):
        find_requirements(tmp_path, extras=("y",))
    (tmp_path / "setup.py").unlink()
    assert find_requirements(tmp_path) == Requirements(
        "setup.cfg", ">=3.9", ("alpha",), projects=(Project("."),)
    )
    write(tmp_path, {"setup.cfg": "[metadata]\n[options]\ninstall_requires = file: n.txt\n"})
    with pytest.raises(RequirementsError, match=r"setup.cfg: there is no file '.*/n.txt'\."):
        find_requirements(tmp_path)
    write(tmp_path, {"n.txt": "delta # why\n"})
    assert find_requirements(tmp_path) == Requirements(
        "setup.cfg", lines=("delta",), projects=(Project("."),)
    )
    with pytest.raises(RequirementsError, match="has no extras and no groups, but group 'g' is"):
        find_requirements(tmp_path, groups=("g",))
    write(tmp_path, {"setup.cfg": "[flake8]\nmax-line-length = 100\n"})
    assert find_requirements(tmp_path) is None


def test_a_build_system_beside_a_setup_file(tmp_path: Path) -> None:
    requires = '[build-system]\nrequires = ["setuptools"]\n'
    write(tmp_path, {"pyproject.toml": requires, "setup.py": SETUP})
    assert find_requirements(tmp_path) == Requirements("pyproject.toml", projects=(Project("."),))


def test_settings_of_tools_are_no_requirements(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": "[tool.ruff]\nline-length = 100\n"})
    assert find_requirements(tmp_path) is None


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("install_requires=['a>1', 'b']", ("a>1", "b")),
        ("install_requires='a\\nb # why\\n'", ("a", "b")),
        ("install_requires=NEEDS + ('c',)", ("n", "c")),
        ("install_requires=[]", ()),
        ("extras_require=EXTRAS", ()),
        ("install_requires=open('x').read()", None),
        ("install_requires=CHANGED", None),
        ("install_requires=UNKNOWN", None),
        ("install_requires=[1]", None),
        ("extras_require={'x': f()}", None),
        ("**everything", None),
    ],
)
def test_what_a_setup_file_says(
    tmp_path: Path, arguments: str, expected: tuple[str, ...] | None
) -> None:
    beginning = "NEEDS = ('n',)\nEXTRAS = {'x': NEEDS}\nCHANGED = ['a']\nCHANGED += ['b']\n"
    write(tmp_path, {"setup.py": f"import setuptools\n{beginning}setuptools.setup({arguments})\n"})
    found = find_requirements(tmp_path)
    assert found is not None
    assert found.lines == (expected or ())
    assert found.projects == (Project(".", says_needs=expected is not None),)


def test_what_projects_need_that_are_named_by_path(tmp_path: Path) -> None:
    """They are installed without looking at what they need, so the lines must say it."""
    write(
        tmp_path,
        {
            "requirements.txt": "-e ./one[x] ; sys_platform == 'linux'\n",
            "one/pyproject.toml": (
                "[project]\nname = 'one'\ndependencies = ['alpha', 'two', 'b; os_name == \"nt\"']\n"
                "optional-dependencies.x = ['c; sys_platform == \"win32\"', 'd']\n"
                "[tool.uv.sources]\ntwo = { path = '../two', editable = true }\n"
            ),
            "two/pyproject.toml": (
                "[tool.poetry]\nname = 'two'\n[tool.poetry.dependencies]\npython = '*'\n"
                "e = '^1.2'\none = { path = '../one', develop = true }\n"
            ),
        },
    )
    found = find_requirements(tmp_path)
    assert found is not None
    assert found.lines == (
        'alpha; sys_platform == "linux"',
        'b; os_name == "nt" and sys_platform == "linux"',
        'd; sys_platform == "linux"',
        'e<2.0,>=1.2; sys_platform == "linux"',
    )
    on_linux = "sys_platform == 'linux'"
    assert found.projects == (
        Project("one", ("x",), marker=on_linux),
        Project("two", marker=on_linux),
        Project("one", marker=on_linux),
    )

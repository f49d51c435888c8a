"""`poetry.lock` in the formats that Poetry has had."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.markers import Marker
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from clearq_tui.requirements import Project, Requirements, RequirementsError, find_requirements
from clearq_tui.requirements.conditions import NEVER, marker_of
from clearq_tui.requirements.failure import Where
from clearq_tui.requirements.poetry.constraints import alternatives_of, python_condition
from tests.requirements.wheels import SETUP, make_wheel, write

HERE = Where("a file")
PROJECT = """\
[tool.poetry]
name = "app"
version = "1"

[tool.poetry.dependencies]
python = "^3.9"
alpha = { version = "^1.0", extras = ["fast"] }
beta = { version = "^2.0", markers = "sys_platform == 'linux'" }
numeric = [
  { version = "1.24", python = "<3.10" },
  { version = "1.26", python = ">=3.10" },
]
repo = { git = "https://git.example/repo", branch = "main" }
vendored = { path = "vendor/vendored-1.0-py3-none-any.whl" }
lib = { path = "lib", develop = true }
bonus = { version = "*", optional = true }

[tool.poetry.extras]
more = ["bonus"]

[tool.poetry.group.dev.dependencies]
tester = ">=1"

[build-system]
requires = ["poetry-core"]
build-backend = "poetry.core.masonry.api"
"""


def package(name: str, version: str, more: str = "", *, hashed: str = "") -> str:
    files = f'files = [{{ file = "{name}.whl", hash = "sha256:{hashed}" }}]\n' if hashed else ""
    head = f'[[package]]\nname = "{name}"\nversion = "{version}"\ndescription = ""\n'
    return f'{head}optional = false\npython-versions = "*"\n{files}{more}\n'


# What each package is in every format; the first text follows the package's head, the second the
# sub-tables that only come last.
PACKAGES = {
    ("Alpha", "1.5"): (
        '[package.dependencies]\nShared = ">=1"\n'
        'speedy = { version = ">=1", optional = true, markers = "extra == \'fast\'" }\n'
        'slow = { version = ">=1", optional = true }\n'
        'numeric = ">=1.20"\n'
        '[package.extras]\nfast = ["speedy (>=1)"]\nslow = ["slow (>=1)"]\n'
    ),
    ("beta", "2.1"): (
        '[package.dependencies]\nshared = ">=1"\nwinonly = { version = "*", '
        "markers = \"sys_platform == 'win32'\" }\nalpha = \">=1\"\n"
    ),
    ("bonus", "1.0"): '[package.dependencies]\ndeep = "*"\n',
    ("deep", "1.0"): "",
    ("lib", "0.1"): '[package.source]\ntype = "directory"\nurl = "lib"\n',
    ("numeric", "1.24"): "",
    ("numeric", "1.26"): "",
    ("repo", "3.0"): (
        '[package.source]\ntype = "git"\nurl = "https://git.example/repo"\nreference = "main"\n'
        'resolved_reference = "abc123"\nsubdirectory = "py"\n'
    ),
    ("shared", "1.1"): (
        '[package.source]\ntype = "legacy"\nurl = "https://private.example/simple"\n'
        'reference = "private"\n'
    ),
    ("slow", "1.0"): "",
    ("speedy", "1.0"): '[package.dependencies]\ncolour = { version = "*", python = "<3.12" }\n',
    ("colour", "1.0"): "",
    ("tester", "7.0"): '[package.dependencies]\nshared = ">=1"\n',
    ("vendored", "1.0"): (
        '[package.source]\ntype = "file"\nurl = "vendor/vendored-1.0-py3-none-any.whl"\n'
    ),
    ("winonly", "1.0"): "",
}  # fmt: skip
UNHASHED = {"lib", "repo"}


def digest(name: str, version: str) -> str:
    return f"{name}{version}".encode().hex()


def old_lock(version: str) -> str:
    """A lock of format 1.1 or 2.0: nothing in it says who needs a package."""
    text, files = "", "[metadata.files]\n"
    for (name, number), more in PACKAGES.items():
        develop = "develop = true\n" if name == "lib" else ""
        hashed = "" if name in UNHASHED else digest(name, number)
        if version.startswith("1"):
            category = 'category = "main"\n'
            text += package(name, number, category + develop + more)
        else:
            text += package(name, number, develop + more, hashed=hashed)
    by_name: dict[str, list[str]] = {}
    for name, number in PACKAGES:
        by_name.setdefault(name, []).append(
            f'{{ file = "f", hash = "sha256:{digest(name, number)}" }}'
        )
    files += "".join(f"{name} = [{', '.join(all_)}]\n" for name, all_ in by_name.items())
    metadata = f'[metadata]\nlock-version = "{version}"\npython-versions = "^3.9"\n'
    extras = '[extras]\nmore = ["bonus"]\n'
    return text + extras + metadata + (files if version.startswith("1") else "")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    make_wheel(tmp_path / "vendor", "vendored")
    return write(tmp_path, {"pyproject.toml": PROJECT, "lib/setup.py": SETUP})


def found(tree: Path, lock: str, **wish: tuple[str, ...]) -> Requirements:
    requirements = find_requirements(write(tree, {"poetry.lock": lock}), **wish)  # type: ignore[arg-type]
    assert requirements is not None
    return requirements


def without_hashes(requirements: Requirements) -> list[str]:
    return [line.partition(" --hash")[0] for line in requirements.lines]


EXPECTED = [
    "alpha==1.5",
    'beta==2.1; sys_platform == "linux"',
    'numeric==1.24; python_version < "3.10"',
    'numeric==1.26; python_version >= "3.10"',
    "repo @ git+https://git.example/repo@abc123#subdirectory=py",
    "shared==1.1",
    "speedy==1.0",
    'colour==1.0; python_version < "3.12"',
    "./vendor/vendored-1.0-py3-none-any.whl",
]


@pytest.mark.parametrize("version", ["1.1", "2.0"])
def test_a_lock_that_does_not_say_who_needs_what(tree: Path, version: str) -> None:
    requirements = found(tree, old_lock(version))
    assert without_hashes(requirements) == EXPECTED
    assert requirements.lines[0] == f"alpha==1.5 --hash=sha256:{digest('Alpha', '1.5')}"
    assert "--hash" not in requirements.lines[4]
    assert requirements.projects == (Project("lib"), Project("."))
    assert requirements.options == ("--extra-index-url https://private.example/simple",)
    assert (requirements.source, requirements.python) == ("poetry.lock", "<4.0,>=3.9")
    assert requirements.locked


@pytest.mark.parametrize("version", ["1.1", "2.0"])
def test_extras_and_groups_of_an_old_lock(tree: Path, version: str) -> None:
    more = without_hashes(found(tree, old_lock(version), extras=("more",)))
    assert {*more} - {*EXPECTED} == {"bonus==1.0", "deep==1.0"}
    tested = without_hashes(found(tree, old_lock(version), groups=("dev",)))
    assert {*tested} - {*EXPECTED} == {"tester==7.0"}
    with pytest.raises(RequirementsError, match="there is no extra 'x'; it has more"):
        found(tree, old_lock(version), extras=("x",))


NEW_LOCK = (
    package("alpha", "1.5", 'groups = ["main", "dev"]\n', hashed="aa")
    + package("beta", "2.1", 'groups = ["main"]\nmarkers = "sys_platform == \'linux\'"\n')
    + package("bonus", "1.0", 'groups = ["main"]\nmarkers = "extra == \'more\'"\n', hashed="bb")
    + package(
        "tester",
        "7.0",
        'groups = ["main", "dev"]\n'
        "markers = { main = \"extra == 'more' and os_name == 'nt'\", "
        "dev = \"os_name == 'posix'\" }\n",
    )
    + package("numeric", "1.24", 'groups = ["main"]\nmarkers = "python_version < \'3.10\'"\n')
    + '[extras]\nmore = ["bonus"]\n'
    + '[metadata]\nlock-version = "2.1"\npython-versions = ">=3.9,<3.10 || >=3.11"\n'
)
NEW_PROJECT = """\
[project]
name = "app"
requires-python = ">=3.9,!=3.10.*"
dependencies = ["alpha (>=1.0,<2.0)"]
[project.optional-dependencies]
more = ["bonus"]
[dependency-groups]
dev = ["tester"]
[tool.poetry]
package-mode = false
[[tool.poetry.source]]
name = "mirror"
url = "https://mirror.example/simple"
priority = "primary"
"""


def test_a_lock_that_says_who_needs_what(tree: Path) -> None:
    write(tree, {"pyproject.toml": NEW_PROJECT})
    requirements = found(tree, NEW_LOCK)
    assert requirements == Requirements(
        source="poetry.lock",
        python=">=3.11",
        lines=(
            "alpha==1.5 --hash=sha256:aa",
            'beta==2.1; sys_platform == "linux"',
            'numeric==1.24; python_version < "3.10"',
        ),
        options=("--index-url https://mirror.example/simple",),
        locked=True,
    )
    assert 'tester==7.0; os_name == "posix"' in found(tree, NEW_LOCK, groups=("dev",)).lines
    more = found(tree, NEW_LOCK, extras=("more",)).lines
    assert "bonus==1.0 --hash=sha256:bb" in more
    assert 'tester==7.0; os_name == "nt"' in more


def test_a_lock_that_is_out_of_date_is_refused(tree: Path) -> None:
    changed = PROJECT.replace("[tool.poetry.extras]", 'zeta = "^1"\n[tool.poetry.extras]')
    write(tree, {"pyproject.toml": changed})
    with pytest.raises(RequirementsError, match=r"line 18: zeta >=1,<2 is not in poetry.lock; run"):
        found(tree, old_lock("2.0"))
    write(tree, {"pyproject.toml": NEW_PROJECT.replace("<2.0", "<1.2")})
    with pytest.raises(
        RequirementsError, match=r"does not fit poetry.lock, which has 1.5; run `po"
    ):
        found(tree, NEW_LOCK)


@pytest.mark.parametrize(
    ("lock", "expected"),
    [
        ('[metadata]\nlock-version = "3.0"\n', "line 2: the lock's format 3.0 is newer than any"),
        ("[[package]]\nname = 'x'\n", "line 1: a package lacks its name or version."),
        ("package = 3\n", "line 1: package must be a list of tables."),
    ],
)
def test_what_is_no_lock_is_refused(tree: Path, lock: str, expected: str) -> None:
    with pytest.raises(RequirementsError) as caught:
        found(tree, lock)
    assert f"poetry.lock, {expected}" in str(caught.value)


def test_a_lock_without_a_project_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequirementsError, match=r"has no pyproject.toml beside it"):
        found(tmp_path, NEW_LOCK)


@pytest.mark.parametrize(
    ("constraint", "expected"),
    [
        ("^1.2.3", ">=1.2.3,<2.0.0"), ("^0.2.3", ">=0.2.3,<0.3.0"), ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("^0.0", ">=0.0,<0.1"), ("^0", ">=0,<1"), ("~1.2.3", ">=1.2.3,<1.3.0"),
        ("~1.2", ">=1.2,<1.3"), ("~1", ">=1,<2"), ("1.2.*", "==1.2.*"), ("*", ""), ("1.5", "==1.5"),
        ("=1.5", "==1.5"), (">= 1.2, <1.5", ">=1.2,<1.5"), (">=1.2 <1.5", ">=1.2,<1.5"),
        ("!=1.3.*", "!=1.3.*"), ("~=1.4", "~=1.4"), ("", ""),
    ],
)  # fmt: skip
def test_constraints(constraint: str, expected: str) -> None:
    assert alternatives_of(constraint, HERE) == (expected,)


def test_alternative_constraints_and_nonsense() -> None:
    assert alternatives_of("^1 || ==3.0", HERE) == (">=1,<2", "==3.0")
    for nonsense in ("^", "one", "^x.y", ">=1,,<2 <"):
        with pytest.raises(RequirementsError, match="is not a constraint on a version"):
            alternatives_of(nonsense, HERE)


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 3), min_size=1, max_size=3),
    st.lists(st.integers(0, 4), min_size=3, max_size=3),
)
def test_a_caret_keeps_the_first_number_that_is_not_zero(
    low: list[int], version: list[int]
) -> None:
    text = ".".join(map(str, low))
    allowed = SpecifierSet(alternatives_of(f"^{text}", HERE)[0])
    first = next((index for index, number in enumerate(low) if number), len(low) - 1)
    is_same = version[: first + 1] == low[: first + 1]
    is_high = version >= low + [0] * (3 - len(low))
    assert allowed.contains(Version(".".join(map(str, version)))) == (is_same and is_high)


@settings(deadline=None)
@given(
    st.sampled_from(
        ["^3.8", "~3.9", ">=3.8,<3.12", "3.10.*", "<3.9 || >=3.11", ">=3.9.1", "!=3.9.*", "*"]
    ),
    st.integers(7, 13),
    st.integers(0, 3),
)
def test_a_condition_on_python(constraint: str, minor: int, patch: int) -> None:
    full = f"3.{minor}.{patch}"
    expected = any(SpecifierSet(each).contains(full) for each in alternatives_of(constraint, HERE))
    condition = python_condition(constraint, HERE)
    assert condition != NEVER
    marker = marker_of(condition)
    environment = {"python_version": f"3.{minor}", "python_full_version": full}
    assert (not marker or Marker(marker).evaluate(environment)) == expected

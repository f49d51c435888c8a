"""`pylock.toml`: by hand, and as uv writes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from clearq_tui.requirements import Project, Requirements, RequirementsError, find_requirements
from tests.requirements.wheels import SETUP, make_wheel, sha256, uv, write

BEGINNING = """\
lock-version = "1.0"
created-by = "test"
requires-python = ">=3.9"
extras = ["train"]
dependency-groups = ["dev", "plots"]
default-groups = ["plots"]
"""
ALPHA = """
[[packages]]
name = "alpha"
version = "1.0"
index = "https://private.example/simple"
sdist = { url = "https://f.test/alpha-1.0.tar.gz", hashes = { sha256 = "SDIST" } }
wheels = [
  { url = "https://f.test/alpha-1.0-py3-none-any.whl", hashes = { sha256 = "WHEEL", md5 = "f" } },
]
""".replace("SDIST", "a" * 64).replace("WHEEL", "b" * 64)
OTHERS = """
[[packages]]
name = "windows"
version = "2"
marker = "sys_platform == 'win32' and ('train' in extras or 'dev' in dependency_groups)"
wheels = [{ url = "https://f.example/windows-2-py3-none-any.whl", hashes = { sha256 = "00" } }]

[[packages]]
name = "plots"
version = "3"
marker = "'plots' in dependency_groups"
wheels = [{ url = "https://f.example/plots-3-py3-none-any.whl", hashes = { sha256 = "00" } }]

[[packages]]
name = "repo"
vcs = { type = "git", url = "https://git.example/repo", commit-id = "abc", subdirectory = "sub" }

[[packages]]
name = "archive"
archive = { url = "https://f.example/archive.zip", hashes = { sha256 = "cc" }, subdirectory = "s" }

[[packages]]
name = "beta"
marker = "python_version < '3.12'"
archive = { path = "vendor/beta-1.0-py3-none-any.whl", hashes = { sha256 = "dd" } }

[[packages]]
name = "here"
directory = { path = ".", editable = true }

[[packages]]
name = "lib"
directory = { path = "libs", subdirectory = "lib" }

[[packages]]
name = "gamma"
wheels = [{ path = "vendor/gamma-1.0-py3-none-any.whl", hashes = { sha256 = "ee" } }]
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("beta", "gamma"):
        make_wheel(tmp_path / "vendor", name)
    return write(
        tmp_path,
        {"pylock.toml": BEGINNING + ALPHA + OTHERS, "setup.py": SETUP, "libs/lib/setup.py": SETUP},
    )


def found(tree: Path, **wish: tuple[str, ...]) -> Requirements:
    requirements = find_requirements(tree, **wish)  # type: ignore[arg-type]
    assert requirements is not None
    return requirements


def test_all_kinds_of_packages(tree: Path) -> None:
    assert found(tree) == Requirements(
        source="pylock.toml",
        python=">=3.9",
        lines=(
            f"alpha==1.0 --hash=sha256:{'b' * 64} --hash=sha256:{'a' * 64}",
            "plots==3 --hash=sha256:00",
            "repo @ git+https://git.example/repo@abc#subdirectory=sub",
            "archive @ https://f.example/archive.zip#subdirectory=s --hash=sha256:cc",
            "./vendor/beta-1.0-py3-none-any.whl ; python_version < '3.12' --hash=sha256:dd",
            "gamma==1.0 --hash=sha256:ee",
        ),
        options=("--extra-index-url https://private.example/simple", "--find-links vendor"),
        projects=(Project("."), Project("libs/lib", editable=False)),
        locked=True,
    )


@pytest.mark.parametrize("wish", [{"extras": ("train",)}, {"groups": ("DEV",)}])
def test_a_wish_decides_a_part_of_a_marker(tree: Path, wish: dict[str, tuple[str, ...]]) -> None:
    assert 'windows==2; sys_platform == "win32" --hash=sha256:00' in found(tree, **wish).lines
    assert not any(line.startswith("windows") for line in found(tree).lines)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('lock-version = "1.0"', 'lock-version = "2.0"', "pylock version 2.0 is not supported"),
        ('created-by = "test"\n', "", "Missing required value in 'created-by'"),
        ('name = "alpha"', 'name = "Alpha"', "Name 'Alpha' is not normalized"),
        ('name = "alpha"', "name = ", ", line 9: this is not TOML"),
        ('"sys_platform == ', '"sys_platform is ', "this is not a pylock.toml"),
    ],
)
def test_what_is_no_lock_is_refused(tree: Path, old: str, new: str, expected: str) -> None:
    text = (tree / "pylock.toml").read_text()
    assert old in text
    write(tree, {"pylock.toml": text.replace(old, new)})
    with pytest.raises(RequirementsError) as caught:
        found(tree)
    assert expected in str(caught.value)
    assert str(tree / "pylock.toml") in str(caught.value)


def test_a_wish_that_the_lock_does_not_know_is_refused(tree: Path) -> None:
    with pytest.raises(RequirementsError, match="there is no extra 'nope'; it has train"):
        found(tree, extras=("nope",))
    with pytest.raises(RequirementsError, match="there is no group 'nope'; it has dev, plots"):
        found(tree, groups=("nope",))


def test_the_default_index_is_not_named(tree: Path) -> None:
    """The machine may have a mirror of it."""
    from pip._internal.models.index import PyPI

    text = (tree / "pylock.toml").read_text()
    named = text.replace("https://private.example/simple", PyPI.simple_url)
    write(tree, {"pylock.toml": named})
    assert found(tree).options == ("--find-links vendor",)


def test_uv_installs_from_the_lines_what_its_lock_says(tmp_path: Path) -> None:
    make_wheel(tmp_path / "vendor", "alpha", requires=["beta ; python_version >= '3'"])
    make_wheel(tmp_path / "vendor", "beta")
    project = (
        '[project]\nname = "app"\nversion = "1"\nrequires-python = ">=3.9"\n'
        'dependencies = ["alpha"]\n[tool.uv]\nfind-links = ["vendor"]\nno-index = true\n'
    )
    write(tmp_path, {"pyproject.toml": project})
    uv(tmp_path, "export", "--format", "pylock.toml", "-o", "pylock.toml")
    (tmp_path / "uv.lock").unlink()
    requirements = found(tmp_path)
    alpha = sha256(tmp_path / "vendor/alpha-1.0-py3-none-any.whl")
    assert requirements.lines[0] == f"alpha==1.0 --hash=sha256:{alpha}"
    assert requirements.options == ("--find-links vendor",)
    write(tmp_path, {"flat.txt": "\n".join([*requirements.options, *requirements.lines])})
    uv(
        tmp_path,
        "pip",
        "install",
        "--no-index",
        "--no-config",
        "--target",
        "there",
        "-r",
        "flat.txt",
    )
    assert {each.name for each in (tmp_path / "there").glob("*.py")} == {"alpha.py", "beta.py"}

"""`uv.lock`, made by uv itself from wheels that lie in the tree."""

from __future__ import annotations

from pathlib import Path

import pytest

from clearq_tui.requirements import Project, Requirements, RequirementsError, find_requirements
from tests.requirements.wheels import make_wheel, sha256, uv, write

ROOT = """\
[project]
name = "app"
version = "1"
requires-python = ">=3.9"
dependencies = ["lib", "alpha>=1 ; sys_platform == 'linux'", "beta"]

[project.optional-dependencies]
train = ["gamma"]

[dependency-groups]
dev = ["delta"]
plots = ["epsilon"]

[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[tool.uv]
find-links = ["vendor"]
no-index = true

[tool.uv.workspace]
members = ["packages/*"]

[tool.uv.sources]
lib = { workspace = true }
beta = { path = "vendor/beta-1.0-py3-none-any.whl" }
"""
MEMBER = """\
[project]
name = "lib"
version = "1"
requires-python = ">=3.9"
dependencies = ["alpha"]

[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace of two projects, locked."""
    for name in ("alpha", "beta", "gamma", "delta", "epsilon"):
        make_wheel(tmp_path / "vendor", name)
    make_wheel(tmp_path / "vendor", "alpha", "2.0")
    write(
        tmp_path,
        {
            "pyproject.toml": ROOT,
            "src/app/__init__.py": "",
            "packages/lib/pyproject.toml": MEMBER,
            "packages/lib/src/lib/__init__.py": "",
            "requirements.txt": "not-this-one\n",
        },
    )
    uv(tmp_path, "lock")
    return tmp_path


def found(directory: Path, top: Path, **wish: tuple[str, ...]) -> Requirements:
    requirements = find_requirements(directory, top=top, **wish)  # type: ignore[arg-type]
    assert requirements is not None
    return requirements


def test_a_workspace(workspace: Path) -> None:
    requirements = found(workspace, workspace)
    beta = sha256(workspace / "vendor/beta-1.0-py3-none-any.whl")
    assert requirements == Requirements(
        source="uv.lock",
        python=">=3.9",
        lines=(f"./vendor/beta-1.0-py3-none-any.whl --hash=sha256:{beta}", "alpha==2.0"),
        options=("--no-index", "--find-links vendor"),
        projects=(Project("."), Project("packages/lib")),
        locked=True,
    )


def test_a_member_has_the_lock_of_its_workspace(workspace: Path) -> None:
    requirements = found(workspace / "packages" / "lib", workspace)
    assert requirements.source == "uv.lock"
    assert requirements.lines == ("alpha==2.0",)
    assert requirements.options == ("--no-index", "--find-links ../../vendor")
    assert requirements.projects == (Project("."),)


def test_a_directory_without_a_project_has_that_above(workspace: Path) -> None:
    write(workspace, {"scripts/run.py": ""})
    requirements = found(workspace / "scripts", workspace)
    assert requirements.projects == (Project(".."), Project("../packages/lib"))
    assert requirements.options == ("--no-index", "--find-links ../vendor")


def test_what_is_no_member_keeps_its_own(workspace: Path) -> None:
    write(workspace, {"other/pyproject.toml": "[project]\nname='o'\ndependencies=['own']\n"})
    requirements = found(workspace / "other", workspace)
    assert (requirements.source, requirements.lines) == ("pyproject.toml", ("own",))
    excluding = ROOT.replace('["packages/*"]\n', '["packages/*"]\nexclude = ["packages/lib"]\n')
    write(workspace, {"pyproject.toml": excluding})
    assert found(workspace / "packages" / "lib", workspace).source == "pyproject.toml"


def test_extras_and_groups(workspace: Path) -> None:
    assert "gamma==1.0" in found(workspace, workspace, extras=("train",)).lines
    lines = found(workspace, workspace, groups=("plots",)).lines
    assert "epsilon==1.0" in lines
    assert "delta==1.0" not in lines
    assert "delta==1.0" in found(workspace, workspace, groups=("dev",)).lines
    with pytest.raises(RequirementsError, match=r"uv.lock cannot be used, because uv says: Extra"):
        found(workspace, workspace, extras=("nope",))


def test_groups_that_the_project_wants_by_default(workspace: Path) -> None:
    stated = ROOT.replace("[tool.uv]\n", '[tool.uv]\ndefault-groups = ["plots"]\n')
    write(workspace, {"pyproject.toml": stated})
    assert "epsilon==1.0" in found(workspace, workspace).lines


def test_the_operators_uv_variables_change_nothing(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = found(workspace, workspace)
    monkeypatch.setenv("UV_PROJECT", "/")
    monkeypatch.setenv("UV_NO_EDITABLE", "1")
    monkeypatch.setenv("UV_NO_HASHES", "1")
    assert found(workspace, workspace) == expected


def test_a_lock_that_is_out_of_date_is_refused(workspace: Path) -> None:
    changed = ROOT.replace('"beta"]', '"beta",\n  "zeta"]')
    write(workspace, {"pyproject.toml": changed})
    with pytest.raises(RequirementsError) as caught:
        found(workspace, workspace)
    assert str(caught.value) == (
        f"{workspace}/pyproject.toml, line 6: 'zeta' is not in uv.lock; "
        "run `uv lock` to bring it up to date."
    )
    write(workspace, {"packages/lib/pyproject.toml": MEMBER.replace("alpha", "alpha<2")})
    with pytest.raises(RequirementsError, match=r"'alpha<2' does not fit uv.lock, which has 2.0;"):
        found(workspace / "packages" / "lib", workspace)


def test_a_lock_that_is_broken_is_refused(workspace: Path) -> None:
    with (workspace / "uv.lock").open("a") as lock:
        lock.write("broken\n")
    with pytest.raises(RequirementsError, match=r"uv.lock cannot be used, because uv says: Failed"):
        found(workspace, workspace)


def test_a_script_with_a_lock_beside_it(tmp_path: Path) -> None:
    make_wheel(tmp_path / "vendor", "alpha", requires=["beta"])
    make_wheel(tmp_path / "vendor", "beta")
    write(
        tmp_path,
        {
            "go.py": (
                '# /// script\n# requires-python = ">=3.9"\n# dependencies = ["alpha"]\n'
                '# [tool.uv]\n# find-links = ["vendor"]\n# no-index = true\n# ///\n'
            )
        },
    )
    uv(tmp_path, "lock", "--script", "go.py")
    requirements = find_requirements(tmp_path, script=Path("go.py"))
    assert requirements is not None
    assert requirements.lines == ("alpha==1.0", "beta==1.0")
    assert (requirements.source, requirements.python) == ("script", ">=3.9")
    assert requirements.locked
    assert requirements.options == ("--no-index", "--find-links vendor")


def test_indexes_of_the_project(tmp_path: Path) -> None:
    """They are named in the order that pip needs; that which uv has by itself is not."""
    lock = """\
version = 1
revision = 3
requires-python = ">=3.9"

[[package]]
name = "app"
version = "1"
source = { virtual = "." }
dependencies = [{ name = "alpha" }, { name = "repo" }]

[package.metadata]
requires-dist = [{ name = "alpha" }, { name = "repo" }]

[[package]]
name = "alpha"
version = "1"
source = { registry = "https://main.example/simple" }
wheels = [
    { url = "https://main.example/alpha-1-py3-none-any.whl", hash = "sha256:HASH" },
]

[[package]]
name = "repo"
version = "1"
source = { git = "https://git.example/repo?subdirectory=sub&rev=main#COMMIT" }
"""
    lock = lock.replace("HASH", "0" * 64).replace("COMMIT", "a" * 40)
    project = (
        '[project]\nname = "app"\nversion = "1"\nrequires-python = ">=3.9"\n'
        'dependencies = ["alpha", "repo"]\n'
    )
    sources = '[tool.uv.sources]\nrepo = { git = "https://git.example/repo", rev = "main" }\n'
    write(tmp_path, {"uv.lock": lock, "pyproject.toml": project + sources})
    requirements = found(tmp_path, tmp_path)
    assert requirements.options == ()
    assert requirements.projects == ()
    assert requirements.lines == (
        f"alpha==1 --hash=sha256:{'0' * 64}",
        f"repo @ git+https://git.example/repo@{'a' * 40}#subdirectory=sub",
    )
    indexes = (
        '[[tool.uv.index]]\nname = "more"\nurl = "https://more.example/simple"\nexplicit = true\n'
        '[[tool.uv.index]]\nurl = "https://main.example/simple"\ndefault = true\n'
    )
    write(tmp_path, {"pyproject.toml": project + sources + indexes})
    assert found(tmp_path, tmp_path).options == (
        "--index-url https://main.example/simple",
        "--extra-index-url https://more.example/simple",
    )

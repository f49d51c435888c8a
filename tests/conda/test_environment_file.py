"""What is read from the operator's files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clearq_tui.conda import CondaError, as_conda_packages, find_conda_packages
from clearq_tui.conda.packages import packages_from_json
from clearq_tui.conda.wish import name_of, python_spec, specs_of
from clearq_tui.requirements import RequirementsError

SHA256 = "0" * 63 + "a"
MD5 = "0" * 31 + "b"


def found(directory: Path, name: str = "environment.yml", text: str = "") -> dict[str, Any]:
    if text:
        (directory / name).write_text(text)
    packages = find_conda_packages(directory)
    assert packages is not None
    assert packages_from_json(packages).to_json() == packages
    return packages


def test_environment(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'mine'\nversion = '1'\n")
    (tmp_path / "more.txt").write_text("six==1.16\n")
    packages = found(
        tmp_path,
        text="""
name: mine
prefix: /home/somebody/envs/mine
channels: [conda-forge, ./built, nodefaults]
dependencies:
  - python=3.11
  - numpy >=1.26,<2
  - pip
  - pip:
      - requests>=2
      - -e .
      - -r more.txt
variables: {SEED: 7, NAME: some text, EMPTY: }
""",
    )
    assert packages["channels"] == ["conda-forge", (tmp_path / "built").as_uri()]
    assert packages["own_channels"] is False
    assert packages["specs"] == ["python=3.11", "numpy >=1.26,<2", "pip"]
    assert packages["variables"] == {"SEED": "7", "NAME": "some text", "EMPTY": ""}
    assert packages["pip"]["lines"] == ["requests>=2", "six==1.16"]
    assert packages["pip"]["projects"] == [{"path": ".", "extras": [], "editable": True}]


def test_nothing_to_find(tmp_path: Path) -> None:
    (tmp_path / "explicit.txt").write_text("not for conda\n")
    assert find_conda_packages(tmp_path) is None


def test_finds_above(tmp_path: Path) -> None:
    (tmp_path / "environment.yaml").write_text("dependencies: [numpy]")
    (tmp_path / "below").mkdir()
    packages = find_conda_packages(tmp_path / "below", top=tmp_path)
    assert packages is not None
    assert packages["specs"] == ["numpy"]


def test_an_empty_file_asks_for_nothing(tmp_path: Path) -> None:
    (tmp_path / "environment.yml").write_text("")
    assert found(tmp_path)["specs"] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("dependencies: [{conda: [x]}]", "neither a conda package"),
        ("dependencies: numpy", "'dependencies' must be a list"),
        ("channels: {a: b}", "'channels' must be a list"),
        ("variables: [a]", "'variables' must hold names"),
        ("- numpy", "must hold a mapping"),
        ("a: [b\nc: d", "line 2 is not YAML"),
        ("channels: ['https://me:secret@host/x']", "named with a password or token"),
        ("channels: ['https://host/t/tk-123/x']", "named with a password or token"),
    ],
)
def test_refuses(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "environment.yml").write_text(text)
    with pytest.raises(CondaError) as caught:
        find_conda_packages(tmp_path)
    assert said in str(caught.value)
    assert "secret" not in str(caught.value)


def test_refuses_a_pip_line_that_makes_no_sense(tmp_path: Path) -> None:
    (tmp_path / "environment.yml").write_text("dependencies: [python, {pip: ['a == = 1']}]")
    with pytest.raises(RequirementsError, match=r"environment.yml, under 'pip': 'a == = 1'"):
        find_conda_packages(tmp_path)


def test_explicit_list(tmp_path: Path) -> None:
    packages = found(
        tmp_path,
        "explicit.txt",
        f"""# made by hand
# platform: linux-64
@EXPLICIT
https://host/chan/linux-64/a-1.0-0.conda#{MD5}

https://host/chan/noarch/b-2.0-py_0.tar.bz2#sha256:{SHA256}
""",
    )
    assert packages["explicit"] == {
        "linux-64": [
            f"https://host/chan/linux-64/a-1.0-0.conda#{MD5}",
            f"https://host/chan/noarch/b-2.0-py_0.tar.bz2#sha256:{SHA256}",
        ]
    }


def test_explicit_lists_of_two_platforms(tmp_path: Path) -> None:
    for subdir in ("linux-64", "osx-arm64"):
        url = f"https://host/chan/{subdir}/a-1.0-0.conda"
        (tmp_path / f"conda-{subdir}.lock").write_text(f"@EXPLICIT\n{url}\n")
    assert sorted(found(tmp_path)["explicit"]) == ["linux-64", "osx-arm64"]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("https://host/chan/linux-64/a-1.0-0.conda#xyz", "line 2: 'xyz' is neither an MD5 nor"),
        ("numpy=1.26", "line 2: 'numpy=1.26' is no URL"),
        ("https://host/chan/linux-64/a.zip", "is no conda package"),
        ("https://host/c/noarch/a-1-0.conda", "packages of no platform"),
        (
            "https://host/c/linux-64/a-1-0.conda\nhttps://host/c/osx-64/b-1-0.conda",
            "several platforms (linux-64, osx-64)",
        ),
        ("https://me:pw@host/c/linux-64/a-1-0.conda", "named with a password"),
    ],
)
def test_refuses_a_list(tmp_path: Path, lines: str, said: str) -> None:
    (tmp_path / "explicit.txt").write_text(f"@EXPLICIT\n{lines}\n")
    with pytest.raises(CondaError) as caught:
        find_conda_packages(tmp_path)
    assert said in str(caught.value)


def test_lock_of_conda_lock(tmp_path: Path) -> None:
    entry = """
- {{name: {name}, version: '1.0', manager: {manager}, platform: {platform}, dependencies: {{}},
   url: '{url}', hash: {{sha256: {sha256}}}, category: main, optional: false}}"""
    entries = [
        ("a", "conda", "linux-64", "https://host/chan/linux-64/a-1.0-0.conda"),
        ("a", "conda", "osx-64", "https://host/chan/osx-64/a-1.0-0.conda"),
        ("both", "pip", "linux-64", "https://host/both-1.0-py3-none-any.whl"),
        ("both", "pip", "osx-64", "https://host/both-1.0-py3-none-any.whl"),
        ("one", "pip", "linux-64", "https://host/one-1.0-py3-none-any.whl"),
    ]
    text = "".join(
        entry.format(name=name, manager=manager, platform=platform, url=url, sha256=SHA256)
        for name, manager, platform, url in entries
    )
    packages = found(
        tmp_path,
        "conda-lock.yml",
        f"""version: 1
metadata:
  content_hash: {{linux-64: x, osx-64: y}}
  channels: [{{url: conda-forge, used_env_vars: []}}]
  platforms: [linux-64, osx-64]
  sources: [environment.yml]
package:{text}
""",
    )
    assert packages["explicit"] == {
        "linux-64": [f"https://host/chan/linux-64/a-1.0-0.conda#sha256:{SHA256}"],
        "osx-64": [f"https://host/chan/osx-64/a-1.0-0.conda#sha256:{SHA256}"],
    }
    both, one = packages["pip"]["lines"]
    assert both == f"both @ https://host/both-1.0-py3-none-any.whl#sha256={SHA256}"
    assert one.endswith("; (sys_platform == 'linux' and platform_machine == 'x86_64')")
    assert packages["pip"]["locked"] is True


def test_refuses_what_only_has_the_name_of_a_lock(tmp_path: Path) -> None:
    (tmp_path / "conda-lock.yml").write_text("version: 1\npackage: 7\n")
    with pytest.raises(CondaError, match="cannot be read as a lock file"):
        find_conda_packages(tmp_path)


def test_packages_of_other_kinds() -> None:
    python = {"kind": "python", "source": "uv.lock", "python": ">=3.10", "lines": ["six"]}
    on_top = packages_from_json(as_conda_packages(python, ""))
    assert (on_top.pip, on_top.python) == (python, ">=3.10")
    assert specs_of(on_top) == ("python", "python >=3.10")
    alone = packages_from_json(as_conda_packages(None, "3.11"))
    assert specs_of(alone) == ("python", "python 3.11.*")
    own = {"kind": "conda", "source": "environment.yml", "specs": ["numpy"], "pip": python}
    assert specs_of(packages_from_json(as_conda_packages(own, ""))) == ("numpy", "python")
    assert packages_from_json(as_conda_packages(own, "3.12")).python == "3.12"


def test_specs() -> None:
    assert python_spec("3.11") == "python 3.11.*"
    assert python_spec("3.11.7") == "python ==3.11.7"
    assert [name_of(spec) for spec in ("numpy", "conda-forge::Pip=23", "python>=3")] == [
        "numpy",
        "pip",
        "python",
    ]

"""Versions, keys, scripts and lines: what needs no disk."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remote_agent.python_environments import local_lines, scripts
from remote_agent.python_environments.find_python import may_fit
from remote_agent.python_environments.interpreter import Interpreter
from remote_agent.python_environments.keys import environment_key, resolution_key, sources_of
from remote_agent.python_environments.versions import accepts, parsed

PYTHON = Interpreter(
    "/usr/bin/python3.11",
    "3.11.7",
    True,
    "cpython",
    "/usr",
    "linux",
    "lib/python3.11/site-packages",
)
NOTHING = sources_of([], {})


@pytest.mark.parametrize(
    ("wanted", "fitting", "others"),
    [
        ("", "3.8.0 3.13.1", ""),
        ("3.11", "3.11.0 3.11.9", "3.1.1 3.10.9 3.12.0"),
        ("3.11.7", "3.11.7", "3.11.8 3.11.70"),
        (">=3.10", "3.10.0 3.12.1", "3.9.18"),
        (">=3.10,<3.13", "3.10.0 3.12.9", "3.13.0 3.9.1"),
        ("~=3.10", "3.10.1 3.13.0", "3.9.9 4.0.0"),
        ("~=3.10.2", "3.10.2 3.10.9", "3.11.0 3.10.1"),
        ("==3.11.*", "3.11.0 3.11.7", "3.10.1 3.12.0"),
        ("!=3.11.*, >=3.9", "3.9.1 3.12.0", "3.11.4 3.8.1"),
        ("!=3.9.1", "3.9.2", "3.9.1"),
        ("> 3.9.1", "3.9.2 3.10.0", "3.9.1"),
        ("<=3.11", "3.11.0 3.10.4", "3.11.1"),
        (">=3.8.0rc1", "3.8.0", "3.7.9"),
    ],
)
def test_versions(wanted: str, fitting: str, others: str) -> None:
    for version in fitting.split():
        assert accepts(wanted, parsed(version)), version
        assert may_fit(wanted, parsed(version)[:2])
    for version in others.split():
        assert not accepts(wanted, parsed(version)), version


@pytest.mark.parametrize("wanted", ["three", ">=", "=>3.9", "^3.10", "3.11.*.1", ">=3.8 <4"])
def test_no_version(wanted: str) -> None:
    with pytest.raises(ValueError, match=r"no version of Python; expected something like 3\.11"):
        accepts(wanted, (3, 11, 1))


lines = st.lists(
    st.builds(
        "{}=={}{}".format,
        st.sampled_from("abcdef"),
        st.integers(0, 3),
        st.sampled_from(["", " --hash=sha256:1", " --hash=sha256:2"]),
    ),
    min_size=1,
    max_size=6,
)


@given(lines, st.randoms(use_true_random=False))
def test_the_order_of_lines_does_not_matter(given_lines: list[str], random: object) -> None:
    shuffled = sorted(given_lines, key=lambda _: random.random())  # type: ignore[attr-defined]
    assert environment_key(shuffled, PYTHON, "uv", NOTHING) == environment_key(
        given_lines, PYTHON, "uv", NOTHING
    )
    assert resolution_key(shuffled, [], PYTHON, "uv", NOTHING) == resolution_key(
        [*given_lines, given_lines[0]], [], PYTHON, "uv", NOTHING
    )


Inputs = tuple[list[str], dict[str, str], str, list[str]]
PARTS = {
    "program": ["/usr/bin/python3.11", "/opt/bin/python3.11"],
    "version": ["3.11.7", "3.11.8"],
    "implementation": ["cpython", "pypy"],
    "base": ["/usr", "/opt"],
    "platform": ["linux-x86_64 glibc 2.36", "linux-x86_64 glibc 2.31"],
}
options = st.lists(
    st.sampled_from(["--no-binary a", "--pre", "--index-url http://127.0.0.1/1", "--no-index"]),
    max_size=3,
    unique=True,
)
pythons = st.fixed_dictionaries({name: st.sampled_from(texts) for name, texts in PARTS.items()})
inputs = st.tuples(lines, pythons, st.sampled_from(["uv", "pip"]), options)


def keys(said: Inputs) -> tuple[str, str]:
    given_lines, parts, tool, given_options = said
    python, sources = PYTHON._replace(**parts), sources_of(given_options, {})  # type: ignore[arg-type]
    return (
        environment_key([*given_lines, "last==1"], python, tool, sources),
        resolution_key(given_lines, [], python, tool, sources),
    )


@given(inputs, inputs, st.sampled_from([0, 2, 3, *PARTS]))
def test_any_other_input_has_another_key(one: Inputs, another: Inputs, changed: int | str) -> None:
    """One of them is changed, and nothing else."""
    other: list[Any] = list(one)
    if isinstance(changed, str):
        other[1] = {**one[1], changed: another[1][changed]}
    else:
        other[changed] = another[changed]
    is_same = (set(one[0]), *one[1:]) == (set(other[0]), *other[1:])
    for left, right in zip(keys(one), keys((other[0], other[1], other[2], other[3])), strict=True):
        # Whether an option says where to look or what to prefer, their order is kept apart.
        assert is_same == (left == right) or sorted(one[3]) == sorted(other[3]) != one[3]
    assert len(set(keys(one))) == len(("environment", "resolution"))


def test_where_it_comes_from_matters_only_without_hashes() -> None:
    here, there = (
        sources_of([f"--index-url http://127.0.0.1/{where}"], {"UV_INDEX_URL": where})
        for where in ("here", "there")
    )
    sealed, open_ = ["a==1 --hash=sha256:1"], ["a==1"]
    assert environment_key(sealed, PYTHON, "uv", here) == environment_key(
        sealed, PYTHON, "uv", there
    )
    assert environment_key(open_, PYTHON, "uv", here) != environment_key(open_, PYTHON, "uv", there)
    built = sources_of(["--no-binary a"], {})
    assert environment_key(sealed, PYTHON, "uv", here) != environment_key(
        sealed, PYTHON, "uv", built
    )


def test_settings_without_effect_are_in_no_key() -> None:
    assert sources_of([], {"UV_CACHE_DIR": "/x", "PIP_RETRIES": "3", "HOME": "/"}) == NOTHING
    assert sources_of([], {"UV_NO_BINARY": "a", "PIP_INDEX_URL": "b"}) == (
        ("PIP_INDEX_URL=b",),
        ("UV_NO_BINARY=a",),
    )


@pytest.mark.parametrize(
    "place", ["short", "with space", "with 'one' \"two\" $HOME `x` \\", "l" * 150]
)
def test_a_script_finds_its_python_wherever_it_lies(tmp_path: Path, place: str) -> None:
    directory = tmp_path / place / ".building-1" / "bin"
    directory.mkdir(parents=True)
    (directory / "python").symlink_to(sys.executable)
    script = directory / "script"
    body = b"import sys; print(sys.argv[1:], sys.executable)\n"
    script.write_bytes(scripts.starting(bytes(directory / "python"), body))
    script.chmod(0o700)
    said = subprocess.run([script, "a b", "c"], capture_output=True, text=True, check=True).stdout
    assert said == f"['a b', 'c'] {directory / 'python'}\n"
    assert scripts.body_of(script.read_bytes(), b".building-1") == body


def test_scripts_of_others_are_left_alone() -> None:
    for content in (
        b"#!/bin/sh\necho\n",
        b"#!/usr/bin/python3\n",
        b"",
        b"\x7fELF",
        b"#!/e/bin/python",
    ):
        assert scripts.body_of(content, b"e") is None


@pytest.mark.parametrize(
    ("line", "path", "shown"),
    [
        ("./wheels/a-1-py3-none-any.whl", "/w/wheels/a-1-py3-none-any.whl", "{path}"),
        (
            "wheels/a-1.tar.gz ; python_version > '3'",
            "/w/wheels/a-1.tar.gz",
            "{path} ; python_version > '3'",
        ),
        ("../a[x,y]", "/a", "{path}[x,y]"),
        ("a @ file:./a.zip --hash=sha256:1", "/w/a.zip", "a @ file://{path} --hash=sha256:1"),
        ("a[b] @ file:///abs/a.whl", "/abs/a.whl", "a[b] @ file://{path}"),
        ("file:///abs/a.whl", "/abs/a.whl", "{path}"),
        ("/abs/a", "/abs/a", "{path}"),
    ],
)
def test_lines_that_are_files(line: str, path: str, shown: str) -> None:
    elsewhere, here = local_lines.split([line], "/w")
    assert elsewhere == []
    assert here == [local_lines.LocalLine(shown.format(path=path), path)]


@pytest.mark.parametrize(
    "line",
    [
        "a==1",
        "a>=1 ; sys_platform == 'linux'",
        "a @ https://127.0.0.1/a-1-py3-none-any.whl",
        "https://127.0.0.1/a-1-py3-none-any.whl",
        "a @ git+ssh://git@127.0.0.1/a.git@main",
        "git+file:///srv/a.git",
        "a[b]==2 --hash=sha256:1",
    ],
)
def test_lines_that_are_not(line: str) -> None:
    assert local_lines.split([line], "/w") == ([line], [])


def test_options_with_paths() -> None:
    assert local_lines.absolute_option("--find-links wheels", "/w") == "--find-links /w/wheels"
    assert local_lines.absolute_option("-f ../x", "/w") == "--find-links /x"
    for option in ("--find-links http://127.0.0.1/", "--pre", "--no-binary a"):
        assert local_lines.absolute_option(option, "/w") == option
    assert local_lines.find_links_of(["--find-links /w/x", "--find-links http://x"]) == ["/w/x"]

"""What is found in files and in the environment, within bounds, and how it is named."""

from __future__ import annotations

import pytest

from clearq_tui.model import Refused
from clearq_tui.parameters import (
    Found,
    Kind,
    canonical,
    find,
    read_setting,
    render,
    render_task,
    with_overrides,
)
from clearq_tui.parameters.code_files import FilesInMemory
from clearq_tui.parameters.config_files import LARGEST, MOST_BYTES, MOST_FILES
from clearq_tui.parameters.source.modules import LARGEST_MODULE, MOST_MODULES, MOST_SOURCE
from tests.parameters.project import files, found, line

PROJECT = files(
    {
        "train.py": """
            import argparse
            import os
            from os import environ, getenv

            parser = argparse.ArgumentParser()
            parser.add_argument("--learning_rate", "-l", type=float, default=0.1)
            parser.add_argument("--config", default="conf/deep.yaml")
            parser.parse_args()
            SEED = int(os.environ.get("SEED", "1"))
            MODE = getenv("MODE", default_mode())
            HOME = environ["DATA_HOME"]
            os.environ["WRITTEN"] = "x"
            os.environ["CLEARQ_OUTPUT"]
        """,
        "conf/deep.yaml": "model:\n  depth: 3\n  layers: [1, 2]\n",
        "a.yaml": "x: 1\n",
        ".hidden/b.yaml": "y: 1\n",
        "pyproject.toml": "[tool]\nz = 1\n",
        "package-lock.json": '{"q": 1}',
        "broken.json": "{",
    }
)


def test_configuration_files_are_listed_those_that_the_program_names_first() -> None:
    targets = [
        one.target
        for one in find(("python", "train.py"), {}, PROJECT).parameters
        if one.kind is Kind.CONFIG and one.listed
    ]
    assert targets == [
        "conf/deep.yaml:model.depth", "conf/deep.yaml:model.layers", "a.yaml:x",
    ]  # fmt: skip


def test_a_file_of_tools_is_there_for_who_asks() -> None:
    overrides = {"pyproject.toml:tool.z": "2", "conf/deep.yaml:model.layers[1]": "5"}
    known = find(("python", "train.py"), {}, PROJECT, asked=overrides)
    rendered = render(("python", "train.py"), {}, overrides, known)
    assert dict(rendered.files).keys() == {"pyproject.toml", "conf/deep.yaml"}


def test_files_that_change_are_handed_out_whole() -> None:
    overrides = {"./conf/deep.yaml:model.depth": "4", "a.yaml:x": "2", "env:SEED": "5"}
    rendered, rewritten = render_task(("python", "train.py"), {"A": "b"}, overrides, PROJECT)
    assert rendered.environment == {"A": "b", "SEED": "5"}
    assert {one.path: one.content for one in rewritten} == {
        "conf/deep.yaml": b"model:\n  depth: 4\n  layers: [1, 2]\n",
        "a.yaml": b"x: 2\n",
    }


def test_variables_that_the_code_reads_are_found() -> None:
    known = found("python train.py", PROJECT, {"SEED": "3", "OTHER": "x"})
    variables = {name: one for name, one in known.items() if one.kind is Kind.ENVIRONMENT}
    assert variables.keys() == {"env:SEED", "env:OTHER", "env:MODE", "env:DATA_HOME"}
    assert (variables["env:SEED"].value, variables["env:SEED"].default) == ("3", "1")
    assert variables["env:SEED"].origin == "train.py:10"
    assert (variables["env:MODE"].value, variables["env:MODE"].default) == (None, "default_mode()")


def test_variables_of_a_shell_script_are_found() -> None:
    project = files({"run.sh": "python train.py --seed ${SEED:-1} --out ${OUT-'a b'} $X\n"})
    known = found("bash run.sh", project)
    assert (known["env:SEED"].default, known["env:OUT"].default) == ("1", "a b")
    assert known["env:SEED"].origin == "run.sh:1"


@pytest.mark.parametrize(
    ("target", "meant"),
    [
        ("--learning_rate", "--learning_rate"),
        ("learning_rate", "--learning_rate"),
        ("learning-rate", "--learning_rate"),
        ("-l", "--learning_rate"),
        ("l", "--learning_rate"),
        ("./conf/../a.yaml:x", "a.yaml:x"),
        ('a.yaml:"x"', "a.yaml:x"),
        ("conf/deep.yaml:model.layers[0]", "conf/deep.yaml:model.layers.0"),
        ("env:+NEW", "env:+NEW"),
        ("env:+SEED", "env:SEED"),
        ("+--other", "+--other"),
    ],
)
def test_a_parameter_answers_to_its_names(target: str, meant: str) -> None:
    known = find(("python", "train.py"), {}, PROJECT)
    assert canonical({target: "1"}, known) == {meant: "1"}


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("learning_rat", "Did you mean --learning_rate?"),
        ("model.depth", "Did you mean conf/deep.yaml:model.depth"),
        ("depth", "Did you mean conf/deep.yaml:model.depth"),
        ("SEED", "Did you mean env:SEED"),
        ("env:SEDE", r"Did you mean env:SEED.*say env:\+SEDE"),
        ("a.yaml:y", "Did you mean a.yaml:x"),
        ("conf/deep.yaml:model.depht", "Did you mean conf/deep.yaml:model.depth"),
        ("--lr", r"no parameter --lr.*say \+--lr"),
        ("+--learning_rate", "is there already"),
        ("+learning_rate", "no parameter"),
        ("env:A B", "cannot be the name"),
        ("env:+", "cannot be the name"),
    ],
)
def test_a_name_that_does_not_exist_is_refused_with_the_nearest(target: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        canonical({target: "1"}, find(("python", "train.py"), {}, PROJECT))


def test_nothing_found_says_so() -> None:
    with pytest.raises(Refused, match="No parameters were found"):
        canonical({"lr": "1"}, find(("true",), {}, FilesInMemory()))


@pytest.mark.parametrize(
    ("text", "setting"),
    [
        ("lr=0.2", ("lr", "0.2")),
        ("a.yaml:b=c=d", ("a.yaml:b", "c=d")),
        ('a.yaml:"b=c"=d', ('a.yaml:"b=c"', "d")),
        ("lr=", ("lr", "")),
    ],
)
def test_settings_are_split_at_the_equals_sign(text: str, setting: tuple[str, str]) -> None:
    assert read_setting(text) == setting


@pytest.mark.parametrize("text", ["lr", "=3", '"a=b"'])
def test_a_setting_without_a_name_or_a_value_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="NAME=VALUE"):
        read_setting(text)


def test_the_original_stands_beside_what_is_overridden() -> None:
    known = find(("python", "train.py", "-l", "0.5"), {}, PROJECT)
    overrides = {"--learning_rate": "0.2", "env:+NEW": "1", "--gone": "2"}
    rows = {one.target: (one.value, override) for one, override in with_overrides(known, overrides)}
    assert rows["--learning_rate"] == ("0.5", "0.2")
    assert rows["--config"] == ("conf/deep.yaml", None)
    assert rows["env:+NEW"] == (None, "1")
    assert rows["--gone"] == (None, "2")


def test_options_of_a_program_without_source_are_read_from_the_command() -> None:
    command = "./a.out --lr 0.5 -n 3 --fast --tag=a --tag=b key=1 -- --not=1"
    known = found(command, FilesInMemory())
    assert {name: (one.kind.value, one.value) for name, one in known.items()} == {
        "--lr": ("argument", "0.5"),
        "-n": ("argument", "3"),
        "--fast": ("flag", "true"),
        "--tag": ("argument", "a b"),
        "key": ("argument", "1"),
    }
    changes = {"lr": "0.2", "tag": "c", "fast": "false", "key": "2", "+--more": "9"}
    assert line(command, FilesInMemory(), changes) == (
        "./a.out --lr 0.2 -n 3 --tag=c key=2 --more 9 -- --not=1"
    )


def test_bounds_hold() -> None:
    many = {f"d{number}/c.yaml": f"a{number}: 1\n" for number in range(2 * MOST_FILES)}
    large = {"large.yaml": "x: " + "y" * LARGEST}
    assert len(found("true", files(many))) == MOST_FILES
    assert not found("true", files(large))
    wide = files({"data.json": "{" + ", ".join(f'"k{n}": {n}' for n in range(500)) + "}"})
    assert not found("true", wide)
    assert found("true", wide, {}) == {}
    assert canonical({"data.json:k7": "8"}, _asked(wide, "data.json:k7")) == {"data.json:k7": "8"}
    heavy = {f"{n}.json": '["' + "x" * (LARGEST - 10) + '"]' for n in range(9)}
    reader = _Counting(heavy)
    find(("true",), {}, reader)
    assert reader.read_bytes <= MOST_BYTES + LARGEST


def _asked(project: FilesInMemory, target: str) -> Found:
    return find(("true",), {}, project, asked=[target])


class _Counting(FilesInMemory):
    """Counts what is read."""

    def __init__(self, contents: dict[str, str]) -> None:
        super().__init__({path: text.encode() for path, text in contents.items()})
        self.read_bytes = 0

    def read(self, path: str, limit: int) -> bytes | None:
        content = super().read(path, limit)
        self.read_bytes += len(content or b"")
        return content


def test_imports_that_go_in_circles_end() -> None:
    project = files(
        {
            "a.py": "from b import *\nimport argparse\nX = Y\nargparse.ArgumentParser()"
            ".add_argument('--x', default=X)\n",
            "b.py": "from a import *\nY = X\n",
        }
    )
    assert found("python a.py", project)["--x"].default == "X"


def test_hostile_sources_are_survived() -> None:
    deep = "x = " + "(" * 500 + ")" * 500
    binary = b"\0\xff\xfe"
    sums = "import argparse\nargparse.ArgumentParser().add_argument('--x', default=9**9**9**9)\n"
    dots = (
        "import argparse\nargparse.ArgumentParser().add_argument('--x', default=a"
        + ".b" * 900
        + ")"
    )
    terms = dots.replace(".b", "+b")
    for content in (
        deep.encode(),
        binary,
        b"\xef\xbb\xbf" + sums.encode(),
        dots.encode(),
        terms.encode(),
    ):
        project = FilesInMemory({"t.py": content})
        known = find(("python", "t.py", "--x", "1"), {}, project).by_target
        assert known["--x"].value == "1"


def test_a_note_says_what_could_not_be_read() -> None:
    project = files({"t.py": "import data\nopen('c.yaml')\ndef f(:\n", "c.yaml": "a: [1\n"})
    notes = find(("python", "t.py", "c.yaml"), {}, project).notes
    assert "t.py cannot be read as Python (line 3" in notes[0]
    assert "c.yaml cannot be read" in notes[1]


def test_only_so_much_source_is_read() -> None:
    chain = {f"m{n}.py": f"import m{n + 1}\n" for n in range(200)}
    reader = _Counting(chain)
    find(("python", "m0.py"), {}, reader)
    assert reader.read_bytes <= sum(len(text) for text in list(chain.values())[:MOST_MODULES])
    large = {f"m{n}.py": f"import m{n + 1}\n#{'x' * 100_000}\n" for n in range(20)}
    reader = _Counting(large)
    find(("python", "m0.py"), {}, reader)
    assert reader.read_bytes <= MOST_SOURCE + LARGEST_MODULE

"""Commands that are a line for a shell are edited where they stand."""

from __future__ import annotations

import shlex
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clearq_tui.model import Refused
from clearq_tui.parameters import find, render
from clearq_tui.parameters.shell_line import read_line
from tests.parameters.project import files

PROJECT = files(
    {
        "train.py": """
            import argparse, os
            parser = argparse.ArgumentParser()
            parser.add_argument("--lr", type=float, default=0.1)
            parser.add_argument("--name")
            parser.add_argument("--fast", action="store_true")
            parser.parse_args()
            os.environ["SEED"]
        """
    }
)

words = st.text("ab '\"\\$`*|;&<>()#~\n\té=-", max_size=8)


@given(st.lists(words, min_size=1, max_size=5))
def test_quoted_words_are_read_as_the_standard_library_reads_them(said: list[str]) -> None:
    ((*found,),) = read_line(shlex.join(said)).commands
    assert [word.text for word in found] == said


@settings(max_examples=40, deadline=None)
@given(st.lists(words, min_size=1, max_size=4), st.integers(0, 3), words)
def test_a_replaced_word_is_what_a_shell_reads(said: list[str], at: int, new: str) -> None:
    at = min(at, len(said) - 1)
    line = read_line("printf '%s\\0' " + shlex.join(said) + " 2>/dev/null")
    edited = line.replaced(0, at + 2, at + 3, (new,)).text
    read = subprocess.run(["sh", "-c", edited], capture_output=True, check=True).stdout
    assert read.decode().split("\0")[:-1] == [*said[:at], new, *said[at + 1 :]]


@pytest.mark.parametrize(
    ("line", "overrides", "expected"),
    [
        ("python train.py --lr 1 | tee out", {"lr": "2"}, "python train.py --lr 2 | tee out"),
        ("python train.py > out 2>&1", {"lr": "0.2"}, "python train.py --lr 0.2 > out 2>&1"),
        ("cd src/.. && python train.py; echo done", {"fast": "1"},
         "cd src/.. && python train.py --fast; echo done"),
        ("SEED=1 python train.py", {"env:SEED": "7"}, "SEED=7 python train.py"),
        ("export SEED=1; python train.py", {"env:SEED": "7"}, "export SEED=7; python train.py"),
        ("python train.py --name \"$USER\" # why", {"lr": "1"},
         "python train.py --name \"$USER\" --lr 1 # why"),
        ("python train.py --name $(date +%s)", {"name": "a b"}, "python train.py --name 'a b'"),
        ("python train.py --fast --lr=0.1", {"fast": "no"}, "python train.py --lr=0.1"),
        ("python train.py \\\n  --lr 0.1 \\\n  --fast", {"lr": "$x"}, None),
        ("python train.py \\\n  --lr 0.1 \\\n  --fast", {"lr": "3"},
         "python train.py \\\n  --lr 3 \\\n  --fast"),
        ("for i in 1 2; do python train.py --name $i; done", {"lr": "2"},
         "for i in 1 2; do python train.py --name $i --lr 2; done"),
    ],
)  # fmt: skip
def test_overrides_are_put_into_the_line(
    line: str, overrides: dict[str, str], expected: str | None
) -> None:
    command = ("sh", "-ec", line, "name")
    found = find(command, {}, PROJECT)
    if expected is None:
        with pytest.raises(Refused, match="a number"):
            render(command, {}, overrides, found)
        return
    rendered = render(command, {}, overrides, found)
    assert rendered.command == ("sh", "-ec", expected, "name")
    assert rendered.environment == {}


def test_what_a_shell_would_expand_is_shown_as_it_is_written() -> None:
    found = find(("bash", "-c", "python train.py --name $USER"), {}, PROJECT)
    assert found.by_target["--name"].value == "$USER"


@pytest.mark.parametrize("line", ["cat <<EOF\n--lr 3\nEOF", "python train.py 'open", "echo $'a'"])
def test_a_line_that_is_not_understood_is_left_alone(line: str) -> None:
    command = ("sh", "-c", line)
    found = find(command, {}, PROJECT)
    assert not [one for one in found.parameters if one.spelling]
    with pytest.raises(Refused):
        render(command, {}, {"--lr": "3"}, found)


def test_variables_of_an_env_in_front_are_changed_there() -> None:
    command = ("env", "-u", "SEED=0", "SEED=1", "python", "train.py")
    rendered = render(command, {}, {"env:SEED": "2"}, find(command, {}, PROJECT))
    assert "SEED=2" in rendered.command
    assert rendered.environment == {}


def test_a_program_is_found_in_the_directory_that_the_line_goes_to() -> None:
    project = files(
        {"sub/run.py": "import argparse\nargparse.ArgumentParser().add_argument('--a')"}
    )
    command = ("sh", "-c", "cd sub && python run.py")
    rendered = render(command, {}, {"a": "1"}, find(command, {}, project))
    assert rendered.command[2] == "cd sub && python run.py --a 1"

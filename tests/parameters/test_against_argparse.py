"""The real argparse, asked about commands before and after: only what was overridden differs."""

from __future__ import annotations

import argparse
import contextlib
import io
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from clearq_tui.model import Refused
from clearq_tui.parameters import FilesInMemory, Kind, find, render

Draw = Callable[[st.SearchStrategy[Any]], Any]
"""`data.draw`."""

NAMES = ("lr", "layers", "learning-rate", "no", "seed_it", "v", "deep", "out")


@dataclass(frozen=True)
class Argument:
    """One call of `add_argument`, and how it is given."""

    call: str
    dest: str
    given: tuple[str, ...]
    is_placed: bool = False


values = st.text("abc 1.=é'$", min_size=1, max_size=6) | st.sampled_from(
    ["0", "-1", "-1.5e3", "x y"]
)


@st.composite
def arguments(draw: st.DrawFn, name: str, number: int) -> Argument:
    """An option or a word in its place, of any sort."""
    dest = name.replace("-", "_")
    short = f"-{'lsmnvdox'[number]}"
    names = draw(
        st.sampled_from([f'"--{name}"', f'"{short}", "--{name}"', f'"--{name}", "{short}"'])
    )
    spoken = draw(st.sampled_from([f"--{name}", short] if short in names else [f"--{name}"]))
    sort = draw(st.sampled_from(["text", "int", "choice", "flag", "count", "append", "two", "many",
                                 "bool", "maybe", "placed"]))  # fmt: skip
    joined = draw(st.booleans()) and spoken.startswith("--")

    def said(word: str) -> tuple[str, ...]:
        return (f"{spoken}={word}",) if joined else (spoken, word)

    if sort == "text":
        return Argument(f"{names}", dest, said(draw(st.sampled_from(["a", "b c", "0.5", "-3"]))))
    if sort == "int":
        return Argument(f"{names}, type=int, default=3", dest, said(str(draw(st.integers(-9, 9)))))
    if sort == "choice":
        return Argument(f'{names}, choices=["red", "blue"]', dest, said("red"))
    if sort == "flag":
        return Argument(f'{names}, action="store_true"', dest, (spoken,))
    if sort == "count":
        return Argument(
            f'{names}, action="count", default=0', dest, (spoken,) * draw(st.integers(1, 3))
        )
    if sort == "append":
        return Argument(f'{names}, action="append", default=[]', dest, (*said("p"), *said("q")))
    if sort == "two":
        return Argument(f"{names}, nargs=2", dest, (spoken, "1", "2"))
    if sort == "many":
        return Argument(f'{names}, nargs="+", type=int', dest, (spoken, "4", "5"))
    if sort == "bool":
        no = draw(st.booleans())
        word = f"--no-{name}" if no else f"--{name}"
        return Argument(
            f'"--{name}", action=argparse.BooleanOptionalAction, default=True', dest, (word,)
        )
    if sort == "maybe":
        return Argument(f'{names}, nargs="?", const="c", default="d"', dest, said("e"))
    return Argument(f'"{dest}", nargs="?", default="z"', dest, ("word",), is_placed=True)


@st.composite
def programs(draw: st.DrawFn) -> tuple[list[Argument], list[Argument]]:
    """Arguments of a program, and those that are given."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=5, unique=True))
    declared = [draw(arguments(name, number)) for number, name in enumerate(names)]
    given_ones = draw(st.lists(st.sampled_from(declared), unique=True, max_size=5))
    return declared, given_ones


def source_of(declared: list[Argument]) -> str:
    calls = "".join(f"    parser.add_argument({one.call})\n" for one in declared)
    head = "import argparse\ndef build():\n    parser = argparse.ArgumentParser()\n"
    return f"{head}{calls}    return parser\nbuild().parse_args()\n"


def parser_of(declared: list[Argument]) -> argparse.ArgumentParser:
    made = argparse.ArgumentParser()
    for one in declared:
        eval(f"parser.add_argument({one.call})", {"parser": made, "argparse": argparse})
    return made


def parsed(parser: argparse.ArgumentParser, words: tuple[str, ...]) -> dict[str, Any] | None:
    with contextlib.redirect_stderr(io.StringIO()):
        try:
            return vars(parser.parse_args(words))
        except SystemExit:
            return None


def expected(one: Argument, kind: Kind, value: str) -> object:
    """What argparse must make of an override."""
    if "type=int" in one.call and "nargs" in one.call:
        return [int(word) for word in shlex.split(value)]
    if "type=int" in one.call or "count" in one.call:
        return int(value)
    if "nargs=2" in one.call or "append" in one.call:
        return shlex.split(value)
    return value == "true" if kind is Kind.FLAG else value


def value_for(draw: Draw, one: Argument, kind: Kind) -> str:
    """A value that the argument can have, as an operator would write it."""
    return str(_drawn(draw, one, kind))


def _drawn(draw: Draw, one: Argument, kind: Kind) -> object:
    if "count" in one.call:
        return str(draw(st.integers(0, 3)))
    if kind is Kind.FLAG:
        return draw(st.sampled_from(["true", "false"]))
    if "choices" in one.call:
        return draw(st.sampled_from(["red", "blue"]))
    if "nargs=2" in one.call:
        return shlex.join(draw(st.lists(st.sampled_from("xyz"), min_size=2, max_size=2)))
    if "type=int" in one.call and "nargs" in one.call:
        return shlex.join(str(n) for n in draw(st.lists(st.integers(0, 9), min_size=1, max_size=3)))
    if "append" in one.call:
        return shlex.join(draw(st.lists(values, max_size=3)))
    if "type=int" in one.call:
        return str(draw(st.integers(-99, 99)))
    return draw(values)


@settings(max_examples=150, deadline=None)
@given(programs(), st.data())
def test_an_override_changes_what_argparse_reads_there_and_nothing_else(
    program: tuple[list[Argument], list[Argument]], data: st.DataObject
) -> None:
    declared, given_ones = program
    words = tuple(word for one in given_ones for word in one.given)
    parser = parser_of(declared)
    before = parsed(parser, words)
    assume(before is not None)  # such as a word in its place behind an option that takes many
    assert before is not None
    files = FilesInMemory({"train.py": source_of(declared).encode()})
    command = ("python", "train.py", *words)
    found = find(command, {}, files)
    one = data.draw(st.sampled_from(declared), label="overridden")
    target = (
        one.dest
        if one.is_placed
        else "--" + next(n for n in NAMES if n.replace("-", "_") == one.dest)
    )
    parameter = found.by_target[target]
    value = value_for(data.draw, one, parameter.kind)
    try:
        command_after = render(command, {}, {target: value}, found).command
    except Refused:
        assert _cannot_be_said(one, value, declared, given_ones), (command, target, value)
        return
    after = parsed(parser, command_after[2:])
    wanted = {**before, one.dest: expected(one, parameter.kind, value)}
    if "append" in one.call and value == "":
        wanted[one.dest] = []
    assert after == wanted, (command, command_after)
    if value == found.by_target[target].value:
        assert len(command_after) <= len(command) + 2


def _cannot_be_said(
    one: Argument, value: str, declared: list[Argument], given_ones: list[Argument]
) -> bool:
    """A word in its place cannot begin with a dash, nor stand behind one that is not there.

    And a flag that is all that keeps a word from an option of many values cannot go.
    """
    if not one.is_placed:
        takes_many = any('nargs="+"' in other.call for other in given_ones)
        return takes_many and value in {"0", "false", ""}
    before = [other for other in declared[: declared.index(one)] if other.is_placed]
    places = sum(other.is_placed for other in given_ones)
    return value.startswith("-") or len(before) > places


@settings(max_examples=60, deadline=None)
@given(programs())
def test_the_values_found_are_those_that_argparse_reads(
    program: tuple[list[Argument], list[Argument]],
) -> None:
    declared, given_ones = program
    words = tuple(word for one in given_ones for word in one.given)
    read = parsed(parser_of(declared), words)
    assume(read is not None)
    assert read is not None
    files = FilesInMemory({"train.py": source_of(declared).encode()})
    found = find(("python", "train.py", *words), {}, files)
    for one in declared:
        target = (
            one.dest
            if one.is_placed
            else "--" + next(n for n in NAMES if n.replace("-", "_") == one.dest)
        )
        parameter = found.by_target[target]
        if parameter.value is None:
            assert read[one.dest] is None
        else:
            assert read[one.dest] == expected(one, parameter.kind, parameter.value), parameter


@pytest.mark.parametrize("words", [(), ("--lr", "1"), ("--", "x")])
def test_no_overrides_change_nothing(words: tuple[str, ...]) -> None:
    files = FilesInMemory({"t.py": b"import argparse\n"})
    command = ("python", "t.py", *words)
    assert render(command, {"A": "b"}, {}, find(command, {}, files)).command == command

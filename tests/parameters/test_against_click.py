"""The real click, asked about commands before and after an override."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Any

import click
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clearq_tui.model import Refused
from clearq_tui.parameters import FilesInMemory, Found, Kind, find, render

_SOURCE = '''
import click

RED = "red"

@click.group()
@click.option("--verbose/--quiet", default=False, help="Say more.")
@click.option("-c", "--config", default="a.toml")
def main(**given):
    SEEN.update(given)

seed = click.option("--seed", type=int, default=3)

@main.command("train")
@seed
@click.option("--lr", "-l", "rate", type=float, default=0.1, help="Learning\\n rate.")
@click.option("--name")
@click.option("--colour", type=click.Choice([RED, "blue"]), default="red")
@click.option("--tag", "-t", multiple=True)
@click.option("--size", nargs=2, type=int, default=(1, 2))
@click.option("--fast", is_flag=True)
@click.option("-v", count=True)
@click.option("--cache/--no-cache", default=True)
@click.argument("source")
@click.argument("more", nargs=-1)
def train_it(**given):
    SEEN.update(given)

@main.command()
@seed
def show_all(seed):
    pass

if __name__ == "__main__":
    main()
'''  # fmt: skip
_FILES = FilesInMemory({"run.py": _SOURCE.encode()})

_GIVEN = (
    ("--lr", "0.5"), ("-l0.5",), ("--lr=0.5",), ("--name", "-x"), ("--colour=blue",),
    ("-t", "a", "--tag=b"), ("--size", "3", "4"), ("--fast",), ("-vv",), ("--no-cache",),
    ("--seed", "-1"),
)  # fmt: skip


@dataclass(frozen=True)
class Override:
    """One that has a meaning, as click would give it."""

    target: str
    value: str
    key: str
    means: object


_OVERRIDES = [
    Override("--lr", "2", "rate", 2.0),
    Override("--name", "two words", "name", "two words"),
    Override("--name", "--seed", "name", "--seed"),
    Override("--colour", "red", "colour", "red"),
    Override("--tag", "x 'y z' w", "tag", ("x", "y z", "w")),
    Override("--tag", "", "tag", ()),
    Override("--size", "7 8", "size", (7, 8)),
    Override("--fast", "true", "fast", True),
    Override("--fast", "false", "fast", False),
    Override("-v", "3", "v", 3),
    Override("-v", "0", "v", 0),
    Override("--cache", "true", "cache", True),
    Override("--cache", "false", "cache", False),
    Override("--seed", "-7", "seed", -7),
    Override("source", "other", "source", "other"),
    Override("more", "p q", "more", ("p", "q")),
    Override("--verbose", "true", "verbose", True),
    Override("--config", "b.toml", "config", "b.toml"),
]


def read_by_click(words: tuple[str, ...]) -> dict[str, Any]:
    """Everything that the program is told."""
    seen: dict[str, Any] = {}
    names: dict[str, Any] = {"__name__": "run", "SEEN": seen}
    exec(compile(_SOURCE, "run.py", "exec"), names)
    program: click.Command = names["main"]
    program.main(list(words), standalone_mode=False)
    return seen


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(_GIVEN), unique=True, max_size=4),
    st.sampled_from([(), ("--quiet",), ("-c", "z.toml")]),
    st.sampled_from([("data",), ("data", "m1", "m2")]),
    st.sampled_from(_OVERRIDES),
)
def test_only_what_is_overridden_changes_for_click(
    options: list[tuple[str, ...]], above: tuple[str, ...], placed: tuple[str, ...], one: Override
) -> None:
    words = (*above, "train", *(word for option in options for word in option), *placed)
    command = ("python", "run.py", *words)
    found = find(command, {}, _FILES)
    before = read_by_click(words)
    after = render(command, {}, {one.target: one.value}, found).command
    assert read_by_click(after[2:]) == {**before, one.key: one.means}, after


def found(command: str) -> Found:
    return find(shlex.split(command), {}, _FILES)


def test_what_decorators_say_is_found() -> None:
    known = found("python run.py train data").by_target
    rate = known["--lr"]
    assert (rate.type, rate.default, rate.help) == ("float", "0.1", "Learning rate.")
    assert rate.spelling is not None
    assert rate.spelling.names == ("--lr", "-l")
    assert rate.origin == "run.py:16"
    assert known["--colour"].choices == ("red", "blue")
    assert known["--cache"].kind is Kind.FLAG
    assert known["source"].value == "data"
    assert known["--seed"].value == "3"


def test_only_the_subcommand_that_is_run_counts() -> None:
    assert "--lr" not in found("python run.py show-all").by_target
    assert {"--seed", "--verbose", "--config"} <= found("python run.py show-all").by_target.keys()


@pytest.mark.parametrize(
    ("target", "value", "why"),
    [
        ("--lr", "fast", "expected a number"),
        ("--colour", "green", "expected one of red, blue"),
        ("--size", "1", "takes 2 values"),
        ("--fast", "maybe", "true or false"),
        ("-v", "-1", "how often"),
        ("source", "-x", "would take that for an option"),
        ("--tag", "'", "cannot be split"),
    ],
)
def test_what_cannot_be_is_refused(target: str, value: str, why: str) -> None:
    command = ("python", "run.py", "train", "data")
    with pytest.raises(Refused, match=why):
        render(command, {}, {target: value}, found("python run.py train data"))

"""Parameters as rows: pure."""

from __future__ import annotations

from clearq_tui.parameters import FilesInMemory, find
from clearq_tui.ui.parameter_rows import (
    FORM_COLUMNS,
    ParameterRow,
    in_full,
    matching_rows,
    parameter_rows,
    told,
)

SOURCE = """
import argparse, os
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1, help="The rate.")
parser.add_argument("--mode", choices=["fast", "slow"], default="fast")
parser.add_argument("--name", default="")
parser.add_argument("--jobs", default=os.cpu_count())
parser.parse_args()
"""
FOUND = find(("python", "t.py", "--lr", "0.5"), {}, FilesInMemory({"t.py": SOURCE.encode()}))


def rows(**overrides: str) -> dict[str, ParameterRow]:
    made = parameter_rows(FOUND, {f"--{name}": value for name, value in overrides.items()})
    return {row.target: row for row in made}


def cells(row: ParameterRow) -> list[str]:
    return [str(column.render(row)) for column in FORM_COLUMNS]


def test_the_original_stands_beside_what_is_overridden() -> None:
    assert cells(rows(lr="0.2")["--lr"]) == [
        "● --lr", "0.2", "0.5", "float · default 0.1 · The rate.",
    ]  # fmt: skip
    assert cells(rows(name="x")["--name"]) == ["● --name", "x", "''", "str"]
    assert cells(rows(jobs="2")["--jobs"]) == ["● --jobs", "2", "os.cpu_count()", "str"]


def test_what_is_not_overridden_has_no_original() -> None:
    assert cells(rows()["--mode"]) == ["  --mode", "fast", "", "fast slow"]
    assert cells(rows()["--name"])[1] == "''"
    assert cells(rows()["--jobs"])[1] == "os.cpu_count()"


def test_a_filter_finds_names_help_places_and_what_is_changed() -> None:
    made = list(rows(mode="slow").values())
    assert [row.target for row in matching_rows(made, "RATE")] == ["--lr"]
    assert [row.target for row in matching_rows(made, "t.py mo")] == ["--mode"]
    assert [row.target for row in matching_rows(made, "*")] == ["--mode"]
    assert len(matching_rows(made, "")) == 4
    assert told(made) == "4 found, 1 changed"


def test_all_that_is_known_is_one_line() -> None:
    assert in_full(rows()["--mode"]) == "str · one of fast, slow · default fast · t.py:5"

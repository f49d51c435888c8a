"""Which file a command runs."""

from __future__ import annotations

import pytest

from clearq_tui.parameters.program import find_program
from tests.parameters.project import files

PROJECT = files(
    {
        "train.py": "",
        "src/app/__main__.py": "",
        "src/app/cli.py": "",
        "tools/run.py": "",
        "tool": "#!/usr/bin/env python3\n",
        "other": "#!/bin/sh\n",
        "pyproject.toml": """
            [project.scripts]
            app-run = "app.cli:main"
        """,
    }
)


@pytest.mark.parametrize(
    ("command", "path", "first"),
    [
        ("python train.py --lr 1", "train.py", 2),
        ("/usr/bin/python3.11 -u -W ignore ./train.py", "train.py", 5),
        ("./train.py --lr", "train.py", 1),
        ("python tools/../train.py", "train.py", 2),
        ("python -m tools.run x", "tools/run.py", 3),
        ("python -m app --x", "src/app/__main__.py", 3),
        ("torchrun --nproc-per-node 8 train.py --lr 1", "train.py", 4),
        ("python -m torch.distributed.run --nproc 2 train.py", "train.py", 6),
        ("torchrun --nproc-per-node 8 -m app.cli --lr 1", "src/app/cli.py", 5),
        ("accelerate launch --config_file c.yaml train.py a", "train.py", 5),
        ("uv run train.py", "train.py", 3),
        ("uv run python train.py", "train.py", 4),
        ("env SEED=1 nice -n 5 python train.py", "train.py", 7),
        ("python -m cProfile -o out tools/run.py", "tools/run.py", 6),
        ("./tool --x", "tool", 1),
        ("app-run train", "src/app/cli.py", 1),
        ("uv run app-run train", "src/app/cli.py", 3),
        ("./other train", None, 0),
        ("python -c 'print(1)' train.py", None, 0),
        ("python missing.py", None, 0),
        ("make train", None, 0),
    ],
)
def test_the_program_and_where_its_arguments_begin(
    command: str, path: str | None, first: int
) -> None:
    found = find_program(command.split(), PROJECT)
    assert (found.path if found else None) == path
    assert (found.first if found else 0) == first


def test_a_console_script_says_what_it_calls() -> None:
    found = find_program(["app-run"], PROJECT)
    assert found is not None
    assert found.function == "main"

"""The check of the agent's portability finds what it looks for."""

from __future__ import annotations

import pytest

from tests.agent_is_portable import problems_of

GUARDED = "try:\n    import psutil\nexcept ImportError:\n    psutil = None\n"


@pytest.mark.parametrize(
    "source",
    ["import os.path", "from remote_agent.wire import PIECE", "from . import wire", GUARDED],
)
def test_allows(source: str) -> None:
    assert problems_of(source, "x.py", in_metrics=True) == []


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import numpy", "x.py:1: imports numpy, which is not in the standard library"),
        ("def f():\n    from git import Repo", "x.py:2: imports git, which is not"),
        ("import tomllib", "x.py:1: imports tomllib, which Python 3.8 does not have"),
        ("import psutil", "x.py:1: imports psutil, outside a `try`"),
        ("try:\n    pass\nexcept ImportError:\n    import psutil", "x.py:4: imports psutil"),
    ],
)
def test_refuses(source: str, said: str) -> None:
    (problem,) = problems_of(source, "x.py", in_metrics=True)
    assert problem.startswith(said)


def test_refuses_psutil_outside_metrics() -> None:
    (problem,) = problems_of(GUARDED, "x.py", in_metrics=False)
    assert "only remote_agent/metrics" in problem


def test_refuses_younger_grammar() -> None:
    with pytest.raises(SyntaxError):
        problems_of("match x:\n    case 1: pass", "x.py", in_metrics=False)

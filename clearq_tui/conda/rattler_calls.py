"""Have rattler do something: see `rattler_work` for what, and why in a process of its own."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from typing import Any

from clearq_tui.conda.failure import CondaError

_LONGEST = 1500
"""Characters of a reason; a solver can say very much."""


class RattlerFailed(CondaError):
    """The work failed; the message is rattler's reason, on one line."""


def call(work: str, say: Callable[[str], None], **order: object) -> Any:  # noqa: ANN401 - a JSON value
    """Order a piece of work and wait for it; its value.

    Raises:
        RattlerFailed: it could not be done.
        CondaError: rattler itself cannot be run on this laptop.
    """
    with tempfile.TemporaryFile("w+") as complaints:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "clearq_tui.conda.rattler_work"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
        )
        with process:
            assert process.stdin is not None
            assert process.stdout is not None
            # One that has ended already says why below.
            with contextlib.suppress(BrokenPipeError), process.stdin as orders:
                json.dump({"work": work, **order}, orders)
            for line in process.stdout:
                said = json.loads(line)
                if "say" in said:
                    say(said["say"])
                elif "failed" in said:
                    raise RattlerFailed(on_one_line(said["failed"]))
                else:
                    return said["done"]
        complaints.seek(0)
        complaint = on_one_line(complaints.read())
    raise CondaError(
        f"rattler, which solves conda environments, ended with {process.returncode} on this laptop:"
        f" {complaint or 'it said nothing.'}"
    )


def on_one_line(text: str) -> str:
    """The text without line ends and the lines that draw a tree, cut where it is very long."""
    lines = [line.strip(" \t│├└─") for line in text.splitlines()]
    joined = "; ".join(line.rstrip(";") for line in lines if line).replace(":; ", ": ")
    return joined if len(joined) <= _LONGEST else joined[:_LONGEST] + " …"

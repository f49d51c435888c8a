"""What the exit code of `clearq` means. Scripts rely on it: a code never changes its meaning."""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class ExitCode(IntEnum):
    """How a command ended."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    REFUSED = 4
    HOST_KEY = 5
    LOST = 123
    NEVER_RAN = 125
    INTERRUPTED = 130
    CLOSED_PIPE = 141


MEANING: Final[dict[ExitCode, str]] = {
    ExitCode.OK: "done",
    ExitCode.FAILED: "the operation failed; stderr says why",
    ExitCode.USAGE: "the command line cannot be understood",
    ExitCode.NOT_FOUND: "something that was named does not exist",
    ExitCode.REFUSED: "the operation makes no sense now; nothing was changed",
    ExitCode.HOST_KEY: "the machine's host key waits for your acceptance",
    ExitCode.LOST: "the task was lost with its machine",
    ExitCode.NEVER_RAN: "the task failed before its command started",
    ExitCode.INTERRUPTED: "interrupted, or the awaited task was aborted",
    ExitCode.CLOSED_PIPE: "whoever read the output went away",
}

ALWAYS: Final = (
    ExitCode.OK,
    ExitCode.FAILED,
    ExitCode.USAGE,
    ExitCode.INTERRUPTED,
)
"""Any command may end with these."""


def explain(codes: tuple[ExitCode, ...]) -> list[tuple[str, str]]:
    """Code and meaning of each, in order, those of every command included."""
    return [(str(int(code)), MEANING[code]) for code in sorted({*ALWAYS, *codes})]

"""Every way in which a command can fail: one sentence on stderr and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import click

from clearq_tui.cli.exit_codes import ExitCode
from clearq_tui.model import ClearqError, NotFound, Refused
from clearq_tui.safe_text import one_line


class OutputClosed(Exception):
    """Whoever read our output went away, as `head` does."""


def run(command: Callable[[], object]) -> int:
    """Run the command and return the process's exit code; never lets a traceback out.

    `CLEARQ_TRACEBACK=1` lets unexpected errors through, for whoever looks for a fault in clearq.
    """
    try:
        try:
            result = command()
            sys.stdout.flush()
        except BrokenPipeError as error:
            raise OutputClosed from error
    except OutputClosed:
        _discard_output()
        return ExitCode.CLOSED_PIPE
    except (KeyboardInterrupt, click.Abort):
        return ExitCode.INTERRUPTED
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return ExitCode.USAGE
    except click.ClickException as error:
        return _say(_usage_sentence(error), ExitCode(error.exit_code))
    except ClearqError as error:
        return _say(str(error), exit_code_of(error))
    except OSError as error:
        return _say(_system_sentence(error), ExitCode.FAILED)
    except Exception as error:
        if os.environ.get("CLEARQ_TRACEBACK"):
            raise
        return _say(
            f"This is a fault in clearq ({type(error).__name__}: {error}); "
            "run again with CLEARQ_TRACEBACK=1 to see where.",
            ExitCode.FAILED,
        )
    return result if isinstance(result, int) else ExitCode.OK


def exit_code_of(error: ClearqError) -> ExitCode:
    """The exit code that tells scripts what kind of error it was."""
    if isinstance(error, NotFound):
        return ExitCode.NOT_FOUND
    if isinstance(error, Refused):
        return ExitCode.REFUSED
    return ExitCode.FAILED


def _say(sentence: str, code: ExitCode) -> ExitCode:
    try:
        print(f"clearq: {one_line(sentence)}", file=sys.stderr, flush=True)  # noqa: T201
    except BrokenPipeError:
        _discard_output()
    return code


def _usage_sentence(error: click.ClickException) -> str:
    message = error.format_message().strip().replace("\n", " ")
    if not message.endswith((".", "?", "!")):
        message += "."
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f"{message} See '{context.command_path} --help'." if context else message


def _system_sentence(error: OSError) -> str:
    reason = error.strerror or str(error)
    if error.strerror is None:
        return reason
    return f"{error.filename}: {reason}." if error.filename else f"{reason}."


def _discard_output() -> None:
    """Let the interpreter's last flush go nowhere, or it would complain about the closed pipe."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            os.dup2(nowhere, stream.fileno())

"""What to tell the operator of a tool's complaint: its essential line, and what helps. Pure."""

from __future__ import annotations

import re
from typing import List

_LONGEST = 600
_UNREACHABLE = re.compile(
    r"error sending request|dns error|error resolving DNS|tcp connect error|Connection refused"
    r"|Failed to establish a new connection|NewConnectionError|Network is unreachable"
    r"|[Nn]ame resolution|Name or service not known|No route to host|ConnectTimeout|timed out",
)
_NO_ROOM = re.compile(r"No space left on device|Disk quota exceeded")
_UV_ERROR = re.compile(r"error: |\s*\N{MULTIPLICATION SIGN} ")
_UV_CAUSE = re.compile(r"\s*(?:cause: |╰─▶ |├─▶ |Caused by: |\N{MULTIPLICATION SIGN} )")
_UV_FRAME = re.compile(r"^[\s│]+")
_PIP_SAYS = re.compile(r"^ERROR: |╰─> ", re.MULTILINE)
_PIP_ERROR = re.compile(r"(?:ERROR|error): ")
_OF_NO_USE = re.compile(
    r"No solution found|Failed to download|Request failed after|Failed to (?:install|prepare)"
    r"|Could not install packages|subprocess-exited|No matching distribution|metadata-generation"
    r"|Could not fetch"
)
_BACKTRACE = re.compile(r"^\s+(?:File \"|at |~+|\^+)|^Traceback|^\[std(?:err|out)\]")
_LAST_ERROR = re.compile(r"^(?:\w+\.)*\w*(?:Error|Exception|Exit)\b.*")


def is_unreachable(said: str) -> bool:
    """Whether the tool could not reach what it wanted to fetch."""
    return bool(_UNREACHABLE.search(said))


def is_disk_full(said: str) -> bool:
    """Whether the disk had no room for it."""
    return bool(_NO_ROOM.search(said))


def essence(said: str) -> str:
    """The part of the complaint that says what is wrong, in one line; empty: it said nothing."""
    lines = [line for line in said.splitlines() if line.strip()]
    hints = [line.strip()[6:] for line in lines if line.strip().startswith("hint: ")]
    told = _from_pip(lines) if _PIP_SAYS.search(said) else _from_uv(lines)
    parts = [part for part in (*told, *hints[:1]) if part]
    if not parts and lines:
        parts = [lines[-1].strip()]
    text = " — ".join(parts)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _from_uv(lines: List[str]) -> List[str]:
    """The error with its causes, without those that only say that something went wrong."""
    starts = [at for at, line in enumerate(lines) if _UV_ERROR.match(line)]
    if not starts:
        return []
    whole: List[str] = []
    for line in lines[starts[-1] :]:
        if line.strip().startswith("hint: ") or _BACKTRACE.match(_UV_FRAME.sub("", line)):
            if line.strip().startswith("hint: "):
                break
            continue
        if line.startswith("error: ") or _UV_CAUSE.match(line):
            whole.append(re.sub(r"^error: ", "", _UV_CAUSE.sub("", line)).strip())
        elif whole:
            whole[-1] = "%s %s" % (whole[-1], _UV_FRAME.sub("", line).strip())
    useful = [part for part in whole if not _OF_NO_USE.match(part)]
    return _without_detours(useful or whole)


def _without_detours(parts: List[str]) -> List[str]:
    """Of a chain of causes, the first, and the last where that is another matter."""
    return parts if len(parts) < len(("first", "last")) + 1 else [parts[0], parts[-1]]


def _from_pip(lines: List[str]) -> List[str]:
    """What pip calls an error; the last exception of a build, where that is what failed."""
    errors = _pip_errors(lines)
    exceptions = [line.strip() for line in lines if _LAST_ERROR.match(line.strip())]
    missing = [error for error in errors if error.startswith("Could not find a version")]
    useful = missing or [error for error in errors if not _OF_NO_USE.match(error)]
    if exceptions and not useful:
        useful = ["a package could not be built"]
    return (useful or errors)[:1] + exceptions[-1:]


def _pip_errors(lines: List[str]) -> List[str]:
    """Each error, with the indented lines that follow it."""
    errors: List[str] = []
    goes_on = False
    for line in lines:
        if _PIP_ERROR.match(line):
            errors.append(_PIP_ERROR.sub("", line, 1).strip())
            goes_on = True
        elif goes_on and line.startswith(" "):
            errors[-1] = "%s %s" % (errors[-1], line.strip())
        else:
            goes_on = False
    return errors

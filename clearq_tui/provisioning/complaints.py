"""What uv and pip say when they fail, as one sentence for the operator."""

from __future__ import annotations

import re

from clearq_tui.safe_text import one_line

_LOGIN = re.compile(r"://[^\s/@]+@")
_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
_FRAME = re.compile(r"^[\s\u00d7│╰─▶├>]*(?:cause:|error:|ERROR:)?\s*", re.IGNORECASE)
_UNREACHABLE = re.compile(
    r"connection refused|dns error|resolve|timed? ?out|unreachable|connection-failed|"
    r"failed to connect|error sending request|connection reset|ConnectionError|NewConnectionError",
    re.IGNORECASE,
)
_REASON = re.compile(
    r"connection refused|dns error|timed? ?out|connection reset|unreachable", re.IGNORECASE
)
_ADDRESS = re.compile(r"(?:https?|file)://[^\s`')>]+")
_ERROR = re.compile(r"\s*(\u00d7|error\b)", re.IGNORECASE)
_CAUSE = re.compile(r"\s*(cause:|[├╰]─▶)")
_MOST_CAUSES = 4
_LONGEST = 600


def without_logins(text: str) -> str:
    """The text with user names and passwords in its addresses made unreadable."""
    return _LOGIN.sub("://", text)


def complaint(said: str) -> str:
    """The essential of what uv or pip wrote before it failed; never empty, one line, no logins."""
    text = without_logins(_ESCAPE.sub("", said))
    lines = [line for line in text.splitlines() if line.strip()]
    sentence = (
        _no_solution(lines) or _unreachable(lines) or _failed_build(lines) or _last_error(lines)
    )
    return one_line(sentence or "it said nothing")[:_LONGEST].rstrip(" .:")


def _no_solution(lines: list[str]) -> str:
    """uv's chain of reasons, with what it hints at when that says more."""
    start = next((i for i, line in enumerate(lines) if "Because " in line), None)
    if start is None:
        return ""
    reasons = [_FRAME.sub("", lines[start])]
    for line in lines[start + 1 :]:
        if line.lstrip().startswith("hint"):
            break
        reasons.append(_FRAME.sub("", line))
    hints = [line.strip() for line in lines if line.strip().startswith("hint: An index URL")]
    return " ".join([*reasons, *hints[:1]])


def _unreachable(lines: list[str]) -> str:
    """That an address gives no answer, and the innermost reason."""
    address = next((found[0] for line in lines if (found := _ADDRESS.search(line))), "")
    if not address or not any(map(_UNREACHABLE.search, lines)):
        return ""
    reasons = [found[0] for line in reversed(lines) if (found := _REASON.search(line))]
    return f"{address} cannot be reached from this laptop ({(reasons or ['no answer'])[0]})"


def _failed_build(lines: list[str]) -> str:
    """The error of a build backend is the last line of its traceback."""
    failed = next(
        (line for line in lines if re.search(r"Failed to build|subprocess-exited", line)), ""
    )
    raised = [line for line in lines if re.match(r"\s*[│ ]*\w*(Error|Exception)\b.*", line)]
    if not failed or not raised:
        return ""
    return f"{_FRAME.sub('', failed)}: {_FRAME.sub('', raised[-1])}"


def _last_error(lines: list[str]) -> str:
    """The error, and the causes that uv tells below it; of a traceback, the exception."""
    if any(line.startswith("Traceback ") for line in lines):
        return _FRAME.sub("", lines[-1])
    start = next((i for i, line in enumerate(lines) if _ERROR.match(line)), None)
    if start is None:
        return _FRAME.sub("", lines[0]) if lines else ""
    causes = [line for line in lines[start + 1 :] if _CAUSE.match(line)][:_MOST_CAUSES]
    said = (_FRAME.sub("", line).rstrip(" .:") for line in (lines[start], *causes))
    return ": ".join(dict.fromkeys(said))

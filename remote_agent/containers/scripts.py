"""The scripts that run in a container. Pure.

They need a POSIX shell and nothing else: no program of the image but the one that the task asks
for. What a set-up script exports is written to a file by the shell itself, and read by the shells
that come after it.
"""

from __future__ import annotations

import re
import signal
from shlex import quote
from typing import List, Mapping, Sequence

from remote_agent.containers.places import COMMAND, GATE, LOG, NEVER, OUT_OF_MEMORY, WORK

_MEMORY_COUNTERS = (
    "/sys/fs/cgroup/memory.events",
    "/sys/fs/cgroup/memory/memory.oom_control",
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")

GO = "go"
"""The word that opens the gate."""

MAIN_TEXT = """\
# The first process of the container. A signal that an engine sends to it must not end it: with it,
# everything in the container would end at once.
trap : TERM
word=
read -r word <%s || exit 125
[ "$word" = %s ] || exit 125
. %s
""" % (GATE, GO, COMMAND)


IDLE_TEXT = (
    """\
# The first process of a container in which others are started: it waits for ever.
trap 'exit 0' TERM
read -r word <%s
"""
    % NEVER
)


def is_name(text: str) -> bool:
    """Whether a shell takes the text for the name of a variable."""
    return bool(_NAME.match(text))


def exports_file(number: int) -> str:
    """Where in the container the variables are that stand after so many set-up scripts."""
    return "%s/exports-%d" % (WORK, number)


def prelude(variables: Mapping[str, str], exports: int) -> str:
    """Sets the variables, after what the set-up scripts so far have exported."""
    lines = [". %s" % exports_file(exports)] if exports else []
    for name, text in sorted(variables.items()):
        if is_name(name):
            lines.append("export %s=%s" % (name, quote(text)))
    return "".join(line + "\n" for line in lines)


def set_up_script(before: str, script: str, place: str, exports: int) -> str:
    """Runs a set-up script with `set -eu` and keeps what it exports, also if it says `exit 0`.

    Args:
        before: the prelude.
        script: where the script is in the container.
        place: where it runs.
        exports: the number of the file for its exports.
    """
    at_end = 'clearq_status=$?; [ "$clearq_status" -ne 0 ] || export -p >%s; exit "$clearq_status"'
    return "%scd %s\ntrap %s EXIT\nset -eu\n. %s\n" % (
        before,
        quote(place),
        quote(at_end % exports_file(exports)),
        quote(script),
    )


def command_script(
    before: str,
    secrets: Mapping[str, str],
    place: str,
    command: Sequence[str],
    variables: Mapping[str, str],
) -> str:
    """Runs the command at the place, what it prints going to the log.

    Args:
        before: the prelude.
        secrets: by variable the file that holds its text.
        place: where the command runs.
        command: the program first.
        variables: those whose names no shell takes are given by `env`, if the image has it.
    """
    odd = ["%s=%s" % item for item in sorted(variables.items()) if not is_name(item[0])]
    words = ["env", *odd, *command] if odd else list(command)
    lines = [
        # A program that is killed has the shell say so: no line of the task's, so not in its log.
        "exec 9>&2 2>>%s" % LOG,
        before.rstrip("\n"),
        *_reading(secrets),
        "cd %s || exit 125" % quote(place),
        "exec 2>&9 9>&-",
        "(exec %s) >>%s 2>&1" % (" ".join(map(quote, words)), LOG),
        "clearq_code=$?",
        # Korn shells tell of signals so.
        '[ "$clearq_code" -lt 256 ] || clearq_code=$((clearq_code - 128))',
        *_noting_memory(),
        'exit "$clearq_code"',
    ]
    return "".join(line + "\n" for line in lines if line)


def _noting_memory() -> List[str]:
    """Where the command was killed: note whether the kernel did it for want of memory.

    Not every engine tells, and the counters are gone with the container.
    """
    return [
        'if [ "$clearq_code" = %d ]; then' % (128 + signal.SIGKILL),
        "    for clearq_file in %s; do" % " ".join(_MEMORY_COUNTERS),
        '        [ -r "$clearq_file" ] || continue',
        "        while read -r clearq_name clearq_count; do",
        '            [ "$clearq_name" != oom_kill ] || [ "$clearq_count" = 0 ] || : >%s'
        % OUT_OF_MEMORY,
        '        done <"$clearq_file"',
        "    done",
        "fi",
    ]


def _reading(secrets: Mapping[str, str]) -> List[str]:
    """Read the files into variables, character by character what they hold, by the shell alone."""
    if not secrets:
        return []
    lines = [
        "clearq_end='",
        "'",
        "clearq_read() {",
        "    clearq_text=",
        "    while IFS= read -r clearq_line; do",
        "        clearq_text=$clearq_text$clearq_line$clearq_end",
        "    done",
        "    clearq_text=$clearq_text$clearq_line",
        "}",
    ]
    for name, path in sorted(secrets.items()):
        lines += ["clearq_read <%s" % quote(path), 'export %s="$clearq_text"' % name]
    return [*lines, "unset clearq_end clearq_text clearq_line"]

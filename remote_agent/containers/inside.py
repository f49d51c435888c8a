"""Runs programs in an attempt's containers as if they were on the machine.

Tools that set environments up are given a small program of the machine's own, which calls this:
with the directory that it is in and the variables that it is given, the tool runs in the container.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from typing import List, Mapping, Sequence

from remote_agent.containers.engine import Engine
from remote_agent.containers.places import PRELUDE, SCRIPTS, Desk
from remote_agent.containers.record import read_record
from remote_agent.containers.scripts import is_name

_TAKEN_ALONG = re.compile(
    r"UV_\w+|PIP_\w+|SSL_CERT_(FILE|DIR)|NO_COLOR|(?i:(https?|all|ftp|no)_proxy)\Z"
)
"""Variables by which a tool is told what to do, wherever it runs."""
_LEFT_OUT = (
    *("UV_PYTHON", "UV_SYSTEM_PYTHON", "UV_PROJECT_ENVIRONMENT", "UV_TARGET", "UV_PREFIX"),
    *("UV_NO_CACHE", "VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONHOME", "PYTHONPATH"),
)
"""Variables of images by which a tool would work on another environment than it is told."""


def tool_text(directory: str, container: str, command: Sequence[str]) -> str:
    """A program for the machine that runs the command in the container of this name."""
    agent = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    words = [sys.executable, "-IS", agent, "run-inside", directory, container, *command]
    return '#!/bin/sh\nexec %s "$@"\n' % " ".join(map(shlex.quote, words))


def run_inside(directory: str, container: str, command: Sequence[str]) -> int:
    """Run the command there, in our own directory; its exit code."""
    record = read_record(directory)
    found = [one for one in record.containers if one.name == container] if record else []
    if record is None or not found:
        sys.stderr.write("There is no container %s.\n" % container)
        return 125
    desk = Desk(directory)
    name = "inside-%d.sh" % os.getpid()
    desk.write_script(name, script_text(dict(os.environ), os.getcwd(), command))
    try:
        return _run(record.engine, found[0].identity, "%s/%s" % (SCRIPTS, name))
    finally:
        os.unlink(os.path.join(desk.scripts, name))


def script_text(variables: Mapping[str, str], place: str, command: Sequence[str]) -> str:
    """What a shell in the container is told. Pure."""
    lines = [". %s" % PRELUDE, "unset %s" % " ".join(_LEFT_OUT)]
    for name, text in sorted(variables.items()):
        if _TAKEN_ALONG.match(name) and is_name(name):
            lines.append("export %s=%s" % (name, shlex.quote(text)))
    # Whoever merely asks a program what it is does so from anywhere.
    lines += ["cd %s 2>/dev/null || cd /" % shlex.quote(place), "exec %s" % _words(command)]
    return "".join(line + "\n" for line in lines)


def _run(engine: Engine, identity: str, script: str) -> int:
    command = engine.command("exec", identity, "/bin/sh", script)
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, env=engine.surroundings, check=False
    ).returncode


def _words(command: Sequence[str]) -> str:
    words: List[str] = [shlex.quote(word) for word in command]
    return " ".join(words)

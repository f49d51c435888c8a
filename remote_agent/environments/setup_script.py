"""Runs a set-up script and takes over what it exports."""

from __future__ import annotations

import os
import shlex
import sys
import tempfile
from typing import Dict

from remote_agent.environments.interface import Site, StepFailed
from remote_agent.places import make_empty

_OWN = frozenset({"PWD", "OLDPWD", "SHLVL", "_"})
"""What every shell sets for itself."""
_DUMP = "import os; os.write(3, b'\\0'.join(k + b'=' + v for k, v in os.environb.items()))"


def run_script(site: Site, whose: str, script: str) -> None:
    """Run the script with `set -eu`, in an empty directory of its own.

    What it has exported when it ends, also by `exit 0`, goes into the site's variables.

    Raises:
        StepFailed: it ended with an exit code other than 0.
        OSError: the disk refuses.
    """
    place = os.path.join(site.directory, "set-up-" + whose)
    make_empty(place)
    path = os.path.join(place, ".script")
    with open(path, "x", encoding="utf-8") as file:
        file.write(script)
    with tempfile.TemporaryFile(dir=place) as exported:
        code = site.run(
            ["/bin/sh", "-c", _wrapped(path, exported.fileno())],
            place=place,
            descriptors=[exported.fileno()],
        )
        if code != 0:
            how = "signal %d" % -code if code < 0 else "exit code %d" % code
            raise StepFailed("the %s's script ended with %s." % (whose, how))
        exported.seek(0)
        _take_over(site.variables, exported.read())


def _wrapped(path: str, descriptor: int) -> str:
    """The script in a shell that tells its environment at its end, however it comes."""
    # Below the redirection, so that nothing that the script starts holds the descriptor.
    tell = "%s -IS -c %s 3>/proc/self/fd/%d" % (
        shlex.quote(sys.executable),
        shlex.quote(_DUMP),
        descriptor,
    )
    at_end = "clearq_status=$?; [ $clearq_status -ne 0 ] || %s; exit $clearq_status" % tell
    return "trap %s EXIT; set -eu; . %s" % (shlex.quote(at_end), shlex.quote(path))


def _take_over(variables: Dict[str, str], told: bytes) -> None:
    if not told:
        return  # the script set a trap of its own for its end
    found = dict(os.fsdecode(entry).split("=", 1) for entry in told.split(b"\0") if b"=" in entry)
    for name in set(variables) - set(found):
        del variables[name]
    variables.update((name, value) for name, value in found.items() if name not in _OWN)

"""Choose the Python for an environment among those on the machine, and remember the choice."""

from __future__ import annotations

import os
from typing import Dict, List, Mapping, NamedTuple, Optional

from remote_agent.python_environments.interpreter import Interpreter, ask, interpreter_from_json
from remote_agent.python_environments.interpreters_here import candidates, usual
from remote_agent.python_environments.notes import digest_of, read_note, stamp_of, write_note
from remote_agent.python_environments.versions import Version, accepts, parsed

OLDEST = (3, 8)
"""Where nothing is asked for, an older one is not taken."""
_MOST_MICRO = 60
_SEARCHED_BY = ("PATH", "HOME", "PYENV_ROOT", "PYENV_VERSION", "UV_PYTHON_INSTALL_DIR")


class Search(NamedTuple):
    """What a search came to."""

    found: Optional[Interpreter]
    others: List[Interpreter]
    """Those that were looked at and do not fit; empty when the choice was remembered."""


def find_python(wanted: str, variables: Mapping[str, str], cache: str) -> Search:
    """Find a Python that fits `wanted` (see `versions.accepts`).

    Raises:
        ValueError: `wanted` makes no sense.
        OSError: the choice cannot be written down.
    """
    accepts(wanted, OLDEST)
    path = os.path.join(cache, "notes", "python-%s.json" % _key(wanted, variables))
    known = _remembered(path)
    if known is not None:
        return Search(known, [])
    search = _search(wanted, variables, builds_of(cache))
    if search.found is not None:
        note = {"python": search.found.to_json(), "stamp": stamp_of(search.found.program)}
        write_note(path, note)
    return search


def builds_of(cache: str) -> str:
    """Where the builds of Python lie that clearq has brought to this machine."""
    return os.path.join(cache, "pythons")


def _search(wanted: str, variables: Mapping[str, str], managed: str) -> Search:
    others: Dict[str, Interpreter] = {}
    unfinished: List[Interpreter] = []
    for path in candidates(variables, managed, lambda version: may_fit(wanted, version)):
        found = ask(path)
        if found is None or found.program in others:
            continue
        others[found.program] = found
        if found.implementation == "cpython" and _fits(wanted, parsed(found.version)):
            if found.is_final:
                return Search(found, [])
            unfinished.append(found)
    return Search(unfinished[0] if unfinished else None, list(others.values()))


def may_fit(wanted: str, version: Version) -> bool:
    """Whether a version that may lack its last number can be one that fits."""
    if len(version) > len(OLDEST):
        return _fits(wanted, version)
    return any(_fits(wanted, (*version, micro)) for micro in range(_MOST_MICRO))


def _fits(wanted: str, version: Version) -> bool:
    return accepts(wanted, version) if wanted.strip() else version >= OLDEST


def _key(wanted: str, variables: Mapping[str, str]) -> str:
    first = next((path for path in usual(variables) if os.path.exists(path)), "")
    return digest_of(
        [wanted, os.path.realpath(first), *(variables.get(name, "") for name in _SEARCHED_BY)]
    )


def _remembered(path: str) -> Optional[Interpreter]:
    note = read_note(path)
    found = interpreter_from_json(note.get("python"))
    if found is None or not note.get("stamp") or stamp_of(found.program) != note["stamp"]:
        return None
    return found


def note_use_of_build(python: Interpreter, cache: str) -> str:
    """Note that a build which clearq brought is used now; its name, for a pin; empty: it is none.

    Raises:
        OSError: the disk refuses.
    """
    above = os.path.realpath(builds_of(cache)) + os.sep
    if not python.program.startswith(above):
        return ""
    name = python.program[len(above) :].split(os.sep)[0]
    os.utime(above + name)  # by which the sweep knows when it was last used
    return name

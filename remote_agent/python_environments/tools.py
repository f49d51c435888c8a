"""Choose the tool: the laptop's uv, else the machine's, else pip."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
import time
import zipfile
from typing import Any, Dict, List, Optional

from remote_agent.environments.interface import Site, StepFailed
from remote_agent.python_environments.interpreter import Interpreter
from remote_agent.python_environments.notes import digest_of, read_note, stamp_of, write_note
from remote_agent.python_environments.pip_place import find_pip
from remote_agent.python_environments.pip_tool import PipTool
from remote_agent.python_environments.uv_tool import Uv
from remote_agent.python_environments.versions import Version, parsed
from remote_agent.python_environments.work import Tool
from remote_agent.removal import remove_tree

OLDEST_UV = (0, 5, 0)
"""What is said to uv here, older ones do not understand."""
_IN_WHEEL = re.compile(r"[^/]+\.data/scripts/uv\Z")
_REFUSAL_STANDS_FOR = 86400.0
"""Seconds; a disk may be mounted otherwise after that."""
_PATIENCE = 30.0
_UNDER_HOME = (".local/bin/uv", ".cargo/bin/uv")


def find_uv(site: Site, reasons: List[str]) -> Optional[Uv]:
    """The uv to use; None: there is none that runs, and `reasons` have been added.

    Raises:
        OSError: the disk refuses.
    """
    tool = site.spec.get("tools", {}).get("uv")
    if tool:
        found = _from_laptop(tool, site, reasons)
        if found is not None:
            return found
    else:
        reasons.append("the laptop brought no uv")
    return _of_machine(site, reasons)


def choose_tool(site: Site, python: Interpreter) -> Tool:
    """What to install packages for this Python with.

    Raises:
        StepFailed: there is nothing; the sentence says why.
        OSError: the disk refuses.
    """
    reasons: List[str] = []
    uv = find_uv(site, reasons)
    if uv is not None:
        return uv
    pip = find_pip(python, site.layout.cache)
    why = "; ".join(reasons)
    if pip is None:
        raise StepFailed(
            "nothing on this machine can install packages: %s, and the Python %s has no pip. "
            "Install pip there (Debian: apt-get install python3-venv)." % (why, python.program)
        )
    return PipTool(pip, why)


def _from_laptop(tool: Dict[str, Any], site: Site, reasons: List[str]) -> Optional[Uv]:
    place = os.path.join(site.layout.cache, "tools", "uv-" + tool["sha256"][:16])
    program = os.path.join(place, "uv")
    note = read_note(os.path.join(place, "uv.json"))
    if not note or (note.get("why") and time.time() - note["at"] > _REFUSAL_STANDS_FOR):
        note = _unpack(site.layout.blob(tool["sha256"]), place)
    if note.get("why"):
        reasons.append("the uv that the laptop brought does not run here (%s)" % note["why"])
        return None
    os.utime(place)  # by which the sweep knows when it was last used
    return Uv(program, note["version"], "from the laptop")


def _unpack(wheel: str, place: str) -> Dict[str, Any]:
    """Unpack uv from its wheel and try it; what to remember of it."""
    os.makedirs(os.path.dirname(place), mode=0o700, exist_ok=True)
    temporary = tempfile.mkdtemp(prefix=".unpacking-", dir=os.path.dirname(place))
    program = os.path.join(temporary, "uv")
    try:
        with zipfile.ZipFile(wheel) as archive:
            name = next(name for name in archive.namelist() if _IN_WHEEL.match(name))
            with archive.open(name) as packed, open(program, "xb") as file:
                shutil.copyfileobj(packed, file, 1 << 20)
        os.chmod(program, 0o500)
        note: Dict[str, Any] = {"at": time.time(), **_try(program)}
        write_note(os.path.join(temporary, "uv.json"), note)
        if note.get("why"):
            os.unlink(program)
        if read_note(os.path.join(place, "uv.json")).get("why"):
            remove_tree(place)
        with contextlib.suppress(OSError):  # another task was first
            os.rename(temporary, place)
        return note
    except (StopIteration, zipfile.BadZipFile) as error:
        raise StepFailed("the file that the laptop brought as uv is no wheel of it.") from error
    finally:
        remove_tree(temporary)


def _of_machine(site: Site, reasons: List[str]) -> Optional[Uv]:
    variables = site.variables
    home = variables.get("HOME", os.path.expanduser("~"))
    on_path = shutil.which("uv", path=variables.get("PATH"))
    for program in filter(None, [on_path, *(os.path.join(home, one) for one in _UNDER_HOME)]):
        stamp = stamp_of(program)
        if not stamp:
            continue
        path = os.path.join(site.layout.cache, "notes", "uv-%s.json" % digest_of([program, stamp]))
        note = read_note(path)
        if not note:
            note = _try(program)
            write_note(path, note)
        if not note.get("why"):
            return Uv(program, note["version"], "of this machine, %s" % program)
        reasons.append("%s does not do (%s)" % (program, note["why"]))
    if not on_path:
        reasons.append("the machine has none")
    return None


def _try(program: str) -> Dict[str, str]:
    """Its version, or why it is of no use."""
    try:
        done = subprocess.run(
            [program, "--version"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_PATIENCE,
            check=False,
        )
        said = done.stdout.decode("utf-8", "replace").split()
    except (OSError, subprocess.SubprocessError) as error:
        return {"why": getattr(error, "strerror", None) or str(error)}
    if done.returncode != 0 or len(said) < len(("uv", "version")):
        return {"why": " ".join(said)[:200] or "exit code %d" % done.returncode}
    version = _version(said[1])
    if version < OLDEST_UV:
        return {"why": "version %s is older than %s" % (said[1], ".".join(map(str, OLDEST_UV)))}
    return {"version": said[1]}


def _version(text: str) -> Version:
    try:
        return parsed(text)
    except ValueError:
        return ()

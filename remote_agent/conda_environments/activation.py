"""What activating an environment does to a process's variables."""

from __future__ import annotations

import glob
import json
import os
import shutil
import sys
import tempfile
from typing import Any, Collection, Dict, List, Mapping

from remote_agent.environments.interface import Site, StepFailed

_SOURCE = """
clearq_python=$1 clearq_tell=$2; shift 2
for clearq_script in "$@"; do . "$clearq_script"; done
exec "$clearq_python" -IS -c "$clearq_tell" "${LC_CTYPE-}"
"""
_TELL = """
import os, sys
found = dict(os.environb)
if not sys.argv[1]:
    found.pop(b"LC_CTYPE", None)  # Python itself sets it in some places
os.write(%d, b"\\0".join(name + b"=" + value for name, value in found.items()))
"""
_OWN = frozenset({"PWD", "OLDPWD", "SHLVL", "_"})
"""What every shell sets for itself."""


def activated(
    variables: Mapping[str, str],
    place: str,
    of_file: Mapping[str, str],
    of_task: Collection[str] = (),
) -> Dict[str, str]:
    """The variables in the environment at the place, before its scripts have run.

    Args:
        variables: those so far.
        place: the environment; what its packages set is read there.
        of_file: what the environment's file sets; it goes before what packages set.
        of_task: names of variables that the task sets for itself: they stay as they are.

    Raises:
        OSError: the disk refuses.
    """
    # An environment in which the agent happened to be started is not this one's below.
    found = {
        name: value
        for name, value in variables.items()
        if not name.startswith("CONDA_PREFIX_") and name != "PYTHONHOME"
    }
    found["PATH"] = os.path.join(place, "bin") + os.pathsep + found.get("PATH", os.defpath)
    found.update(CONDA_PREFIX=place, CONDA_DEFAULT_ENV=place, CONDA_SHLVL="1")
    own = {**_variables_of_packages(place), **of_file}
    found.update((name, value) for name, value in own.items() if name not in of_task)
    return found


def run_scripts(site: Site, place: str, variables: Dict[str, str]) -> Dict[str, str]:
    """The variables after the scripts of the environment's packages; runs them in a shell.

    Raises:
        StepFailed: the shell does not come through them.
        OSError: the disk refuses.
    """
    scripts = sorted(glob.glob(os.path.join(glob.escape(place), "etc/conda/activate.d/*.sh")))
    if not scripts:
        return variables
    with tempfile.TemporaryFile(dir=site.directory) as told:
        code = site.run(
            _command(scripts, told.fileno(), variables.get("PATH", os.defpath)),
            environment=variables,
            descriptors=[told.fileno()],
        )
        told.seek(0)
        said = told.read()
    if code != 0 or not said:
        names = ", ".join(os.path.basename(script) for script in scripts)
        raise StepFailed(
            "a script that activates the conda environment failed: one of %s ended the shell with"
            " %s." % (names, code)
        )
    pairs = (os.fsdecode(entry).split("=", 1) for entry in said.split(b"\0") if b"=" in entry)
    after = {name: value for name, value in pairs if name not in _OWN}
    return {**{name: variables[name] for name in _OWN if name in variables}, **after}


def _command(scripts: List[str], descriptor: int, path: str) -> List[str]:
    """Source them in order, then tell the variables on the descriptor."""
    # Compilers bring scripts that only bash understands.
    bash = shutil.which("bash", path=path)
    shell = [bash, "--norc", "--noprofile"] if bash else ["/bin/sh"]
    return [*shell, "-c", _SOURCE, "sh", sys.executable, _TELL % descriptor, *scripts]


def _variables_of_packages(place: str) -> Dict[str, str]:
    """Those that packages, and whoever made the environment, have set in it."""
    found: Dict[str, str] = {}
    for path in sorted(glob.glob(os.path.join(glob.escape(place), "etc/conda/env_vars.d/*.json"))):
        found.update(_texts(_read(path)))
    state = _read(os.path.join(place, "conda-meta", "state"))
    found.update(_texts(state.get("env_vars", {})))
    return found


def _read(path: str) -> Dict[str, Any]:
    try:
        with open(path, encoding="utf-8") as file:
            value = json.load(file)
    except (FileNotFoundError, ValueError):
        return {}  # as conda does: a package's damaged file is no reason to stop
    return value if isinstance(value, dict) else {}


def _texts(said: Any) -> Dict[str, str]:  # noqa: ANN401 - whatever a package says
    if not isinstance(said, dict):
        return {}
    return {str(name): str(value) for name, value in said.items() if "=" not in str(name)}

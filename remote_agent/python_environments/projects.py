"""Install the task's own code as packages into the attempt's own environment.

Their paths are the attempt's, so they cannot be shared.
"""

from __future__ import annotations

import glob
import os
import re
from typing import Iterable, List, Optional, Sequence, Set
from urllib.parse import quote

from remote_agent.environments.interface import Site, StepFailed
from remote_agent.python_environments.local_lines import LocalLine
from remote_agent.python_environments.pip_place import Pip
from remote_agent.python_environments.request import Project
from remote_agent.python_environments.work import Tool, Work

_MARKER = "import sys; from pip._vendor.packaging.markers import Marker as M"
_HOLDS = _MARKER + "; sys.exit(0 if M(sys.argv[1]).evaluate({'extra': ''}) else 3)"
_DOES_NOT = 3
_NEEDED = re.compile(r"Requires-Dist: ([A-Za-z0-9][A-Za-z0-9._-]*)[^;]*\Z")


def add_projects(
    work: Work,
    tool: Tool,
    projects: Sequence[Project],
    local: Sequence[LocalLine],
    environment: str,
    pip: Optional[Pip],
    shared_packages: str,
) -> None:
    """Build and install them, without what they need: that is among the shared packages.

    Args:
        work: whose options and wheels hold for the building too.
        tool: to install with.
        projects: of the request.
        local: files of the workspace that are requirements.
        environment: the attempt's own.
        pip: knows how to read markers; None: every project is taken for wanted.
        shared_packages: where those lie; empty: there are none.

    Raises:
        StepFailed: a project is not there or cannot be built.
        OSError: the disk refuses.
    """
    lines = [
        ("-e %s" if project.is_editable else "%s") % _address(project.path, work.site)
        for project in projects
        if not project.marker or _holds(project.marker, environment, pip, tool)
    ]
    for one in local:
        if not os.path.exists(one.path):
            raise StepFailed("the requirement %s is not in the code." % one.line)
        lines.append(one.line)
    if not lines:
        return
    before = set(_information(environment, work))
    tool.add(work, lines, environment)
    added = set(_information(environment, work)) - before
    missing = _needed(added) - _names([*_information(environment, work), *_listed(shared_packages)])
    if missing:
        work.site.say(
            "Warning: the code asks for %s too, which is not among the task's packages; add it "
            "there if an import fails." % ", ".join(sorted(missing))
        )


def _address(path: str, site: Site) -> str:
    """The project as a URL, in which no character means anything else."""
    full = os.path.realpath(os.path.join(site.place, path))
    top = os.path.realpath(site.workspace)
    if full != top and not full.startswith(top + os.sep):
        raise StepFailed("the project %s leads out of the code." % path)
    if not os.path.exists(full):
        raise StepFailed("the project %s is not in the code." % path)
    return "file://" + quote(full)


def _holds(marker: str, environment: str, pip: Optional[Pip], tool: Tool) -> bool:
    if pip is None:
        return True
    return tool.run_python(environment, ["-I", "-c", _HOLDS, marker]) != _DOES_NOT


def _information(environment: str, work: Work) -> List[str]:
    return _listed(os.path.join(environment, work.python.site_packages))


def _listed(packages: str) -> List[str]:
    """What says of each package what it is."""
    return glob.glob(os.path.join(glob.escape(packages), "*.dist-info")) if packages else []


def _names(information: Iterable[str]) -> Set[str]:
    stems = (os.path.basename(path).rpartition(".")[0].rpartition("-")[0] for path in information)
    return {_normal(stem) for stem in stems}


def _needed(information: Iterable[str]) -> Set[str]:
    """Names of packages that these need in any case."""
    needed = set()
    for directory in information:
        path = os.path.join(directory, "METADATA")
        with open(path, encoding="utf-8", errors="replace") as file:
            for line in file:
                if not line.strip():
                    break
                found = _NEEDED.match(line.strip())
                if found:
                    needed.add(_normal(found.group(1)))
    return needed


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()

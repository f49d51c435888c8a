"""Set up the Python environment of one attempt."""

from __future__ import annotations

import os
from typing import Callable, Optional, Sequence

from remote_agent.environments.interface import Site
from remote_agent.identity import boot_id
from remote_agent.places import make_empty
from remote_agent.python_environments import found_wheels, local_lines
from remote_agent.python_environments.beneath import Beneath
from remote_agent.python_environments.build import build
from remote_agent.python_environments.choose_python import choose_python
from remote_agent.python_environments.find_python import note_use_of_build
from remote_agent.python_environments.index_settings import pip_settings
from remote_agent.python_environments.interpreter import Interpreter
from remote_agent.python_environments.keys import environment_key
from remote_agent.python_environments.locking import locked
from remote_agent.python_environments.own import make_own
from remote_agent.python_environments.pins import CannotTell, pin, pinned
from remote_agent.python_environments.pip_place import find_pip
from remote_agent.python_environments.projects import add_projects
from remote_agent.python_environments.request import Request, read_request
from remote_agent.python_environments.resolve import resolved_on, sources_for, with_wheels
from remote_agent.python_environments.shared import Shared, SharedEnvironments
from remote_agent.python_environments.sweep import BROUGHT_LOCK
from remote_agent.python_environments.tools import choose_tool
from remote_agent.python_environments.work import Tool, Work

OWN = "venv"
"""The attempt's own environment, in its directory."""
_DESK = "packages"


def set_up_python(site: Site) -> str:
    """Make the attempt's own environment, with everything that its spec asks for; its directory.

    Raises:
        StepFailed: a sentence for the operator.
        OSError: the disk refuses.
    """
    request = read_request(site.spec)
    return set_up_with(choose_python(request, site), request, site)


def set_up_with(
    python: Interpreter,
    request: Request,
    site: Site,
    beneath: Optional[Beneath] = None,
    choose: Callable[[Site, Interpreter], Tool] = choose_tool,
) -> str:
    """Make the attempt's own environment for this Python; its directory.

    Args:
        python: is to run in it.
        request: the packages to go into it.
        site: whose attempt it is.
        beneath: packages that the Python has itself and that are to be found in it; None: none are.
        choose: gives the tool to install with.

    Raises:
        StepFailed: a sentence for the operator.
        OSError: the disk refuses.
    """
    site.say("Python %s, %s." % (python.version, python.program))
    cache = site.layout.cache
    with locked(os.path.join(cache, BROUGHT_LOCK), lambda: None):
        needs_tool = bool(request.lines or request.projects)
        tool = choose(site, python) if needs_tool else None
        pip = find_pip(python, cache)
        brought = [note_use_of_build(python, cache), os.path.basename(pip.directory) if pip else ""]
        pin(site.directory, [name for name in brought if name])
    lines, local = local_lines.split(request.lines, site.place)
    work = _work(request, site, python, lines)
    shared = None
    if tool is not None:
        shared = _take_shared(work, tool, request, local, beneath or Beneath({}))
    own = os.path.join(site.directory, OWN)
    make_own(own, python, shared, pip, sees_python=beneath is not None)
    if tool is not None and (local or request.projects):
        packages = os.path.join(shared.place, shared.site_packages) if shared else ""
        bench = _with_wheels_of_its_own(work, request)
        add_projects(bench, tool, request.projects, local, own, pip, packages)
    return own


def _work(request: Request, site: Site, python: Interpreter, lines: Sequence[str]) -> Work:
    desk = os.path.join(site.directory, _DESK)
    make_empty(desk)
    return Work(
        site=site,
        python=python,
        desk=desk,
        lines=tuple(lines),
        constraints=request.constraints,
        options=tuple(
            local_lines.absolute_option(option, site.place) for option in request.options
        ),
        is_offline=request.is_offline,
        wheels_in=(),
        settings=pip_settings(site.variables, python.base),
    )


def _take_shared(
    work: Work,
    tool: Tool,
    request: Request,
    local: Sequence[local_lines.LocalLine],
    beneath: Beneath,
) -> Optional[Shared]:
    """The shared environment with what the lines need, pinned for this attempt; None: nothing."""
    site = work.site
    layout = site.layout
    sources = sources_for(work, tool, request)
    lines = resolved_on(work, tool, request, local, sources, beneath)
    if not lines:
        return None
    key = environment_key(lines, work.python, tool.kind, sources)

    def is_pinned(name: str) -> bool:
        try:
            return name in pinned(layout)
        except CannotTell:
            return True

    shared = SharedEnvironments(layout.cache, boot_id()).take(
        key,
        pin=lambda name: pin(site.directory, [name]),
        is_pinned=is_pinned,
        build=lambda place: build(with_wheels(work, request), tool, lines, place),
        on_wait=lambda: site.say("Waiting for another task, which builds the same environment."),
    )
    site.say("Its packages are in the environment %s." % shared.name)
    return shared


def _with_wheels_of_its_own(work: Work, request: Request) -> Work:
    """What projects are built with is chosen among these, by version and not by hash."""
    if not request.is_offline:
        return work
    directory = os.path.join(work.desk, "wheels")
    return work._replace(
        wheels_in=(found_wheels.show_for_one(request.wheels, directory, work.site.layout),)
    )

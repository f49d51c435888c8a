"""From what a task requires to the lines that are installed for it."""

from __future__ import annotations

import hashlib
import os
import time
from typing import List, Sequence

from remote_agent.environments.interface import StepFailed
from remote_agent.python_environments import found_wheels, local_lines
from remote_agent.python_environments.beneath import Beneath
from remote_agent.python_environments.keys import Sources, resolution_key, sources_of
from remote_agent.python_environments.notes import stamp_of
from remote_agent.python_environments.request import Request
from remote_agent.python_environments.resolutions import Resolutions
from remote_agent.python_environments.work import Tool, Work, counted

_MOST_NAMED = 200
_BLOCK = 1 << 20


def resolved_on(
    work: Work,
    tool: Tool,
    request: Request,
    local: Sequence[local_lines.LocalLine],
    sources: Sources,
    beneath: Beneath,
) -> List[str]:
    """The lines that are to be installed on top of what is there already.

    Raises:
        StepFailed: there is no such set of packages, or they cannot be reached.
        OSError: the disk refuses.
    """
    limits = tuple(beneath.limits([*work.lines, *(one.line for one in local)]))
    if not limits or request.is_locked:
        return beneath.missing(resolved(work, tool, request, local, sources))
    limited = work._replace(constraints=(*work.constraints, *limits))
    try:
        lines = resolved(limited, tool, request, local, sources)
    except StepFailed as error:
        work.site.say("With the packages that are there: %s" % error)
        work.site.say("Resolving without regard to them; others will be put on top of them.")
        lines = resolved(work, tool, request, local, sources)
    return beneath.missing(lines)


def resolved(
    work: Work,
    tool: Tool,
    request: Request,
    local: Sequence[local_lines.LocalLine],
    sources: Sources,
) -> List[str]:
    """The lines that are to be installed, and nothing else with them; `local` ones left out.

    Raises:
        StepFailed: there is no such set of packages, or they cannot be reached.
        OSError: the disk refuses.
    """
    if request.is_locked:
        return list(work.lines)
    site = work.site
    both = [*work.lines, *(one.line for one in local)]
    contents = tuple(_content_of(one.path) for one in local)
    of_files = Sources(sources.addresses + contents, sources.choices)
    key = resolution_key(request.lines, work.constraints, work.python, tool.kind, of_files)

    def resolve() -> List[str]:
        if not tool.can_resolve:
            # Another text tomorrow, so that the environment is made anew then.
            return [*work.lines, time.strftime("# as of %Y-%m-%d %H:%M:%S")]
        site.say("Resolving %s with %s." % (counted(len(both), "requirement"), tool.title))
        found = tool.resolve(with_wheels(work, request)._replace(lines=tuple(both)))
        lines, _ = local_lines.split(found, site.place)
        named = ", ".join(line.split(" --hash")[0] for line in lines[:_MOST_NAMED])
        site.say("Resolved to %s: %s." % (counted(len(lines), "package"), named))
        return lines

    return Resolutions(site.layout.cache).resolved(
        key,
        str(site.spec.get("task", "")),
        resolve,
        lambda: site.say("Waiting for another task, which resolves the same requirements."),
    )


def sources_for(work: Work, tool: Tool, request: Request) -> Sources:
    """What decides, for this task on this machine, which files are taken for its requirements.

    Raises:
        OSError: the disk refuses.
    """
    files = []
    constraint = work.settings.get("constraint", "")
    if constraint:
        files.append("%s %s" % (constraint, stamp_of(constraint)))
    for directory in local_lines.find_links_of(work.options):
        files += _told_of(directory, work.site.workspace)
    if request.is_offline:
        files += ["%s %s" % (wheel.name, wheel.sha256) for wheel in request.wheels]
    return sources_of(request.options, tool.settings(work), files)


def _told_of(directory: str, workspace: str) -> List[str]:
    """What tells one content of the directory from another, in whichever attempt it lies."""
    try:
        names = sorted(os.listdir(directory))
    except OSError:
        return []
    if directory.startswith(workspace + os.sep):
        return ["%s %s" % (name, _content_of(os.path.join(directory, name))) for name in names]
    paths = [os.path.join(directory, name) for name in names]
    return ["%s %s" % (path, stamp_of(path)) for path in paths]


def _content_of(path: str) -> str:
    """What tells this content of the file from another."""
    digest = hashlib.sha256()
    if os.path.isfile(path):
        with open(path, "rb") as file:
            for block in iter(lambda: file.read(_BLOCK), b""):
                digest.update(block)
    return digest.hexdigest()


def with_wheels(work: Work, request: Request) -> Work:
    """The same work, with what the laptop has brought laid out.

    Raises:
        StepFailed: some of it has not arrived.
        OSError: the disk refuses.
    """
    if not request.is_offline:
        return work
    return work._replace(
        wheels_in=tuple(found_wheels.show_for_all(request.wheels, work.site.layout))
    )

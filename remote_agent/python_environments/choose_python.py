"""The Python for a task: one of the machine's, or a build that is brought to it."""

from __future__ import annotations

from typing import List

from remote_agent.environments.interface import Site, StepFailed
from remote_agent.python_environments.complaints import essence
from remote_agent.python_environments.find_python import builds_of, find_python
from remote_agent.python_environments.interpreter import Interpreter
from remote_agent.python_environments.python_builds import unpack_build
from remote_agent.python_environments.request import Request
from remote_agent.python_environments.tools import find_uv

_MOST_NAMED = 12


def choose_python(request: Request, site: Site) -> Interpreter:
    """The Python that the request asks for.

    Raises:
        StepFailed: there is none and none can be had; the sentence names those that there are.
        OSError: the disk refuses.
    """
    cache = site.layout.cache
    try:
        search = find_python(request.python, site.variables, cache)
        if search.found is None:
            site.say("No Python on this machine is %s." % (request.python or "new enough"))
            why = _bring(request, site)
            others = search.others
            search = find_python(request.python, site.variables, cache)
            if search.found is None:
                raise StepFailed(_refusal(request, others, why))
    except ValueError as error:
        raise StepFailed("%s." % error) from error
    return search.found


def _bring(request: Request, site: Site) -> str:
    """Bring a build that fits to the machine; if that fails, why."""
    build = site.spec.get("python_build")
    if build:
        place = unpack_build(build, site.layout)
        site.say("Unpacked the Python that the laptop has brought to %s." % place)
        return "the laptop brought %s" % build.get("version", "another one")
    if request.is_offline:
        return "the laptop brought none"
    reasons: List[str] = []
    uv = find_uv(site, reasons)
    if uv is None:
        return "without uv none can be fetched: %s" % "; ".join(reasons)
    wanted = request.python or ">=3.9"
    site.say("Fetching a Python for %s with %s." % (wanted, uv.title))
    done = uv.install_python(site, wanted, builds_of(site.layout.cache))
    return "uv could not fetch one: %s" % essence(done.said).rstrip(".") if done.code else ""


def _refusal(request: Request, others: List[Interpreter], why: str) -> str:
    versions = sorted(
        {(tuple(map(int, one.version.split("."))), one.program) for one in others}, reverse=True
    )
    named = ["%s (%s)" % (".".join(map(str, numbers)), path) for numbers, path in versions]
    here = ", ".join(named[:_MOST_NAMED]) or "none"
    return (
        "the task asks for Python %s, and this machine has only: %s; %s. Install one, or ask for "
        "a version that is there."
        % (request.python or "3.8 or newer", here, why or "uv's does not fit")
    )

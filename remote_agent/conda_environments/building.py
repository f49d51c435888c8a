"""Have the conda environment that a task asks for: out of the cache, or built into it now."""

from __future__ import annotations

import os
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from remote_agent import what_is_here
from remote_agent.conda_environments.archives import Archives
from remote_agent.conda_environments.package_caches import PackageCaches
from remote_agent.conda_environments.rattler_tool import ready_rattler
from remote_agent.conda_environments.request import Request
from remote_agent.conda_environments.scripts_of_python import names_in
from remote_agent.conda_environments.store import PIN, CondaStore
from remote_agent.conda_environments.with_conda import ask_tool, build_with_conda
from remote_agent.conda_environments.with_rattler import build_with_rattler
from remote_agent.durable import read_object, write_at_once
from remote_agent.environments.interface import Site, StepFailed
from remote_agent.identity import boot_id
from remote_agent.python_environments.interpreter import Interpreter, ask, interpreter_from_json
from remote_agent.python_environments.pins import CannotTell, pin, pinned

_SHOWN = 12
"""Digits of a key that tell it from others."""


class Built(NamedTuple):
    """A conda environment of the cache."""

    place: str
    python: Optional[Interpreter]
    """The one in it."""
    scripts: List[str]
    """Names in its `bin` of scripts that this Python runs."""


def obtain(site: Site, request: Request) -> Built:
    """The environment; the attempt is noted to stand on it.

    Raises:
        StepFailed: it cannot be built.
        OSError: the disk refuses.
    """
    built = []

    def build(place: str, descriptor: int) -> Dict[str, Any]:
        built.append(place)
        return _build(site, request, place, descriptor)

    def is_pinned(name: str) -> bool:
        try:
            return PIN + name in pinned(site.layout)
        except CannotTell:
            return True

    found = CondaStore(site.layout.cache, boot_id()).take(
        request.key,
        pin=lambda name: pin(site.directory, [PIN + name]),
        is_pinned=is_pinned,
        build=build,
        on_wait=lambda: site.say("Waiting for another task, which builds the same environment."),
    )
    how = "built" if built else "found in the cache"
    site.say("The conda environment %s was %s." % (request.key[:_SHOWN], how))
    return Built(
        found.place,
        interpreter_from_json(found.remembered["python"]),
        found.remembered["scripts"],
    )


def _build(site: Site, request: Request, place: str, descriptor: int) -> Dict[str, Any]:
    """Build it; what to remember of it."""
    archives = Archives(os.path.join(site.directory, "conda-archives"))
    archives.lay_out(request, site.layout.blob)
    program = what_is_here.conda(site.variables.get("HOME", os.path.expanduser("~")))
    rattler = None if program else ready_rattler(site)
    if not program and rattler is None:
        raise StepFailed(
            "this machine has neither micromamba nor mamba nor conda, and the laptop brought no"
            " rattler. Install micromamba there."
        )
    caches = PackageCaches(site.layout.cache)
    with caches.in_use(alone=bool(program)) as in_use:
        descriptors = (descriptor, in_use)
        if program:
            tool = ask_tool(program)
            _say_what(site, request, tool.path)
            cache = caches.of(tool.name)
            build_with_conda(site, request, archives, tool, cache, place, descriptors)
            caches.drop_archives(tool.name)
        elif rattler is not None:
            _say_what(site, request, "the rattler of the laptop")
            cache = caches.of("rattler")
            build_with_rattler(site, request, archives, rattler, cache, place, descriptors)
    os.makedirs(os.path.join(place, "bin"), exist_ok=True)  # where there are no packages at all
    _name_real_origins(request, archives, place)
    remembered = _remembered(request, place)
    _compile(site, request, place, descriptors)
    return remembered


def _say_what(site: Site, request: Request, tool: str) -> None:
    megabytes = sum(package.size for package in request.packages) / 1e6
    site.say(
        "Building a conda environment of %d packages, %.1f MB, with %s."
        % (len(request.packages), megabytes, tool)
    )


def _name_real_origins(request: Request, archives: Archives, place: str) -> None:
    """Have `conda list --explicit` name channels, not the links of this attempt."""
    for package in request.packages:
        path = os.path.join(place, "conda-meta", package.stem + ".json")
        if archives.url_of(package) != package.url and os.path.isfile(path):
            record = read_object(path)
            record["url"] = package.url
            record["channel"] = package.url.rsplit("/", 2)[0]
            write_at_once(path, record)


def _compile(site: Site, request: Request, place: str, descriptors: Sequence[int]) -> None:
    """Compile what packages brought as sources alone: in a read-only place, nothing else ever will.

    Files that are not for this version of Python fail, and are no reason to.
    """
    python = _python_in(request, place)
    if python:
        packages = os.path.join(place, request.site_packages)
        words = [python, "-I", "-m", "compileall", "-qq", "-j", "0", packages]
        site.run(words, descriptors=descriptors)


def _remembered(request: Request, place: str) -> Dict[str, Any]:
    """What is to be known of the environment whenever it is used, without asking it again.

    Raises:
        StepFailed: its Python does not run.
    """
    program = _python_in(request, place)
    python = ask(program) if program else None
    if program and python is None:
        raise StepFailed(
            "the Python %s of the conda packages does not run on this machine; is it for %s?"
            % (request.python, request.platform)
        )
    return {
        "packages": [package.stem for package in request.packages],
        "python": python.to_json() if python else None,
        "scripts": names_in(place) if python else [],
    }


def _python_in(request: Request, place: str) -> str:
    """The program; empty: the environment has no Python 3."""
    version = request.python.split(".")
    program = os.path.join(place, "bin", "python%s" % ".".join(version[:2]))
    return program if version[0] == "3" and os.access(program, os.X_OK) else ""

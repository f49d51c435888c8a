"""Chooses the Python of a task in its container: the image's, or a build that is brought to it."""

from __future__ import annotations

import os
import re
import subprocess
from typing import Callable, Dict, List, NamedTuple, Optional

from remote_agent.containers.failure import ContainerError
from remote_agent.containers.inside import tool_text
from remote_agent.containers.places import Desk
from remote_agent.environments.interface import Site
from remote_agent.python_environments.beneath import Beneath, beneath_from
from remote_agent.python_environments.complaints import essence
from remote_agent.python_environments.find_python import OLDEST, builds_of, may_fit
from remote_agent.python_environments.interpreter import Interpreter, ask, interpreter_from_json
from remote_agent.python_environments.notes import digest_of, read_note, write_note
from remote_agent.python_environments.python_builds import unpack_build
from remote_agent.python_environments.request import Request
from remote_agent.python_environments.uv_tool import Uv
from remote_agent.python_environments.versions import accepts, parsed

_NEWEST_MINOR = 20
_IN_NAME = re.compile(r"(?:\A|-)([0-9]+\.[0-9]+(?:\.[0-9]+)?)")
_LOOK = 'for one in "$@"; do command -v "$one"; done'
_LIST = (
    "import os, site; print('\\n'.join(name for place in site.getsitepackages()"
    " if os.path.isdir(place) for name in os.listdir(place)))"
)


class ImagePython(NamedTuple):
    """A Python that runs in the container."""

    python: Interpreter
    beneath: Optional[Beneath]
    """The packages that the image has for it; None: it is no Python of the image."""


class Search:
    """Looks into one container."""

    def __init__(self, site: Site, container: str, origin: str, is_as_image: bool) -> None:
        """`origin` stands for the content of the container, as does `is_as_image` for its image."""
        self._site = site
        self._container = container
        self._origin = origin
        self._is_as_image = is_as_image

    def find(self, request: Request, uv: Callable[[], Uv]) -> ImagePython:
        """The Python that fits the request.

        Raises:
            ContainerError: there is none, and none can be had.
            StepFailed: what the laptop has brought is damaged, or there is no uv.
            OSError: the disk refuses.
        """
        note = os.path.join(self._site.layout.cache, "notes", self._name_of_note(request))
        found = _remembered(read_note(note)) if self._is_as_image else None
        if found is not None and self._is_there(found.python):
            return found
        try:
            accepts(request.python, OLDEST)
        except ValueError as error:
            raise ContainerError("%s." % error) from error
        found = self._of_image(request) or self._of_cache(request) or self._bring(request, uv)
        beneath = found.beneath.versions if found.beneath is not None else None
        write_note(note, {"python": found.python.to_json(), "beneath": beneath})
        return found

    def _name_of_note(self, request: Request) -> str:
        return "image-python-%s.json" % digest_of([request.python, self._origin])

    def _is_there(self, python: Interpreter) -> bool:
        """Brought ones may have been swept away."""
        builds = builds_of(self._site.layout.cache) + os.sep
        return not python.program.startswith(builds) or os.path.exists(python.program)

    def _of_image(self, request: Request) -> Optional[ImagePython]:
        for path in self._on_path(request):
            found = self._ask(path, request)
            if found is not None:
                said = self._run(found.program, ["-I", "-c", _LIST])
                return ImagePython(found, beneath_from(said.splitlines()))
        return None

    def _on_path(self, request: Request) -> List[str]:
        names = ["python3", "python"]
        major = OLDEST[0]
        minors = range(_NEWEST_MINOR, OLDEST[1] - 1, -1)
        fitting = [minor for minor in minors if may_fit(request.python, (major, minor))]
        names += ["python%d.%d" % (major, minor) for minor in fitting]
        said = self._run("/bin/sh", ["-c", _LOOK, "sh", *names])
        return [path for path in dict.fromkeys(said.splitlines()) if path.startswith("/")]

    def _of_cache(self, request: Request) -> Optional[ImagePython]:
        """A build that was brought for an earlier task, if it runs in this image."""
        above = builds_of(self._site.layout.cache)
        aged = []
        for name in os.listdir(above):
            version = _IN_NAME.search(name)
            if version and name[0] != "." and may_fit(request.python, parsed(version.group(1))):
                aged.append((parsed(version.group(1)), name))
        for _, name in sorted(aged, reverse=True):
            found = self._ask(os.path.join(above, name, "bin", "python3"), request)
            if found is not None:
                return ImagePython(found, None)
        return None

    def _bring(self, request: Request, uv: Callable[[], Uv]) -> ImagePython:
        site = self._site
        build = site.spec.get("python_build")
        site.say("No Python in the image is %s." % (request.python or "new enough"))
        if build:
            place = unpack_build(build, site.layout)
            why = "the one that the laptop brought does not run in it"
            site.say("Unpacked the Python that the laptop has brought to %s." % place)
        elif request.is_offline:
            why = "the laptop brought none"
        else:
            tool = uv()
            wanted = request.python or ">=3.9"
            site.say("Fetching a Python for %s with %s." % (wanted, tool.title))
            done = tool.install_python(site, wanted, builds_of(site.layout.cache))
            why = "uv could not fetch one: %s" % essence(done.said).rstrip(".")
            if done.code == 0:
                why = "the one that uv fetched does not run in it"
        found = self._of_cache(request)
        if found is None:
            raise ContainerError(
                "the task asks for Python %s, and the image has none such; %s. Use an image that "
                "has one, or say that it is prebuilt if nothing is to be installed."
                % (request.python or "3.8 or newer", why)
            )
        return found

    def _ask(self, path: str, request: Request) -> Optional[Interpreter]:
        """What this Python in the container is, if it fits."""
        found = ask(self._program(path))
        if found is None or found.implementation != "cpython":
            return None
        version = parsed(found.version)
        fits = accepts(request.python, version) if request.python.strip() else version >= OLDEST
        # What is compiled for it depends on the image's libraries.
        platform = "%s, image %s" % (found.platform, self._origin)
        return found._replace(platform=platform) if fits else None

    def _run(self, program: str, arguments: List[str]) -> str:
        """What a program in the container says."""
        with subprocess.Popen(
            [self._program(program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._site.log,
            env=self._site.variables,
            cwd=self._site.workspace,
        ) as process:
            said, _ = process.communicate()
        return said.decode("utf-8", "replace")

    def _program(self, path: str) -> str:
        """On the machine, for one in the container."""
        desk = Desk(self._site.directory)
        text = tool_text(self._site.directory, self._container, [path])
        return desk.write_tool("tool-%s" % digest_of(path)[:8], text)


def _remembered(note: Dict[str, object]) -> Optional[ImagePython]:
    python, beneath = interpreter_from_json(note.get("python")), note.get("beneath")
    if python is None or not isinstance(beneath, (dict, type(None))):
        return None
    return ImagePython(python, None if beneath is None else Beneath(beneath))

"""Installs with pip, where uv cannot run."""

from __future__ import annotations

import json
import os
import re
from typing import Any, Dict, List, Sequence, Tuple

from remote_agent.environments.interface import StepFailed
from remote_agent.places import make_empty
from remote_agent.python_environments import programs
from remote_agent.python_environments.pip_place import Pip
from remote_agent.python_environments.skeleton import make_skeleton, python_of
from remote_agent.python_environments.work import Tool, Work, failed

REPORTS_SINCE = (22, 2)
"""From this version on, pip tells what it would install."""
_ELSEWHERE = re.compile(
    r"PYTHONHOME|PYTHONPATH|VIRTUAL_ENV|PIP_(TARGET|PREFIX|ROOT|USER|PYTHON|REQ)"
)
_FROM_ELSEWHERE = re.compile(r"PIP_.*(INDEX|FIND_LINKS|CONSTRAINT)")
_ON_COMMAND_LINE = ("--no-build-isolation", "--use-pep517", "--check-build-dependencies")
_ADDRESSES = re.compile(r"(-i|-f|--index-url|--extra-index-url|--find-links|--no-index)\b")
_SEALED = "--require-hashes"
_HAS_HASH = re.compile(r"\s--hash[= ]")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_QUIETLY = ("--no-input", "--disable-pip-version-check", "--no-color", "--progress-bar=off")


class PipTool(Tool):
    """pip, run by the Python of the environment that it installs into."""

    kind = "pip"

    def __init__(self, pip: Pip, why: str) -> None:
        self._pip = pip
        self.title = "pip %s (%s)" % (".".join(map(str, pip.version)), why)
        self.can_resolve = pip.version >= REPORTS_SINCE

    def resolve(self, work: Work) -> List[str]:
        """See `Tool.resolve`."""
        place = os.path.join(work.desk, "resolving")
        make_empty(place)
        make_skeleton(place, work.python)
        report = os.path.join(work.desk, "report.json")
        arguments = ["--dry-run", "--ignore-installed", "--report", report]
        if work.constraints:
            arguments += ["--constraint", work.write("constraints.txt", work.constraints)]
        what = "the packages cannot be resolved"
        self._run(what, work, "wanted.txt", [*work.lines], place, arguments)
        with open(report, encoding="utf-8") as file:
            said = json.load(file)
        given = {_normal(line): line for line in work.lines if "@" in line.partition(";")[0]}
        return sorted(_line(item, given) for item in said["install"])

    def install(
        self, work: Work, lines: Sequence[str], environment: str, again: bool = False
    ) -> None:
        """See `Tool.install`."""
        what = "the packages cannot be installed"
        arguments = ["--ignore-installed", *(["--no-cache-dir"] if again else [])]
        if not self.can_resolve and not work.is_offline:
            if work.constraints:
                arguments += ["--constraint", work.write("constraints.txt", work.constraints)]
            self._run(what, work, "install.txt", lines, environment, arguments)
            return
        arguments.append("--no-deps")
        hashed = [line for line in lines if _HAS_HASH.search(line)]
        others = [line for line in lines if not _HAS_HASH.search(line)]
        # pip wants hashes for all of a file or for none.
        if hashed:
            sealed = [*arguments, _SEALED]
            self._run(what, work, "hashed.txt", hashed, environment, sealed)
        if others:
            self._run(what, work, "install.txt", others, environment, arguments)

    def forget(self, work: Work, names: Sequence[str]) -> None:
        """Nothing: pip is told not to look into its cache when it installs again."""

    def add(self, work: Work, lines: Sequence[str], environment: str) -> None:
        """See `Tool.add`."""
        what = "the code cannot be installed as a package"
        self._run(what, work, "projects.txt", lines, environment, ["--no-deps"])

    def settings(self, work: Work) -> Dict[str, str]:
        """See `Tool.settings`."""
        return {
            "PIP_%s" % name.upper().replace("-", "_"): value
            for name, value in work.settings.items()
        }

    def _run(
        self,
        what: str,
        work: Work,
        name: str,
        lines: Sequence[str],
        environment: str,
        arguments: Sequence[str],
    ) -> None:
        """Run `pip install` for the lines in the environment."""
        in_file, flags = _options(work)
        path = work.write(name, [*in_file, *lines])
        site = work.site
        variables = {
            **{key: text for key, text in site.variables.items() if not _ELSEWHERE.match(key)},
            "PIP_CACHE_DIR": os.path.join(site.layout.cache, "pip-cache"),
        }
        if _SEALED in arguments:
            # They were heeded when the packages were chosen; here each would need a hash itself.
            variables["PIP_CONSTRAINT"] = os.devnull
        if work.is_offline:
            for key in filter(_FROM_ELSEWHERE.match, list(variables)):
                del variables[key]
            variables["PIP_CONFIG_FILE"] = os.devnull
        command = [python_of(environment), "-I", self._pip.program, "install", *_QUIETLY]
        command += ["--no-warn-script-location", *arguments, *flags, "-r", path]
        finished = programs.run(site.log, command, variables, site.place)
        if finished.code != 0:
            raise failed(what, finished, work)


def _options(work: Work) -> Tuple[List[str], List[str]]:
    """Lines for a file of requirements, which no list of processes shows, and flags."""
    in_file: List[str] = []
    flags: List[str] = []
    for option in work.options:
        if option.startswith(_ON_COMMAND_LINE):
            flags.append(option)
        elif not (work.is_offline and _ADDRESSES.match(option)):
            in_file.append(option)
    if work.is_offline:
        flags.append("--no-index")
        for directory in work.wheels_in:
            flags += ["--find-links", directory]
    return in_file, flags


def _line(item: Dict[str, Any], given: Dict[str, str]) -> str:
    """The requirement that means what pip's report lists."""
    data, source = item["metadata"], item["download_info"]
    name = _normal(data["name"])
    if item.get("is_direct"):
        return given.get(name) or "%s @ %s" % (name, source["url"])
    archive = source.get("archive_info", {})
    hashes = archive.get("hashes") or dict([archive.get("hash", "=").split("=", 1)])
    if not hashes.get("sha256"):
        raise StepFailed("pip tells no hash of %s; let the laptop bring uv instead." % name)
    return "%s==%s --hash=sha256:%s" % (name, data["version"], hashes["sha256"])


def _normal(text: str) -> str:
    """The name with which the text begins, as indexes write it."""
    found = _NAME.match(text)
    return re.sub(r"[-_.]+", "-", found.group()).lower() if found else text

"""Installs with uv."""

from __future__ import annotations

import os
import re
from typing import Dict, List, Sequence, Tuple

from remote_agent.environments.interface import Site
from remote_agent.python_environments import programs
from remote_agent.python_environments.index_settings import settings_for_uv
from remote_agent.python_environments.skeleton import python_of
from remote_agent.python_environments.work import Tool, Work, failed

_ELSEWHERE = re.compile(
    r"UV_(PYTHON\Z|PYTHON_PREFERENCE|(NO_)?MANAGED|PROJECT|SYSTEM|TARGET|PREFIX|BREAK|WORKING"
    r"|NO_CACHE|CACHE|OUTPUT|COMPILE)|VIRTUAL_ENV|CONDA_PREFIX|PYTHONHOME|PYTHONPATH"
)
"""Variables that would have uv work on another environment than it is told."""
_FROM_ELSEWHERE = re.compile(r"UV_.*(INDEX|FIND_LINKS|CONSTRAINT)")
"""Variables of no use where only what the laptop has brought may be taken."""
_ADDRESSES = re.compile(r"(-i|-f|--index-url|--extra-index-url|--find-links|--no-index)\b")
_SEALED = "--require-hashes"
_HAS_HASH = re.compile(r"\s--hash[= ]")


class Uv(Tool):
    """uv at one place."""

    kind = "uv"

    def __init__(self, program: str, version: str, origin: str) -> None:
        self.program = program
        self.title = "uv %s %s" % (version, origin)

    def resolve(self, work: Work) -> List[str]:
        """See `Tool.resolve`."""
        in_file, flags = _options(work)
        wanted = work.write("wanted.txt", [*in_file, *work.lines])
        resolved = os.path.join(work.desk, "resolved.txt")
        arguments = ["compile", "--quiet", "--no-header", "--no-annotate", "--generate-hashes"]
        arguments += ["--python", work.python.program, "--output-file", resolved]
        if work.constraints:
            arguments += ["--constraints", work.write("constraints.txt", work.constraints)]
        self._run("the packages cannot be resolved", work, [*arguments, *flags, wanted])
        with open(resolved, encoding="utf-8") as file:
            return _joined(file.read())

    def install(
        self, work: Work, lines: Sequence[str], environment: str, again: bool = False
    ) -> None:
        """See `Tool.install`."""
        in_file, flags = _options(work)
        path = work.write("install.txt", [*in_file, *lines])
        arguments = ["sync", "--compile-bytecode", "--python", python_of(environment)]
        if again:
            arguments.append("--reinstall")
        if all(map(_HAS_HASH.search, lines)):
            arguments.append(_SEALED)
        self._run("the packages cannot be installed", work, [*arguments, *flags, path])

    def forget(self, work: Work, names: Sequence[str]) -> None:
        """See `Tool.forget`."""
        command = [self.program, "cache", "clean", *names]
        programs.run(work.site.log, command, self._environment(work.site), work.desk)

    def add(self, work: Work, lines: Sequence[str], environment: str) -> None:
        """See `Tool.add`."""
        in_file, flags = _options(work)
        path = work.write("projects.txt", [*in_file, *lines])
        arguments = ["install", "--no-deps", "--python", python_of(environment)]
        arguments += [*flags, "--requirements", path]
        self._run("the code cannot be installed as a package", work, arguments, work.site.place)

    def settings(self, work: Work) -> Dict[str, str]:
        """See `Tool.settings`."""
        variables = work.site.variables
        own = {name: value for name, value in variables.items() if name.startswith("UV_")}
        if "--pre" in work.options:
            own["UV_PRERELEASE"] = "allow"
        return {**own, **settings_for_uv(variables, work.settings, work.options)}

    def install_python(self, site: Site, wanted: str, into: str) -> programs.Finished:
        """Fetch uv's own build of a Python; where it lies then is uv's to say.

        Raises:
            OSError: uv cannot be run.
        """
        os.makedirs(into, mode=0o700, exist_ok=True)
        environment = {
            **self._environment(site),
            "UV_PYTHON_INSTALL_DIR": into,
            "UV_PYTHON_INSTALL_BIN": "0",
        }
        return programs.run(
            site.log, [self.program, "python", "install", wanted], environment, into
        )

    def _run(self, what: str, work: Work, arguments: Sequence[str], place: str = "") -> None:
        """Run `uv pip`; once more with an empty cache, where the cache is what is wrong."""
        site = work.site
        command = [self.program, "pip", *arguments]
        environment = {
            **self._environment(site),
            **self.settings(work),
            "UV_PYTHON_DOWNLOADS": "never",
        }
        if _SEALED in arguments:
            # They were heeded when the packages were chosen; here each would need a hash itself.
            environment.pop("UV_CONSTRAINT", None)
        if work.is_offline:
            for name in filter(_FROM_ELSEWHERE.match, list(environment)):
                del environment[name]
        finished = programs.run(site.log, command, environment, place or work.desk)
        if finished.code != 0 and _lacks_of_cache(finished.said, cache_of(site.layout.cache)):
            site.say("uv's cache on this machine is damaged; trying once more without it.")
            programs.run(site.log, [self.program, "cache", "clean"], environment, work.desk)
            finished = programs.run(site.log, command, environment, place or work.desk)
        if finished.code != 0:
            raise failed(what, finished, work)

    def _environment(self, site: Site) -> Dict[str, str]:
        return {
            **{name: text for name, text in site.variables.items() if not _ELSEWHERE.match(name)},
            "UV_CACHE_DIR": cache_of(site.layout.cache),
            "UV_NO_PROGRESS": "1",
            "NO_COLOR": "1",
            # What it says is searched for what went wrong: not broken into lines as the task's are.
            "COLUMNS": "10000",
        }


def cache_of(cache: str) -> str:
    """Where uv keeps what it has fetched and unpacked, on the disk of the environments."""
    return os.path.join(cache, "uv")


def _lacks_of_cache(said: str, cache: str) -> bool:
    """Whether uv misses what it had put into its cache, as after a power cut."""
    return bool(re.search(re.escape(cache) + r"/(?!builds-)[^`'\n]*[`']?: No such file", said))


def _options(work: Work) -> Tuple[List[str], List[str]]:
    """Lines for a file of requirements, which no list of processes shows, and flags."""
    in_file: List[str] = []
    flags: List[str] = []
    for option in work.options:
        name, _, value = option.replace("=", " ", 1).partition(" ")
        if name == "--trusted-host":
            flags.append("--allow-insecure-host=" + value.strip())
        elif name in ("--no-build-isolation", "--no-build", "--only-binary", "--no-binary"):
            flags += [name, value.strip()] if value.strip() else [name]
        elif _ADDRESSES.match(option) and not work.is_offline:
            in_file.append(option)
    if work.is_offline:
        flags += ["--offline", "--no-index"]
        flags += ["--find-links=" + directory for directory in work.wheels_in]
    return in_file, flags


def _joined(text: str) -> List[str]:
    """One line for each requirement, with its hashes."""
    lines = text.replace("\\\n", " ").splitlines()
    return [" ".join(line.split()) for line in lines if line.strip() and line[0] != "#"]

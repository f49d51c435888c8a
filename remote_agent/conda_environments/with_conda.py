"""Build an environment with the micromamba, mamba or conda that the machine has."""

from __future__ import annotations

import os
import re
import subprocess
from typing import Dict, List, Mapping, NamedTuple, Sequence, Tuple

from remote_agent.conda_environments.archives import Archives
from remote_agent.conda_environments.request import Package, Request
from remote_agent.environments.interface import Site, StepFailed

_PATIENCE = 60.0
"""Seconds; conda takes a while to say its version, on a network disk a long one."""
_CONDA_WITH_SHA256 = (24, 9)
_LIBMAMBA_AS_PROGRAM = (2,)
"""An earlier mamba is conda with another solver."""


class Tool(NamedTuple):
    """The program."""

    path: str
    name: str
    """`micromamba`, `mamba` or `conda`."""
    version: Tuple[int, ...]

    @property
    def is_libmamba(self) -> bool:
        """Whether it is micromamba, under whatever name, and not conda."""
        return self.name == "micromamba" or (
            self.name == "mamba" and self.version >= _LIBMAMBA_AS_PROGRAM
        )


def ask_tool(path: str) -> Tool:
    """Which tool it is.

    Raises:
        StepFailed: it does not say.
    """
    try:
        done = subprocess.run(
            [path, "--version"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise StepFailed("%s cannot be run: %s. Repair or remove it." % (path, error)) from error
    return tool_of(path, done.stdout.decode("utf-8", "replace"))


def tool_of(path: str, said: str) -> Tool:
    """The tool that says this of its version. Pure.

    Raises:
        StepFailed: there is no number in it.
    """
    found = re.search(r"(\d+(?:\.\d+)+)", said)
    if found is None:
        raise StepFailed("%s does not say its version: %.200r. Remove it." % (path, said))
    name = os.path.basename(path)
    return Tool(path, name, tuple(int(part) for part in found.group(1).split(".")))


def build_with_conda(
    site: Site,
    request: Request,
    archives: Archives,
    tool: Tool,
    cache: str,
    place: str,
    descriptors: Sequence[int],
) -> None:
    """Install everything at the place; see `build_with_rattler` for the arguments.

    Raises:
        StepFailed: the tool says that it cannot.
        OSError: the disk refuses.
    """
    path = os.path.join(site.directory, "conda-explicit.txt")
    with open(path, "w", encoding="utf-8") as file:
        file.write(explicit_list(tool, request, archives))
    code = site.run(
        command(tool, place, path, archives.brings_all(list(request.packages))),
        environment=variables_for(site.variables, cache),
        descriptors=descriptors,
    )
    if code != 0:
        raise StepFailed(
            "the conda packages of %.100s cannot be installed: %s %s ended with %s, for the reason"
            " that it gives above."
            % (request.source, tool.name, ".".join(map(str, tool.version)), code)
        )


def command(tool: Tool, place: str, list_path: str, is_offline: bool) -> List[str]:
    """The command line. Pure."""
    words = [tool.path, "create", "--yes", "--quiet", "--prefix", place, "--file", list_path]
    if not tool.is_libmamba:
        words.append("--no-default-packages")
    if is_offline:
        words.append("--offline")
    return words


def explicit_list(tool: Tool, request: Request, archives: Archives) -> str:
    """The packages as the tool reads them. Pure."""
    lines = ["# platform: %s" % request.platform, "@EXPLICIT"]
    lines += [archives.url_of(one) + _hash_for(tool, one) for one in request.packages]
    return "\n".join(lines) + "\n"


def variables_for(variables: Mapping[str, str], cache: str) -> Dict[str, str]:
    """The task's variables, but with clearq's own cache of packages. Pure."""
    kept = {
        name: value
        for name, value in variables.items()
        if not name.startswith("PYTHON") and name not in ("CONDA_PREFIX", "CONDA_DEFAULT_ENV")
    }
    return dict(kept, CONDA_PKGS_DIRS=cache, MAMBA_NO_BANNER="1")


def _hash_for(tool: Tool, package: Package) -> str:
    """As the tool writes a hash; those that know no SHA-256 refuse it or take it for an MD5."""
    if tool.is_libmamba:
        return "#sha256:" + package.sha256
    if tool.name == "conda" and tool.version >= _CONDA_WITH_SHA256:
        return "#" + package.sha256
    return "#" + package.md5 if package.md5 else ""

"""Build an environment with rattler, whose wheel came along."""

from __future__ import annotations

import json
import os
import re
from typing import Any, Dict, Mapping, Sequence

from remote_agent.conda_environments import rattler_installer
from remote_agent.conda_environments.archives import Archives
from remote_agent.conda_environments.rattler_tool import Rattler
from remote_agent.conda_environments.request import Request
from remote_agent.environments.interface import Site, StepFailed
from remote_agent.python_environments.notes import read_note

_LONGEST = 1000


def build_with_rattler(
    site: Site,
    request: Request,
    archives: Archives,
    rattler: Rattler,
    cache: str,
    place: str,
    descriptors: Sequence[int],
) -> None:
    """Install everything at the place.

    Args:
        site: whose attempt does it.
        request: the packages.
        archives: those that were brought.
        rattler: what does it.
        cache: where it keeps what it has unpacked.
        place: the environment; it does not exist.
        descriptors: locks, which a builder that outlives this process goes on holding.

    Raises:
        StepFailed: a package cannot be had.
        OSError: the disk refuses.
    """
    order_path = os.path.join(site.directory, "conda-order.json")
    answer_path = os.path.join(site.directory, "conda-answer.json")
    with open(order_path, "w", encoding="utf-8") as file:
        json.dump(_order(request, archives, rattler.directory, cache, place), file)
    code = site.run(
        [rattler.python, "-I", str(rattler_installer.__file__), order_path, answer_path],
        environment=_variables(site.variables),
        descriptors=descriptors,
    )
    if code != 0:
        said = str(read_note(answer_path).get("failed", ""))
        raise StepFailed(why(said, code, request))


def why(said: str, code: int, request: Request) -> str:
    """A sentence about what rattler complains of. Pure."""
    parts = [line.strip() for line in said.splitlines() if line.strip()]
    text = "; ".join(re.sub(r"^Caused by: ", "", part).rstrip(".;:") for part in parts)
    if not text:
        text = "its installer ended with %s" % ("signal %d" % -code if code < 0 else code)
    sentence = "the conda packages of %.100s cannot be installed: %s." % (
        request.source,
        text[:_LONGEST],
    )
    if re.search(r"error sending request|dns error|HTTP status|Connection", said):
        sentence += " If this machine cannot reach the channel, set its network to via-laptop."
    return sentence


def _order(
    request: Request, archives: Archives, rattler: str, cache: str, place: str
) -> Dict[str, Any]:
    return {
        "rattler": rattler,
        "platform": request.platform,
        "prefix": place,
        "cache": cache,
        "packages": [
            dict(package._asdict(), url=archives.url_of(package)) for package in request.packages
        ],
    }


def _variables(variables: Mapping[str, str]) -> Dict[str, str]:
    """Those of the task, but none that would have Python or rattler work elsewhere."""
    return {
        name: value
        for name, value in variables.items()
        if not name.startswith(("PYTHON", "RATTLER_CACHE", "CONDA_OVERRIDE_"))
    }

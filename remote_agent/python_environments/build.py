"""Build a shared environment in a directory where nobody looks yet."""

from __future__ import annotations

import os
from typing import Sequence

from remote_agent.python_environments.intact import cut_packages
from remote_agent.python_environments.skeleton import make_skeleton
from remote_agent.python_environments.work import Tool, Work, counted


def build(work: Work, tool: Tool, lines: Sequence[str], place: str) -> str:
    """Install the resolved lines into the empty directory; where in it packages lie.

    Raises:
        StepFailed: they cannot be installed; the sentence says why.
        OSError: the disk refuses.
    """
    count = counted(sum(1 for line in lines if not line.startswith("#")), "package")
    work.site.say("Building an environment of %s with %s." % (count, tool.title))
    make_skeleton(place, work.python)
    tool.install(work, lines, place)
    cut = cut_packages(os.path.join(place, work.python.site_packages))
    if cut:
        # Once: there are packages whose own list is wrong.
        work.site.say("Fetching anew what was cut in the cache: %s." % ", ".join(cut))
        tool.forget(work, cut)
        tool.install(work, lines, place, again=True)
    return work.python.site_packages

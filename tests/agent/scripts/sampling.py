"""Runs a sampler as the daemon does, until its samples tell what an attempt takes."""

from __future__ import annotations

import json
import os
import select
import sys

sys.path.insert(0, os.environ["HOUSE"])

from remote_agent.layout import Layout
from remote_agent.metrics.sampler import Sampler


def main(root: str, attempt: str) -> None:
    sampler = Sampler(Layout(root))
    sampler.start()
    pid = sampler.pid
    while True:
        ready, _, _ = select.select([sampler], [], [], 10)
        assert ready, "no sample came"
        sample = sampler.read()
        if sample and sample["attempts"].get(attempt, {}).get("cpu"):
            break
    sampler.stop()
    assert pid is not None
    assert os.waitpid(pid, 0)[1] == 9
    print(json.dumps(sample))


main(*sys.argv[1:])

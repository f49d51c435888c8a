"""Stands in for the daemon: forks the runner of each attempt that it is told on standard input."""

from __future__ import annotations

import os
import sys
import time

sys.path.insert(0, os.environ["HOUSE"])

from remote_agent import prctl, runner, setting_up
from remote_agent.layout import Layout


def lay_out(code: object, *_: object) -> str:
    """Code that is laid out by a part of clearq that has a fault."""
    raise KeyError("a fault")


def never() -> bool:
    """As on a machine whose Python has no ctypes."""
    return False


def main(root: str, is_without_subreaper: str) -> None:
    layout = Layout(root)
    setting_up.lay_out = lay_out  # type: ignore[assignment, attr-defined]
    if is_without_subreaper == "True":
        runner.become_subreaper = never  # type: ignore[attr-defined]
    assert prctl.can_be_subreaper()
    for line in sys.stdin:
        name = line.strip()
        pid = os.fork()
        if pid == 0:
            runner.run(layout, name, "boot-1")
        print(pid, flush=True)
    while True:  # until the test kills it, children unreaped, as a daemon that hangs
        time.sleep(60)


main(*sys.argv[1:])

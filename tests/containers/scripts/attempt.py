"""Runs one attempt as whoever runs this; prints what came of it as JSON.

Takes a directory, the spec, and a text: once that is in the log, the attempt is asked to end.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, os.environ["HOUSE"])

from remote_agent import attempts, runner
from remote_agent.layout import Layout
from remote_agent.process_tree import descendants

root, spec, last_word = sys.argv[1:]
layout = Layout(root)
layout.make_directories()
attempts.create(layout, "1.1", json.loads(spec))
pid = os.fork()
if pid == 0:
    runner.run(layout, "1.1", "boot-1")


def log() -> str:
    path = Path(layout.attempt_log("1.1"))
    return path.read_text() if path.exists() else ""


ended = (0, 0)
deadline = time.monotonic() + 60
while ended == (0, 0) and time.monotonic() < deadline:
    if last_word and last_word in log():
        attempts.ask_to_end(layout, "1.1", 10.0)
        last_word = ""
    time.sleep(0.05)
    ended = os.waitpid(pid, os.WNOHANG)
record = attempts.inspect(layout, "1.1").record
left = [process.pid for process in descendants(os.getpid())]
print(json.dumps({"record": record, "log": log(), "left": left}))

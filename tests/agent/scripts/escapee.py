"""A daemon in the old style: a session of its own, no parent, no environment, deaf to SIGTERM."""

from __future__ import annotations

import os
import signal
import sys

signal.signal(signal.SIGTERM, signal.SIG_IGN)
if sys.argv[1:] != ["escaped"]:
    if os.fork():
        os._exit(0)
    os.setsid()
    if os.fork():
        os._exit(0)
    os.execve(sys.executable, [sys.executable, "-IS", __file__, "escaped"], {})
print("escaped as", os.getpid(), flush=True)
while True:
    signal.pause()

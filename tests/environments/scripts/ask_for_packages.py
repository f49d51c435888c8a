"""Asks for system packages as the account that runs this; prints the sentence that comes of it."""

from __future__ import annotations

import os
import sys

sys.path.insert(0, os.environ["HOUSE"])

from remote_agent.environments.interface import Site, StepFailed
from remote_agent.environments.system_packages import install
from remote_agent.layout import Layout

place, *names = sys.argv[1:]
site = Site(Layout(place), place, {}, dict(os.environ), print, 1)
try:
    install(site, names)
except StepFailed as error:
    print(error)

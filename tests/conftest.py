"""What every test may ask for, and what every run says at its end."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

from tests.fleet_of_namespaces import fixtures
from tests.fleet_of_namespaces.availability import why_unavailable
from tests.fleet_of_namespaces.fixtures import cluster, fleet

__all__ = ["cluster", "fleet"]

# Tests mean what they set up, not how the developer's terminal and git happen to be.
for _name in ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR"):
    os.environ.pop(_name, None)
os.environ |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}

# On a busy machine any example may take any time: only a wrong answer is a failure.
settings.register_profile(
    "clearq", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("clearq")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what was not tested."""
    if fixtures.skipped:
        count, why = len(fixtures.skipped), why_unavailable()
        lines = [f"NOT TESTED: {count} tests on real machines, because {why}."]
    else:
        lines = [f"NOT TESTED on real machines: {why}." for why in sorted(fixtures.lacking)]
    for line in lines:
        terminalreporter.write_line(line, red=True, bold=True)

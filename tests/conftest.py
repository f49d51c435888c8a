"""What every test may ask for, and what every run says at its end."""

from __future__ import annotations

import pytest

from tests.fleet_of_namespaces import fixtures
from tests.fleet_of_namespaces.availability import why_unavailable
from tests.fleet_of_namespaces.fixtures import cluster, fleet

__all__ = ["cluster", "fleet"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what was not tested."""
    if fixtures.skipped:
        terminalreporter.write_line(
            f"NOT TESTED: {len(fixtures.skipped)} tests on real machines, because "
            f"{why_unavailable()}.",
            red=True,
            bold=True,
        )

"""The agent becomes another build while a task is prepared by the one before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.environments.yard import Yard
from tests.integration.test_upgrade import ROOT, newer_code


@pytest.fixture
def after_this_test_as_before(yard: Yard) -> Iterator[None]:
    """The other tests are about the code at hand."""
    yield
    yard.cluster.laptop.clearq("down")
    yard.cluster.laptop.use_code(ROOT)


@pytest.mark.usefixtures("after_this_test_as_before")
def test_upgrade_between_two_steps(yard: Yard, tmp_path: Path) -> None:
    """What was begun is brought to its end by the build that began it."""
    script = tmp_path / "setup.sh"
    script.write_text(
        "touch /var/tmp/in-script; while ! [ -e /var/tmp/go-on ]; do sleep 0.02; done"
    )
    yard.package("upgraded")
    task = yard.enqueue("upgraded", "--setup", str(script))
    yard.cluster.wait(yard.machine.path("/var/tmp/in-script").exists, "the script to run")
    before = yard.cluster.agent(yard.machine)
    yard.cluster.laptop.clearq("down")
    yard.cluster.laptop.use_code(newer_code(tmp_path))
    yard.package("newer")
    after = yard.enqueue("newer")
    yard.check_completed(after)
    assert yard.cluster.agent(yard.machine).build not in ("", before.build)
    assert yard.steps(task)[-1] == ("set-up", False)
    yard.machine.path("/var/tmp/go-on").touch()
    assert yard.check_completed(task).count("Building an environment") == 1
    yard.check_nothing_is_left()

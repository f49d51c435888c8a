"""What the daemon makes of news of its runners, on a real disk, with a core that decides."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from remote_agent import attempts
from remote_agent.blobs import Shelf
from remote_agent.core import AgentCore, Identity
from remote_agent.layout import Layout
from remote_agent.listening import hear_reports
from remote_agent.messages import Hello, Lease
from remote_agent.records import Create, Record, Spawn
from remote_agent.runner_watch import LOOK_EVERY, RunnerWatch
from remote_agent.supervision import Children
from remote_agent.wire import PROTOCOL
from tests.agent_daemon.agent import spec


class Desk:
    """A watch, and all that it needs."""

    def __init__(self, root: Path, records: list[Record]) -> None:
        self.layout = Layout(str(root))
        self.layout.make_directories()
        self.changed: list[str] = []
        self.core = AgentCore(
            Identity("s", "b", "m", "boot", "j"), records, len(records) + 1, Shelf(self.layout)
        )
        self.reports = hear_reports(self.layout.notify)
        self.watch = RunnerWatch(
            self.layout,
            self.core,
            Children(self.layout, "boot"),
            self.reports,
            self.changed.append,
        )

    def report(self, name: str) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as runner:
            runner.sendto(name.encode(), self.layout.notify)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, [])
    yield made
    made.reports.close()


def test_an_attempt_that_is_not_made_yet_is_not_taken_for_a_failure(desk: Desk) -> None:
    """The look may be due in the very round in which a lease arrives."""
    desk.watch.adopt()
    desk.core.attach(1, Hello(PROTOCOL, "s", 1, "", 0, 0.0, "b"), 0.0)
    desk.core.receive(1, Lease("1.1", spec("true")), 0.0)
    desk.watch.look_around(0.0)
    assert desk.core.flush().effects == [Create("1.1", spec("true")), Spawn("1.1")]


def test_reports_of_strangers_lead_to_nothing(desk: Desk) -> None:
    for name in ("9.9", "../../etc", "\0", "x" * 1000):
        desk.report(name)
    desk.watch.take_in_reports(0.0)
    assert desk.changed == []
    turn = desk.core.flush()
    assert (turn.records, turn.effects) == ([], [])


def test_adopted_runners_are_looked_at_until_they_are_over(tmp_path: Path) -> None:
    accepted = Record(1, "accepted", "1.1", 0.0, {"spec": spec("true")})
    desk = Desk(tmp_path, [accepted])
    attempts.create(desk.layout, "1.1", spec("true"))
    result = tmp_path / "attempts" / "1.1" / "result.json"
    started = tmp_path / "attempts" / "1.1" / "started.json"
    started.write_text('{"at": 1.0, "boot": "boot"}')
    desk.core.recover({"1.1": attempts.inspect(desk.layout, "1.1")._replace(phase="running")}, 0.0)
    desk.core.flush()
    desk.watch.adopt()
    assert [desk.watch.has_adopted] == [True]
    result.write_text('{"outcome": "completed", "exit_code": 0, "at": 2.0}')
    desk.watch.look_around(5.0)
    assert desk.watch.look_at == 5.0 + LOOK_EVERY
    assert [record.kind for record in desk.core.flush().records] == ["ended"]
    desk.watch.look_around(6.0)
    assert [desk.watch.has_adopted] == [False]
    desk.reports.close()

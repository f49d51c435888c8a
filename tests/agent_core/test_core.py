"""Single decisions of the agent's core; the simulation covers their combinations."""

from __future__ import annotations

from typing import Any

import pytest

from remote_agent.core import BLOB_TRIES, AgentCore, BlobShelf, Identity
from remote_agent.messages import (
    Abort,
    Acknowledge,
    Event,
    Hello,
    Lease,
    Message,
    Need,
    Recall,
    Refused,
    Release,
    Uninstall,
    Welcome,
    Workers,
)
from remote_agent.records import (
    Close,
    Create,
    End,
    NeededBlob,
    RunnerState,
    Send,
    Spawn,
    Turn,
)
from remote_agent.wire import PROTOCOL

BLOB = "ab" * 32


class Shelf(BlobShelf):
    def __init__(self) -> None:
        self.complete: set[str] = set()

    def has(self, sha256: str) -> bool:
        return sha256 in self.complete

    def received(self, sha256: str) -> int:
        return 7


class Agent:
    """A core, its shelf, and short ways to talk to it."""

    def __init__(self) -> None:
        self.shelf = Shelf()
        identity = Identity("store", "build", "machine", "boot", "journal")
        self.core = AgentCore(identity, [], 1, self.shelf)

    def hello(self, link: int = 1, **other: object) -> Turn:
        fields: dict[str, Any] = {
            "protocol": PROTOCOL, "store": "store", "epoch": link, "journal": "journal",
            "acknowledged": 0, "clock": 0.0, "build": "build",
        }  # fmt: skip
        self.core.attach(link, Hello(**{**fields, **other}), 0.0)
        return self.core.flush()

    def say(self, message: Message, link: int = 1) -> Turn:
        self.core.receive(link, message, 0.0)
        return self.core.flush()

    def lease(self, name: str = "1.1", **other: object) -> Turn:
        spec = {"command": ["true"], "worker": "gpu", "mode": "host", **other}
        return self.say(Lease(name, spec))

    def runner(self, name: str, phase: str, **record: object) -> Turn:
        self.core.runner_changed(name, RunnerState(phase, record), 0.0)
        return self.core.flush()


def said(turn: Turn) -> list[Message]:
    return [sent.message for sent in turn.outgoing if isinstance(sent, Send)]


def told(turn: Turn) -> list[str]:
    return [message.kind for message in said(turn) if isinstance(message, Event)]


@pytest.fixture
def agent() -> Agent:
    agent = Agent()
    agent.hello()
    return agent


@pytest.mark.parametrize(
    ("hello", "reason"),
    [
        ({"protocol": PROTOCOL + 1}, "protocol"),
        ({"store": "another"}, "another store"),
        ({"epoch": 1}, "epoch 1 is not above 1"),
    ],
)
def test_a_wrong_hello_is_refused_and_closed(
    agent: Agent, hello: dict[str, Any], reason: str
) -> None:
    turn = agent.hello(2, **hello)
    (refused,) = said(turn)
    assert isinstance(refused, Refused)
    assert reason in refused.reason
    assert turn.outgoing[-1] == Close(2)
    assert agent.core.link == 1


def test_a_newer_attach_closes_the_older_and_is_the_only_one_heard(agent: Agent) -> None:
    turn = agent.hello(2)
    assert Close(1) in turn.outgoing
    assert agent.say(Workers({"gpu": 9}), link=1) == Turn([], [], [])
    agent.core.detach(1)
    assert agent.core.link == 2


def test_a_lease_starts_once_however_often_it_is_repeated(agent: Agent) -> None:
    turn = agent.lease()
    assert [type(effect) for effect in turn.effects] == [Create, Spawn]
    assert told(turn) == ["accepted"]
    assert agent.lease() == Turn([], [], [])


def test_an_accepted_event_does_not_send_the_spec_back(agent: Agent) -> None:
    (event,) = said(agent.lease())
    assert isinstance(event, Event)
    assert event.data == {}


def test_slots_are_kept_and_a_freed_one_starts_the_next(agent: Agent) -> None:
    agent.say(Workers({"gpu": 2}))
    for name in ("1.1", "2.1", "3.1"):
        agent.lease(name)
    assert agent.core.open_attempts() == ["1.1", "2.1"]
    turn = agent.runner("1.1", "ended", outcome="completed", exit_code=0)
    assert Spawn("3.1") in turn.effects


def test_an_invalid_spec_fails_with_the_field_and_starts_nothing(agent: Agent) -> None:
    turn = agent.lease(command=[])
    assert turn.effects == []
    (event,) = said(turn)
    assert isinstance(event, Event)
    assert event.data["outcome"] == "failed"
    assert "its command is []" in event.data["reason"]


def test_a_missing_blob_is_asked_for_from_where_it_stops_and_holds_the_start(agent: Agent) -> None:
    turn = agent.lease(blobs=[{"sha256": BLOB, "size": 100}])
    assert Need(BLOB, 7) in said(turn)
    assert turn.effects == []
    agent.shelf.complete.add(BLOB)
    agent.core.blob_arrived(BLOB, 0.0)
    assert Spawn("1.1") in agent.core.flush().effects


def test_a_blob_is_asked_for_again_once_it_was_swept(agent: Agent) -> None:
    agent.lease("1.1", blobs=[{"sha256": BLOB, "size": 100}])
    agent.shelf.complete.add(BLOB)
    agent.core.blob_arrived(BLOB, 0.0)
    agent.core.flush()
    agent.core.runner_changed("1.1", RunnerState("ended", {"outcome": "failed"}), 1.0)
    agent.say(Release("1.1"))
    agent.shelf.complete.discard(BLOB)
    assert Need(BLOB, 7) in said(agent.lease("2.1", blobs=[{"sha256": BLOB, "size": 100}]))


def test_a_blob_whose_attempt_was_aborted_on_its_way_is_asked_for_again(agent: Agent) -> None:
    agent.lease("1.1", blobs=[{"sha256": BLOB, "size": 100}])
    agent.say(Abort("1.1", 3.0))
    assert Need(BLOB, 7) in said(agent.lease("2.1", blobs=[{"sha256": BLOB, "size": 100}]))


def test_a_blob_that_stays_wrong_fails_the_attempt(agent: Agent) -> None:
    agent.lease(blobs=[{"sha256": BLOB, "size": 100}])
    for _ in range(BLOB_TRIES - 1):
        agent.core.blob_failed(BLOB, "its hash differs", 0.0)
        assert said(agent.core.flush()) == [Need(BLOB, 7)]
    agent.core.blob_failed(BLOB, "its hash differs", 0.0)
    assert told(agent.core.flush()) == ["ended"]


def test_recall_takes_back_what_waits_and_not_what_runs(agent: Agent) -> None:
    agent.lease("1.1")
    agent.lease("2.1")
    assert told(agent.say(Recall("2.1"))) == ["recalled"]
    assert told(agent.say(Recall("1.1"))) == []


def test_what_was_recalled_before_it_came_is_never_started(agent: Agent) -> None:
    assert told(agent.say(Recall("5.1"))) == ["recalled"]
    assert agent.lease("5.1") == Turn([], [], [])


def test_abort_ends_a_running_tree_and_drops_a_waiting_attempt(agent: Agent) -> None:
    agent.lease("1.1")
    agent.lease("2.1")
    assert agent.say(Abort("1.1", 3.0)).effects == [End("1.1", 3.0)]
    (event,) = said(agent.say(Abort("2.1", 3.0)))
    assert isinstance(event, Event)
    assert event.data["outcome"] == "aborted"


def test_only_what_is_over_can_be_released(agent: Agent) -> None:
    agent.lease()
    assert agent.say(Release("1.1")) == Turn([], [], [])
    agent.runner("1.1", "ended", outcome="completed", exit_code=0)
    assert told(agent.say(Release("1.1"))) == ["released"]
    assert agent.core.held() == []


def test_a_runner_that_dies_before_the_command_is_tried_again_but_not_for_ever(
    agent: Agent,
) -> None:
    agent.lease()
    assert agent.runner("1.1", "created").effects == [Spawn("1.1")]
    assert agent.runner("1.1", "created").effects == [Spawn("1.1")]
    assert told(agent.runner("1.1", "created")) == ["ended"]


def test_a_runner_that_vanished_is_lost(agent: Agent) -> None:
    agent.lease()
    (event,) = said(agent.runner("1.1", "vanished"))
    assert isinstance(event, Event)
    assert (event.data["outcome"], event.data["reason"]) == ("lost", "its runner was killed")


@pytest.mark.parametrize("found", [{}, {"1.1": RunnerState("created", {})}])
def test_what_was_spawned_before_a_restart_is_lost_and_not_started_again(
    agent: Agent, found: dict[str, RunnerState]
) -> None:
    records = agent.lease().records
    after = AgentCore(Identity("store", "build", "machine", "later", "j"), records, 9, agent.shelf)
    after.recover(found, 0.0)
    turn = after.flush()
    assert turn.effects == []
    assert [(one.kind, one.data["reason"]) for one in turn.records] == [
        ("ended", "the machine was restarted")
    ]


def test_what_was_spawned_just_before_the_daemon_was_killed_is_made_again(agent: Agent) -> None:
    records = agent.lease().records
    after = AgentCore(Identity("store", "build", "machine", "boot", "j"), records, 9, agent.shelf)
    after.recover({}, 0.0)
    assert [type(effect) for effect in after.flush().effects] == [Create, Spawn]


def test_after_a_reconnect_everything_unacknowledged_is_said_again(agent: Agent) -> None:
    agent.lease()
    agent.runner("1.1", "running")
    turn = agent.hello(2, acknowledged=2)
    welcome, *events = said(turn)
    assert isinstance(welcome, Welcome)
    assert welcome.last == 4
    assert [event.seq for event in events if isinstance(event, Event)] == [4]


def test_another_journal_means_that_nothing_is_acknowledged(agent: Agent) -> None:
    agent.lease()
    turn = agent.hello(2, journal="an older one", acknowledged=900)
    assert told(turn) == ["accepted"]


def test_a_compacted_journal_keeps_the_epoch_and_what_is_held(agent: Agent) -> None:
    agent.lease()
    agent.runner("1.1", "ended", outcome="completed", exit_code=0)
    agent.say(Release("1.1"))
    agent.lease("2.1")
    agent.say(Acknowledge(5))
    assert [(one.kind, one.attempt) for one in agent.core.compact()] == [
        ("epoch", ""), ("accepted", "2.1"), ("spawned", "2.1"),
    ]  # fmt: skip


def test_an_agent_with_work_is_not_removed(agent: Agent) -> None:
    agent.lease()
    turn = agent.say(Uninstall())
    assert turn.effects == []
    (refused,) = said(turn)
    assert isinstance(refused, Refused)
    assert "#1.1" in refused.reason


def test_the_end_of_a_short_command_tells_its_start_too_in_one_turn(agent: Agent) -> None:
    agent.lease()
    turn = agent.runner("1.1", "ended", outcome="completed", exit_code=0, started=5.0)
    assert told(turn) == ["started", "ended"]
    (started, _) = (message for message in said(turn) if isinstance(message, Event))
    assert started.at == 5.0


def test_a_blob_that_one_attempt_wants_kept_is_kept(agent: Agent) -> None:
    blob = {"sha256": BLOB, "size": 100}
    agent.lease("1.1", blobs=[{**blob, "keep": True}])
    agent.lease("2.1", blobs=[blob])
    assert agent.core.needed_blobs() == {BLOB: NeededBlob(100, keep=True)}

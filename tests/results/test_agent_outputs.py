"""A real daemon and what its tasks leave: listed, sent, kept when released, given up when told."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import pytest

from remote_agent.messages import (
    Changed,
    Discard,
    Discarded,
    Fetch,
    Lease,
    ListOutput,
    Output,
    OutputEntry,
    Pull,
    Release,
    Sent,
    Unsent,
)
from remote_agent.outputs import keeping
from remote_agent.outputs.listing import MOST_FILES
from remote_agent.wire import PIECE
from tests.agent_daemon.agent import Agent, Laptop, spec
from tests.fleet_of_namespaces.waiting import wait_for

CREDIT = 1 << 20


def ended(laptop: Laptop, script: str, attempt: str = "1.1") -> dict[str, object]:
    """Run the script to its end; what its end was told with."""
    laptop.say(Lease(attempt, spec("sh", "-c", f"cd $CLEARQ_OUTPUT; {script}")))
    return laptop.event(attempt, "ended").data


def listed(laptop: Laptop, attempt: str = "1.1") -> list[OutputEntry]:
    laptop.say(ListOutput(attempt))
    files: list[OutputEntry] = []
    while True:
        page = laptop.hear(Output)
        files += [(path, size, modified) for path, size, modified in page.files]
        if page.last:
            return sorted(files)


def received(laptop: Laptop, ask: int = 1, start: int = 0) -> bytes:
    """What has arrived of the file, from `start` on, without a gap."""
    data = b""
    for piece in laptop.pieces:
        if piece.stream == f"output/{ask}":
            assert piece.offset == start + len(data)
            data += piece.data
    return data


def fetch(entry: OutputEntry, offset: int = 0, credit: int = CREDIT, ask: int = 1) -> Fetch:
    return Fetch(ask, "1.1", *entry, offset, credit)


def test_a_task_without_output_says_nothing_of_it(laptop: Laptop) -> None:
    assert "output" not in ended(laptop, "true")
    assert listed(laptop) == []
    assert listed(laptop, "7.1") == []


def test_files_are_listed_and_links_and_pipes_are_not(laptop: Laptop) -> None:
    told = ended(
        laptop,
        "echo hello > a; mkdir -p d/e; echo deep > d/e/f; ln -s /etc/passwd link; "
        "ln -s /etc linked; mkfifo pipe; touch empty",
    )
    assert told["output"] is True
    laptop.say(ListOutput("1.1"))
    page = laptop.hear(Output)
    assert sorted((file[0], file[1]) for file in page.files) == [
        ("a", 6),
        ("d/e/f", 5),
        ("empty", 0),
    ]
    assert (page.last, page.skipped, page.cut) == (True, 3, False)


def test_strange_names_are_listed_and_sent(laptop: Laptop) -> None:
    names = [b"\xff\xfe", b"a\nb", b"-rf", b" ", b"\x1b[2J", "ü".encode(), b"..."]
    octal = " ".join("'" + "".join(f"\\{byte:03o}" for byte in name) + "'" for name in names)
    ended(laptop, f'for n in {octal}; do printf "$n" > "./$(printf "$n")"; done')
    files = listed(laptop)
    assert {os.fsencode(path) for path, _, _ in files} == set(names)
    for ask, entry in enumerate(files):
        laptop.say(fetch(entry, ask=ask))
        assert laptop.hear(Sent).ask == ask
        assert received(laptop, ask) == os.fsencode(entry[0])


@pytest.mark.parametrize(
    "path", ["../log", "/etc/passwd", "d/../../log", "link", "linked/passwd", "", ".", "d", "pipe"]
)
def test_nothing_but_files_below_the_output_is_sent(laptop: Laptop, path: str) -> None:
    ended(laptop, "mkdir d; ln -s ../log link; ln -s /etc linked; mkfifo pipe")
    laptop.say(Fetch(7, "1.1", path, 1, 1, 0, CREDIT))
    assert laptop.hear(Unsent).ask == 7


def test_more_files_than_can_be_told_at_once_come_in_pages(laptop: Laptop) -> None:
    name = "n" * 100
    ended(laptop, f"seq 1 {MOST_FILES + 5} | sed s/^/{name}/ | xargs touch")
    laptop.say(ListOutput("1.1"))
    pages = [laptop.hear(Output)]
    while not pages[-1].last:
        pages.append(laptop.hear(Output))
    assert len(pages) > 5
    assert len({file[0] for page in pages for file in page.files}) == MOST_FILES
    assert pages[-1].cut


def test_a_file_is_sent_as_far_as_there_is_credit_then_hashed(laptop: Laptop) -> None:
    ended(laptop, "head -c 300000 /dev/urandom > f")
    (entry,) = listed(laptop)
    laptop.say(fetch(entry, 0, PIECE + 1))
    laptop.read_until(lambda: len(received(laptop)) == PIECE + 1, "the first of it")
    laptop.say(fetch(entry, PIECE + 1, CREDIT))
    sent = laptop.hear(Sent)
    data = received(laptop)
    assert len(data) == 300000
    assert sent.sha256 == hashlib.sha256(data).hexdigest()


def test_a_small_file_waits_for_no_large_one(laptop: Laptop) -> None:
    ended(laptop, "head -c 100000000 /dev/zero > large; echo x > small")
    large, small = listed(laptop)
    laptop.say(fetch(large, 0, large[1], ask=1), fetch(small, ask=2))
    assert laptop.hear(Sent).ask == 2
    assert len(received(laptop)) < large[1] // 2
    assert laptop.hear(Sent).ask == 1


def test_after_a_cut_a_file_is_gone_on_with(agent: Agent, laptop: Laptop) -> None:
    ended(laptop, "head -c 5000000 /dev/urandom > f")
    (entry,) = listed(laptop)
    laptop.say(fetch(entry, 0, 2 * PIECE))
    laptop.read_until(lambda: len(received(laptop)) == 2 * PIECE, "the first of it")
    beginning = received(laptop)
    laptop.close()
    with agent.attached(2) as again:
        again.say(fetch(entry, len(beginning), entry[1]))
        sent = again.hear(Sent)
        whole = beginning + received(again, start=len(beginning))
    assert sent.sha256 == hashlib.sha256(whole).hexdigest()


def test_a_file_that_changes_while_it_is_sent_is_said_to(agent: Agent, laptop: Laptop) -> None:
    laptop.say(Lease("1.1", spec("sh", "-c", "cd $CLEARQ_OUTPUT; seq 1 100000 > f; sleep 60")))
    laptop.event("1.1", "started")
    path = agent.root / "attempts" / "1.1" / "output" / "f"
    wait_for(lambda: path.exists() and path.stat().st_size == 588895, "the file")
    (entry,) = listed(laptop)
    laptop.say(fetch(entry, 0, PIECE))
    laptop.read_until(lambda: len(received(laptop)) == PIECE, "the first of it")
    with path.open("ab") as file:
        file.write(b"more")
    laptop.say(fetch(entry, PIECE, CREDIT))
    changed = laptop.hear(Changed)
    assert (changed.ask, changed.size) == (1, entry[1] + 4)
    laptop.say(fetch(entry, PIECE, CREDIT))  # credit that was under way brings nothing more
    laptop.say(fetch(("f", changed.size, changed.modified), ask=2))
    assert laptop.hear(Sent).sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_output_outlives_the_attempt_and_a_restart(agent: Agent, laptop: Laptop) -> None:
    ended(laptop, "mkdir d; echo kept > d/f; chmod 500 d .")
    before = listed(laptop)
    laptop.say(Release("1.1"))
    wait_for(lambda: not (agent.root / "attempts" / "1.1").exists(), "the attempt to go")
    assert listed(laptop) == before
    laptop.close()
    agent.kill()
    agent.start()
    with agent.attached(2) as again:
        assert listed(again) == before
        again.say(fetch(before[0]))
        again.hear(Sent)
        assert received(again) == b"kept\n"
        again.say(Discard("1.1"))
        assert again.hear(Discarded).attempt == "1.1"
        assert listed(again) == []
    wait_for(lambda: not list((agent.root / "outputs").iterdir()), "the room to be given back")


def test_output_is_discarded_before_the_attempt_is_gone(agent: Agent, laptop: Laptop) -> None:
    ended(laptop, "echo x > f")
    laptop.say(Release("1.1"), Discard("1.1"))
    laptop.hear(Discarded)
    assert listed(laptop) == []
    wait_for(lambda: not list((agent.root / "outputs").iterdir()), "the room to be given back")
    assert not (agent.root / "attempts" / "1.1").exists()


def test_a_task_without_output_leaves_nothing(agent: Agent, laptop: Laptop) -> None:
    ended(laptop, "true")
    laptop.say(Release("1.1"))
    wait_for(lambda: not (agent.root / "attempts" / "1.1").exists(), "the attempt to go")
    assert list((agent.root / "outputs").iterdir()) == []


def kept(agent: Agent) -> list[str]:
    return sorted(place.name for place in Path(agent.layout.outputs).iterdir())


def test_old_output_goes_first(agent: Agent) -> None:
    now = time.time()
    for age, name in enumerate(("4.1", "3.1", "2.1", "1.1")):
        place = Path(agent.layout.output(name))
        place.mkdir()
        (place / "f").write_bytes(bytes(100_000))
        os.utime(place, (now - age * 86400 * 12, now - age * 86400 * 12))
    keeping.sweep(agent.layout, now, most_bytes=10**9)
    assert kept(agent) == ["2.1", "3.1", "4.1"]
    keeping.sweep(agent.layout, now, most_bytes=250_000)
    assert kept(agent) == ["3.1", "4.1"]


def test_scalars_come_live_and_end_before_the_log(agent: Agent, laptop: Laptop) -> None:
    script = (
        "echo '{\"loss\": 1}' >> $CLEARQ_SCALARS; read x < fifo; seq 1 30000 >> $CLEARQ_SCALARS"
    )
    laptop.say(Lease("1.1", spec("sh", "-c", "mkfifo fifo; " + script)))
    laptop.say(Pull("1.1", {"log": 0, "scalars": 0}, CREDIT))
    laptop.read_until(lambda: laptop.pieces, "the first scalars")
    assert laptop.pieces[0].stream == "scalars"
    assert laptop.pieces[0].data == b'{"loss": 1}\n'
    (agent.root / "attempts" / "1.1" / "workspace" / "fifo").write_text("go\n")
    assert laptop.rest_of_log("1.1") == b""
    scalars = [piece for piece in laptop.pieces if piece.stream == "scalars"]
    assert scalars[-1].last
    whole = b'{"loss": 1}\n' + b"".join(b"%d\n" % number for number in range(1, 30001))
    assert b"".join(piece.data for piece in scalars) == whole
    assert laptop.pieces[-1].stream == "log"


def test_a_task_cannot_end_the_daemon_through_its_streams(laptop: Laptop) -> None:
    ended(laptop, "rm ../log; mkfifo ../log; mkdir ../scalars")
    assert laptop.whole_log("1.1") == b""
    assert "output" not in ended(laptop, "true", "2.1")
